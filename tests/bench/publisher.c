#include "publisher.h"

#include <stdio.h>
#include <stdlib.h>

#include "own.h"
#include "payload.h"
#include "view.h"

void publisher_ask(msgpack_sbuffer *out, const char *cookie, size_t channel, const char *cursor)
{
    char text[512], chat_id[UUID_SIZE];

    payload_chat_id(chat_id, channel);
    snprintf(text, sizeof(text), "GET %s%s HTTP/1.1\r\nHost: 127.0.0.1\r\n",
             cookie ? "/events/cs-get-new-messages?chatId=" : "/sub/", chat_id);
    view_text(out, text);
    view_text(out, "Accept: text/event-stream\r\n");
    if (cookie) {
        view_text(out, "Cookie: ");
        view_text(out, cookie);
        view_text(out, "\r\n");
    }
    if (*cursor) {
        snprintf(text, sizeof(text), "Last-Event-ID: %s\r\n", cursor);
        view_text(out, text);
    }
    view_text(out, "\r\n");
}

static void post(struct publisher *self, size_t channel, const struct message *message)
{
    char path[64], chat_id[UUID_SIZE];
    msgpack_sbuffer body;

    payload_chat_id(chat_id, channel);
    snprintf(path, sizeof(path), "/pub/%s", chat_id);
    msgpack_sbuffer_init(&body);
    view_new_message(&body, message);
    poster_post(self->poster, path, body.data, body.size);
    msgpack_sbuffer_destroy(&body);
}

void publisher_send(struct publisher *self, size_t channel, int64_t number, bool is_missed)
{
    struct event event;

    payload_event(&event, channel, number, self->characters);
    if (self->feed && is_missed)
        feed_keep(self->feed, &event);
    if (self->feed)
        feed_publish(self->feed, &event);
    else
        post(self, channel, event.message.items);
    message_clear(&message_types[MESSAGE_event], &event);
}

int publisher_items(const struct publisher *self, zmq_pollitem_t *items)
{
    if (self->feed)
        return feed_items(self->feed, items);
    items[0] = (zmq_pollitem_t){.fd = poster_fd(self->poster), .events = ZMQ_POLLIN};
    return 1;
}

int publisher_turn(struct publisher *self)
{
    return self->feed ? feed_turn(self->feed) : poster_turn(self->poster);
}

struct publisher *publisher_new(const char *directory, int port, size_t characters)
{
    struct publisher *self = own_zero(sizeof(*self));

    self->characters = characters;
    if (directory)
        self->feed = feed_new(directory);
    else
        self->poster = poster_new(port);
    return self;
}

void publisher_destroy(struct publisher **self_p)
{
    struct publisher *self = *self_p;

    if (self->feed)
        feed_destroy(&self->feed);
    if (self->poster)
        poster_destroy(&self->poster);
    free(self);
    *self_p = NULL;
}
