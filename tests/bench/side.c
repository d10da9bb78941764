#include "side.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "feed.h"
#include "own.h"
#include "payload.h"
#include "poster.h"
#include "view.h"

enum { PATIENCE_US = 120000000, RETRY_US = 100000, LATENCIES_STEP = 1 << 20 };

int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static _Noreturn void die(const struct side *self, const char *what)
{
    fprintf(stderr, "%s: %s: %zu streams open, %zu gone, %" PRId64 " of %" PRId64 " events done\n",
            self->options.is_kratt ? "kratt" : "nchan", what, clients_ready(self->clients),
            clients_gone(self->clients), self->done, self->published);
    exit(EXIT_FAILURE);
}

/* ---- what arrives ---- */

static void add_latency(struct side *self, int64_t us)
{
    size_t count = (size_t)self->delivered;

    if (count == self->latencies_size) {
        self->latencies_size += LATENCIES_STEP;
        self->latencies = own_grow(self->latencies, self->latencies_size * sizeof(uint32_t));
    }
    self->latencies[count] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static void on_event(void *arg, size_t client, int64_t number)
{
    struct side *self = arg;

    (void)client;
    if (number < 1 || number > self->published)
        die(self, "an event that was not sent");
    struct happening *happening = &self->happenings[number];
    if (--happening->left < 0)
        die(self, "an event came twice");
    happening->last = now_us();
    add_latency(self, happening->last - happening->sent);
    self->delivered++;
    if (!happening->left)
        self->done++;
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return left < right ? -1 : left > right;
}

double side_latency(struct side *self, double quantile)
{
    size_t count = (size_t)self->delivered;

    if (!count)
        return 0;
    qsort(self->latencies, count, sizeof(uint32_t), compare);
    return self->latencies[(size_t)((double)(count - 1) * quantile)] / 1000.0;
}

void side_reset(struct side *self)
{
    self->delivered = 0;
}

/* ---- the loop ---- */

void side_turn(struct side *self, int64_t wait_us)
{
    zmq_pollitem_t items[2 + FEED_ITEMS] = {
        {.fd = clients_fd(self->clients), .events = ZMQ_POLLIN},
    };
    int count = 1;

    if (self->feed)
        count += feed_items(self->feed, items + 1);
    else
        items[count++] = (zmq_pollitem_t){.fd = poster_fd(self->poster), .events = ZMQ_POLLIN};
    if (zmq_poll(items, count, (long)((wait_us + 999) / 1000)) == -1)
        return;
    clients_turn(self->clients);
    if (self->feed)
        feed_turn(self->feed);
    else
        poster_turn(self->poster);
}

void side_await(struct side *self)
{
    int64_t end = now_us() + PATIENCE_US;

    while (self->done < self->published) {
        if (now_us() > end)
            die(self, "events are missing");
        side_turn(self, RETRY_US);
    }
}

/* ---- streams ---- */

static size_t channel_of(const struct side *self, size_t i)
{
    return self->options.is_private ? i : 0;
}

static void write_request(void *arg, msgpack_sbuffer *out, size_t client)
{
    const struct side *self = arg;
    char text[512], chat_id[UUID_SIZE];

    payload_chat_id(chat_id, channel_of(self, client));
    snprintf(text, sizeof(text), "GET %s%s HTTP/1.1\r\nHost: 127.0.0.1\r\n",
             self->feed ? "/events/cs-get-new-messages?chatId=" : "/sub/", chat_id);
    view_text(out, text);
    view_text(out, "Accept: text/event-stream\r\n");
    if (self->feed) {
        view_text(out, "Cookie: ");
        view_text(out, feed_cookie(self->feed));
        view_text(out, "\r\n");
    }
    if (*self->cursor) {
        snprintf(text, sizeof(text), "Last-Event-ID: %s\r\n", self->cursor);
        view_text(out, text);
    }
    view_text(out, "\r\n");
}

static void open_streams(struct side *self, size_t count)
{
    int64_t end = now_us() + PATIENCE_US;

    clients_open(self->clients, count, count - self->options.stalled);
    while (clients_ready(self->clients) < count) {
        if (now_us() > end || clients_gone(self->clients))
            die(self, "streams not opened");
        side_turn(self, RETRY_US);
    }
}

void side_open(struct side *self)
{
    open_streams(self, self->options.streams);
}

void side_drop(struct side *self)
{
    snprintf(self->cursor, sizeof(self->cursor), "%s", clients_last_id(self->clients));
    clients_close(self->clients);
}

/* ---- publishing ---- */

static void post(struct side *self, size_t channel, const struct message *message)
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

static void send_event(struct side *self, int64_t number, size_t channel, bool is_missed)
{
    struct event event;

    payload_event(&event, channel, number, self->options.characters);
    if (self->feed && is_missed)
        feed_keep(self->feed, &event);
    if (self->feed)
        feed_publish(self->feed, &event);
    else
        post(self, channel, event.message.items);
    message_clear(&message_types[MESSAGE_event], &event);
}

/* Returns the number of a new event for so many readers. */
static int64_t begin_event(struct side *self, int64_t readers)
{
    int64_t number = ++self->published;

    if (number >= SIDE_EVENTS_MAX)
        die(self, "too many events");
    self->happenings[number] = (struct happening){.sent = now_us(), .left = readers};
    return number;
}

static void publish(struct side *self, bool is_missed)
{
    const struct side_options *options = &self->options;
    int64_t readers = (int64_t)(options->streams - options->stalled);
    int64_t number = begin_event(self, options->is_private ? 1 : readers);

    send_event(self, number, channel_of(self, (size_t)number % options->streams), is_missed);
}

void side_publish(struct side *self)
{
    publish(self, false);
}

void side_publish_missed(struct side *self, int count)
{
    for (int i = 0; i < count; i++)
        publish(self, true);
}

static bool is_served(const struct side *self)
{
    return clients_ready(self->clients) > 0 && (!self->feed || feed_is_followed(self->feed));
}

/* Until the gateway has subscribed, what is published is lost to it; the same
 * again does no harm. */
static void warm_up(struct side *self)
{
    int64_t number = begin_event(self, 1);

    if (!self->feed)
        send_event(self, number, 0, false);
    while (self->done < number) {
        int64_t next = now_us() + RETRY_US;
        if (self->feed)
            send_event(self, number, 0, false);
        while (now_us() < next && self->done < number)
            side_turn(self, RETRY_US);
    }
    side_reset(self);
}

/* The gateway may have to read its key first, or to ask the feed. */
static void await_server(struct side *self)
{
    int64_t end = now_us() + PATIENCE_US;

    while (!is_served(self)) {
        if (now_us() > end)
            die(self, "the server does not serve");
        int64_t next = now_us() + RETRY_US;
        clients_close(self->clients);
        clients_open(self->clients, 1, 1);
        while (now_us() < next && !is_served(self))
            side_turn(self, RETRY_US);
    }
    warm_up(self);
    clients_close(self->clients);
}

/* ---- life ---- */

struct side *side_new(const struct side_options *options)
{
    struct side *self = own_zero(sizeof(*self));
    const struct clients_hooks hooks = {
        .write_request = write_request, .on_event = on_event, .self = self};

    self->options = *options;
    self->happenings = own_zero(SIDE_EVENTS_MAX * sizeof(*self->happenings));
    self->clients = clients_new(options->port, options->streams, &hooks);
    if (options->is_kratt)
        self->feed = feed_new(options->directory);
    else
        self->poster = poster_new(options->port);
    await_server(self);
    return self;
}

void side_destroy(struct side **self_p)
{
    struct side *self = *self_p;

    clients_destroy(&self->clients);
    if (self->feed)
        feed_destroy(&self->feed);
    if (self->poster)
        poster_destroy(&self->poster);
    free(self->happenings);
    free(self->latencies);
    free(self);
    *self_p = NULL;
}
