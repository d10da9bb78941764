/* played.c - what the services around the gateway answer (stage.h). */
#include <string.h>

#include "bus.h"
#include "own.h"
#include "stage.h"
#include "test.h"

static void send_chats(struct stage *self, const zframe_t *peer, const struct chats_get *get)
{
    struct chats_found found = {.seq = self->seq};

    memcpy(found.request_id, get->request_id, UUID_SIZE);
    memcpy(found.log_id, self->log_id, UUID_SIZE);
    /* One chat a page, in the order of id, so that pages are tried too. */
    const struct chat *next = NULL;
    for (size_t i = 0; i < self->chat_count; i++) {
        const struct chat *chat = &self->chats[i];
        if (chat->ended || strcmp(chat->id, get->after) <= 0)
            continue;
        found.more = found.more || next;
        if (!next || strcmp(chat->id, next->id) < 0)
            next = chat;
    }
    if (next)
        message_copy(&message_types[MESSAGE_chat],
                     list_append((struct list *)&found.chats, &message_types[MESSAGE_chat]), next);
    assert_int_equal(bus_send(self->commands, peer, MESSAGE_chats_found, &found), 0);
    message_clear(&message_types[MESSAGE_chats_found], &found);
}

static void answer_chats(void *arg, const zframe_t *peer, const void *message)
{
    struct stage *self = arg;

    if (self->is_silent)
        return;
    if (!self->holds_chats) {
        send_chats(self, peer, message);
        return;
    }
    assert_null(self->held_chats_peer);
    self->held_chats_peer = zframe_dup((zframe_t *)peer);
    message_copy(&message_types[MESSAGE_chats_get], &self->held_chats, message);
}

void stage_answer_held_chats(struct stage *self)
{
    self->holds_chats = false;
    assert_non_null(self->held_chats_peer);
    send_chats(self, self->held_chats_peer, &self->held_chats);
    zframe_destroy(&self->held_chats_peer);
}

struct chat *stage_chat(struct stage *self, const char *chat_id)
{
    for (size_t i = 0; i < self->chat_count; i++)
        if (strcmp(self->chats[i].id, chat_id) == 0)
            return &self->chats[i];
    return NULL;
}

static void turn_down(struct stage *self, const zframe_t *peer, const char *request_id, int status)
{
    struct request_refused refused = {.status = status,
                                      .code = own_copy("unknown"),
                                      .sentence = own_copy("There is no such thing.")};

    memcpy(refused.request_id, request_id, UUID_SIZE);
    assert_int_equal(bus_send(self->commands, peer, MESSAGE_request_refused, &refused), 0);
    message_clear(&message_types[MESSAGE_request_refused], &refused);
}

static void answer_chat(void *arg, const zframe_t *peer, const void *message)
{
    struct stage *self = arg;
    const struct chat_get *get = message;
    struct chat *chat = stage_chat(self, get->chat_id);
    struct chat_found found = {.seq = self->seq, .chat = {chat, 1}};

    if (self->is_silent)
        return;
    memcpy(found.request_id, get->request_id, UUID_SIZE);
    if (chat)
        assert_int_equal(bus_send(self->commands, peer, MESSAGE_chat_found, &found), 0);
    else
        turn_down(self, peer, get->request_id, 404);
}

static bool is_asked_for(const struct messages_get *get, const struct message *message)
{
    if (strcmp(message->chat_id, get->chat_id) != 0)
        return false;
    if (!get->after && !get->after_seq)
        return true;
    return (get->after && message->updated > get->after) ||
           (get->after_seq && message->seq > get->after_seq);
}

static void send_messages(struct stage *self, const zframe_t *peer, const struct messages_get *get)
{
    struct messages_found found = {.seq = self->seq};

    if (!stage_chat(self, get->chat_id)) {
        turn_down(self, peer, get->request_id, 404);
        return;
    }
    memcpy(found.request_id, get->request_id, UUID_SIZE);
    for (int64_t i = 0; i < self->seq; i++) {
        const struct event *event = &self->log[i];
        if (event->message.count && is_asked_for(get, event->message.items))
            message_copy(
                &message_types[MESSAGE_message],
                list_append((struct list *)&found.messages, &message_types[MESSAGE_message]),
                event->message.items);
    }
    assert_int_equal(bus_send(self->commands, peer, MESSAGE_messages_found, &found), 0);
    message_clear(&message_types[MESSAGE_messages_found], &found);
}

static void answer_messages(void *arg, const zframe_t *peer, const void *message)
{
    struct stage *self = arg;
    const struct messages_get *get = message;

    self->questions++;
    if (self->is_silent)
        return;
    if (!self->holds_answers) {
        send_messages(self, peer, get);
        return;
    }
    assert_null(self->held_peer);
    self->held_peer = zframe_dup((zframe_t *)peer);
    message_copy(&message_types[MESSAGE_messages_get], &self->held, get);
}

void stage_answer_held(struct stage *self)
{
    assert_non_null(self->held_peer);
    send_messages(self, self->held_peer, &self->held);
    message_clear(&message_types[MESSAGE_messages_get], &self->held);
    zframe_destroy(&self->held_peer);
}

static bool is_of_chat(const struct event *event, const char *chat_id)
{
    const char *id = event->chat.count      ? event->chat.items->id
                     : event->message.count ? event->message.items->chat_id
                                            : "";

    return !*chat_id || strcmp(id, chat_id) == 0;
}

static void answer_events(void *arg, const zframe_t *peer, const void *message)
{
    struct stage *self = arg;
    const struct events_get *get = message;
    struct events_found found = {.seq = self->seq, .first_seq = self->first_seq};
    size_t limit = get->limit ? (size_t)get->limit : 1000;

    if (!found.first_seq)
        found.first_seq = self->seq > 0;
    self->ranges += *get->chat_id != '\0';
    if (self->is_silent)
        return;
    memcpy(found.request_id, get->request_id, UUID_SIZE);
    memcpy(found.log_id, self->log_id, UUID_SIZE);
    for (int64_t i = get->after_seq; i < self->seq && found.events.count < limit; i++)
        if (self->log[i].seq >= self->first_seq && is_of_chat(&self->log[i], get->chat_id))
            message_copy(&message_types[MESSAGE_event],
                         list_append((struct list *)&found.events, &message_types[MESSAGE_event]),
                         &self->log[i]);
    assert_int_equal(bus_send(self->commands, peer, MESSAGE_events_found, &found), 0);
    message_clear(&message_types[MESSAGE_events_found], &found);
}

static bool is_revoked(const struct stage *self, const char *token_id)
{
    for (size_t i = 0; i < self->revocations.count; i++)
        if (strcmp(self->revocations.items[i].token_id, token_id) == 0)
            return true;
    return false;
}

static void answer_check(void *arg, const zframe_t *peer, const void *message)
{
    struct stage *self = arg;
    const struct token_check *check = message;
    struct command_done done = {.request_id = ""};

    self->checks++;
    if (self->is_silent)
        return;
    memcpy(done.request_id, check->request_id, UUID_SIZE);
    if (is_revoked(self, check->token_id))
        turn_down(self, peer, check->request_id, 401);
    else
        assert_int_equal(bus_send(self->commands, peer, MESSAGE_command_done, &done), 0);
}

/* One account a page, so that pages are tried too. */
static void answer_accounts(void *arg, const zframe_t *peer, const void *message)
{
    struct stage *self = arg;
    const struct accounts_get *get = message;
    struct accounts_found found = {.seq = self->seq};
    const char *after = get->after ? get->after : "";

    if (self->is_silent)
        return;
    memcpy(found.request_id, get->request_id, UUID_SIZE);
    for (size_t i = 0; i < self->accounts.count && !found.accounts.count; i++)
        if (strcmp(self->accounts.items[i].id_code, after) > 0) {
            found.accounts = (struct account_roles_list){&self->accounts.items[i], 1};
            found.more = i + 1 < self->accounts.count;
        }
    assert_int_equal(bus_send(self->commands, peer, MESSAGE_accounts_found, &found), 0);
}

static void answer_settings(void *arg, const zframe_t *peer, const void *message)
{
    struct stage *self = arg;
    const struct settings_get *get = message;
    struct settings_found found = {.settings_seq = (int64_t)self->settings.count,
                                   .settings = self->settings};

    if (self->is_silent || self->keeps_settings)
        return;
    memcpy(found.request_id, get->request_id, UUID_SIZE);
    memcpy(found.log_id, self->log_id, UUID_SIZE);
    assert_int_equal(bus_send(self->commands, peer, MESSAGE_settings_found, &found), 0);
}

static void answer_waiting(void *arg, const zframe_t *peer, const void *message)
{
    struct stage *self = arg;
    const struct waiting_get *get = message;
    struct waiting waiting = {.seconds = 100};

    memcpy(waiting.request_id, get->request_id, UUID_SIZE);
    assert_int_equal(bus_send(self->waiting, peer, MESSAGE_waiting, &waiting), 0);
}

static void add_component(struct health *health, const char *name, const char *version)
{
    struct component *component =
        list_append((struct list *)&health->components, &message_types[MESSAGE_component]);

    component->name = own_copy(name);
    component->version = own_copy(version);
}

static void answer_health(void *arg, const zframe_t *peer, const void *message)
{
    struct stage *self = arg;
    const struct health_get *get = message;
    struct health health = {0};

    memcpy(health.request_id, get->request_id, UUID_SIZE);
    add_component(&health, "TIM", "1.0");
    add_component(&health, "RUUTER", "1.0");
    add_component(&health, "DMAPPER", "1.0");
    add_component(&health, "RESQL", "1.0");
    assert_int_equal(bus_send(self->health, peer, MESSAGE_health, &health), 0);
    message_clear(&message_types[MESSAGE_health], &health);
}

static const struct handler command_handlers[] = {
    {MESSAGE_chats_get, answer_chats},       {MESSAGE_chat_get, answer_chat},
    {MESSAGE_messages_get, answer_messages}, {MESSAGE_events_get, answer_events},
    {MESSAGE_token_check, answer_check},     {MESSAGE_accounts_get, answer_accounts},
    {MESSAGE_settings_get, answer_settings}, {0, NULL}};
static const struct handler waiting_handlers[] = {{MESSAGE_waiting_get, answer_waiting}, {0, NULL}};
static const struct handler health_handlers[] = {{MESSAGE_health_get, answer_health}, {0, NULL}};

void stage_turn(struct stage *self, int fd, int wait_ms)
{
    zmq_pollitem_t items[] = {
        {zsock_resolve(self->commands), 0, ZMQ_POLLIN, 0},
        {zsock_resolve(self->waiting), 0, ZMQ_POLLIN, 0},
        {zsock_resolve(self->health), 0, ZMQ_POLLIN, 0},
        {NULL, fd, ZMQ_POLLIN, 0},
    };

    (void)zmq_poll(items, fd == -1 ? 3 : 4, wait_ms);
    while (bus_dispatch(self->commands, command_handlers, self))
        ;
    while (bus_dispatch(self->waiting, waiting_handlers, self))
        ;
    while (bus_dispatch(self->health, health_handlers, self))
        ;
}
