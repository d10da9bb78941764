#include "feed.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"
#include "clock.h"
#include "own.h"
#include "token.h"
#include "uuid.h"

static const char ID_CODE[] = "EE1", ROLE[] = "ROLE_ADMINISTRATOR";

enum { COOKIE_LIVES_MS = 7200000 };

struct feed {
    zsock_t *commands, *events, *waiting, *waiting_events, *health, *health_events;
    char log_id[UUID_SIZE];
    int64_t seq;
    bool has_told_chats;
    struct message_list kept;
    char *cookie;
};

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "feed: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void answer(zsock_t *sock, const zframe_t *peer, enum message_id message, const void *found)
{
    if (bus_send(sock, peer, message, found) == -1)
        die("answer not sent", message_types[message].wire);
}

/* ---- chat-state ---- */

static void on_chats_get(void *arg, const zframe_t *peer, const void *message)
{
    struct feed *self = arg;
    const struct chats_get *question = message;
    struct chats_found found = {.seq = self->seq};

    memcpy(found.request_id, question->request_id, UUID_SIZE);
    memcpy(found.log_id, self->log_id, UUID_SIZE);
    answer(self->commands, peer, MESSAGE_chats_found, &found);
    self->has_told_chats = true;
}

/* The one that it signed itself. */
static void on_token_check(void *arg, const zframe_t *peer, const void *message)
{
    struct feed *self = arg;
    const struct token_check *question = message;
    struct command_done done = {.request_id = ""};

    memcpy(done.request_id, question->request_id, UUID_SIZE);
    answer(self->commands, peer, MESSAGE_command_done, &done);
}

/* Nothing was ever set. */
static void on_settings_get(void *arg, const zframe_t *peer, const void *message)
{
    struct feed *self = arg;
    const struct settings_get *question = message;
    struct settings_found found = {.request_id = ""};

    memcpy(found.request_id, question->request_id, UUID_SIZE);
    memcpy(found.log_id, self->log_id, UUID_SIZE);
    answer(self->commands, peer, MESSAGE_settings_found, &found);
}

/* Only who comes with a cursor has missed anything. */
static void on_messages_get(void *arg, const zframe_t *peer, const void *message)
{
    struct feed *self = arg;
    const struct messages_get *question = message;
    struct messages_found found = {.seq = self->seq};

    memcpy(found.request_id, question->request_id, UUID_SIZE);
    if (question->after_seq)
        found.messages = self->kept;
    answer(self->commands, peer, MESSAGE_messages_found, &found);
}

/* The one account: whose cookie it is. */
static void on_accounts_get(void *arg, const zframe_t *peer, const void *message)
{
    struct feed *self = arg;
    const struct accounts_get *question = message;
    struct accounts_found found = {.seq = self->seq};

    memcpy(found.request_id, question->request_id, UUID_SIZE);
    struct account_roles *account =
        list_append((struct list *)&found.accounts, &message_types[MESSAGE_account_roles]);
    account->id_code = own_copy(ID_CODE);
    struct role *role = list_append((struct list *)&account->roles, &message_types[MESSAGE_role]);
    role->name = own_copy(ROLE);
    answer(self->commands, peer, MESSAGE_accounts_found, &found);
    message_clear(&message_types[MESSAGE_accounts_found], &found);
}

/* Nothing is ever taken out of this log. */
static void on_log_followed(void *arg, const zframe_t *peer, const void *message)
{
    (void)arg;
    (void)peer;
    (void)message;
}

static void on_events_get(void *arg, const zframe_t *peer, const void *message)
{
    (void)arg;
    (void)peer;
    (void)message;
    die("void run", "the gateway lost an event on the bus");
}

/* ---- waiting-time and health ---- */

static void on_waiting_get(void *arg, const zframe_t *peer, const void *message)
{
    struct feed *self = arg;
    const struct waiting_get *question = message;
    struct waiting found = {.seconds = 7};

    memcpy(found.request_id, question->request_id, UUID_SIZE);
    answer(self->waiting, peer, MESSAGE_waiting, &found);
}

static void on_health_get(void *arg, const zframe_t *peer, const void *message)
{
    static const char *const names[] = {"TIM", "RUUTER", "DMAPPER", "RESQL", NULL};
    struct feed *self = arg;
    const struct health_get *question = message;
    struct health found = {0};

    memcpy(found.request_id, question->request_id, UUID_SIZE);
    for (int i = 0; names[i]; i++) {
        struct component *component =
            list_append((struct list *)&found.components, &message_types[MESSAGE_component]);
        component->name = own_copy(names[i]);
        component->version = own_copy("1.0");
    }
    answer(self->health, peer, MESSAGE_health, &found);
    message_clear(&message_types[MESSAGE_health], &found);
}

/* ---- the bus ---- */

static const struct handler commands_handlers[] = {
    {MESSAGE_chats_get, on_chats_get},       {MESSAGE_token_check, on_token_check},
    {MESSAGE_settings_get, on_settings_get}, {MESSAGE_messages_get, on_messages_get},
    {MESSAGE_accounts_get, on_accounts_get}, {MESSAGE_log_followed, on_log_followed},
    {MESSAGE_events_get, on_events_get},     {0, NULL},
};
static const struct handler waiting_handlers[] = {{MESSAGE_waiting_get, on_waiting_get}, {0, NULL}};
static const struct handler health_handlers[] = {{MESSAGE_health_get, on_health_get}, {0, NULL}};

int feed_turn(struct feed *self)
{
    int count = 0;

    while (bus_dispatch(self->commands, commands_handlers, self))
        count++;
    while (bus_dispatch(self->waiting, waiting_handlers, self))
        count++;
    while (bus_dispatch(self->health, health_handlers, self))
        count++;
    return count;
}

bool feed_is_followed(const struct feed *self)
{
    return self->has_told_chats;
}

int feed_items(const struct feed *self, zmq_pollitem_t *items)
{
    zsock_t *const socks[FEED_ITEMS] = {self->commands, self->waiting, self->health};

    for (int i = 0; i < FEED_ITEMS; i++)
        items[i] = (zmq_pollitem_t){.socket = zsock_resolve(socks[i]), .events = ZMQ_POLLIN};
    return FEED_ITEMS;
}

void feed_publish(struct feed *self, const struct event *event)
{
    self->seq = event->seq;
    if (bus_send(self->events, NULL, MESSAGE_event, event) == -1)
        die("event not sent", "the bus is full");
}

void feed_keep(struct feed *self, const struct event *event)
{
    self->seq = event->seq;
    message_copy(&message_types[MESSAGE_message],
                 list_append((struct list *)&self->kept, &message_types[MESSAGE_message]),
                 event->message.items);
}

/* ---- life ---- */

static zsock_t *open_sock(int type, const char *directory, const char *name)
{
    char endpoint[300];

    snprintf(endpoint, sizeof(endpoint), "ipc://%s/%s", directory, name);
    zsock_t *sock = bus_open(type, BUS_BIND, endpoint);
    if (!sock)
        die("no socket", endpoint);
    return sock;
}

static void make_cookie(struct feed *self, const char *directory)
{
    char path[300], public_path[300], why[WHY_MAX];
    struct token token = {0};

    snprintf(path, sizeof(path), "%s/token.pem", directory);
    snprintf(public_path, sizeof(public_path), "%s/token.pub.pem", directory);
    struct token_key *key = token_key_open(path, public_path, why);
    if (!key)
        die("no key", why);
    token.content =
        json_pack("{s:s,s:s,s:[s]}", "login", "bench", "idCode", ID_CODE, "authorities", ROLE);
    char *text = token_sign(key, "kratt", &token, clock_wall_ms(), COOKIE_LIVES_MS);
    if (!text || asprintf(&self->cookie, "customJwtCookie=%s", text) == -1)
        die("no cookie", "not signed");
    free(text);
    json_decref(token.content);
    token_key_destroy(&key);
}

struct feed *feed_new(const char *directory)
{
    struct feed *self = own_zero(sizeof(*self));

    uuid_make(self->log_id);
    make_cookie(self, directory);
    self->commands = open_sock(ZMQ_ROUTER, directory, "commands");
    self->events = open_sock(ZMQ_PUB, directory, "events");
    self->waiting = open_sock(ZMQ_ROUTER, directory, "waiting");
    self->waiting_events = open_sock(ZMQ_PUB, directory, "waiting-events");
    self->health = open_sock(ZMQ_ROUTER, directory, "health");
    self->health_events = open_sock(ZMQ_PUB, directory, "health-events");
    return self;
}

void feed_destroy(struct feed **self_p)
{
    struct feed *self = *self_p;
    struct messages_found kept = {.messages = self->kept};
    zsock_t **const socks[] = {&self->commands,       &self->events, &self->waiting,
                               &self->waiting_events, &self->health, &self->health_events};

    for (size_t i = 0; i < sizeof(socks) / sizeof(*socks); i++)
        zsock_destroy(socks[i]);
    message_clear(&message_types[MESSAGE_messages_found], &kept);
    free(self->cookie);
    free(self);
    *self_p = NULL;
}

const char *feed_cookie(const struct feed *self)
{
    return self->cookie;
}
