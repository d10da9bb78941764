#include "stage.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "json.h"
#include "own.h"
#include "program.h"
#include "token.h"
#include "uuid.h"

enum { PATIENCE_MS = 10000, TURN_MS = 20, EPOCH = 1700000000 };

static char key_path[128], public_path[128];

/* ---- the other services ---- */

static void answer_chats(void *arg, const zframe_t *peer, const void *message)
{
    struct stage *self = arg;
    const struct chats_get *get = message;
    struct chats_found found = {.seq = self->seq};

    if (self->is_silent)
        return;
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

static struct chat *chat_named(struct stage *self, const char *chat_id)
{
    for (size_t i = 0; i < self->chat_count; i++)
        if (strcmp(self->chats[i].id, chat_id) == 0)
            return &self->chats[i];
    return NULL;
}

static void refuse_unknown(struct stage *self, const zframe_t *peer, const char *request_id)
{
    struct request_refused refused = {.status = 404,
                                      .code = own_copy("unknown_chat"),
                                      .sentence = own_copy("There is no such chat.")};

    memcpy(refused.request_id, request_id, UUID_SIZE);
    assert_int_equal(bus_send(self->commands, peer, MESSAGE_request_refused, &refused), 0);
    message_clear(&message_types[MESSAGE_request_refused], &refused);
}

static void answer_chat(void *arg, const zframe_t *peer, const void *message)
{
    struct stage *self = arg;
    const struct chat_get *get = message;
    struct chat *chat = chat_named(self, get->chat_id);
    struct chat_found found = {.seq = self->seq, .chat = {chat, 1}};

    if (self->is_silent)
        return;
    memcpy(found.request_id, get->request_id, UUID_SIZE);
    if (chat)
        assert_int_equal(bus_send(self->commands, peer, MESSAGE_chat_found, &found), 0);
    else
        refuse_unknown(self, peer, get->request_id);
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

    if (!chat_named(self, get->chat_id)) {
        refuse_unknown(self, peer, get->request_id);
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

static void answer_events(void *arg, const zframe_t *peer, const void *message)
{
    struct stage *self = arg;
    const struct events_get *get = message;
    struct events_found found = {.seq = self->seq, .first_seq = self->seq > 0};

    if (self->is_silent)
        return;
    memcpy(found.request_id, get->request_id, UUID_SIZE);
    memcpy(found.log_id, self->log_id, UUID_SIZE);
    for (int64_t i = get->after_seq; i < self->seq && found.events.count < 1000; i++)
        message_copy(&message_types[MESSAGE_event],
                     list_append((struct list *)&found.events, &message_types[MESSAGE_event]),
                     &self->log[i]);
    assert_int_equal(bus_send(self->commands, peer, MESSAGE_events_found, &found), 0);
    message_clear(&message_types[MESSAGE_events_found], &found);
}

static void answer_revocations(void *arg, const zframe_t *peer, const void *message)
{
    struct stage *self = arg;
    const struct revocations_get *get = message;
    struct revocations_found found = {.seq = self->seq, .revocations = self->revocations};

    if (self->is_silent)
        return;
    memcpy(found.request_id, get->request_id, UUID_SIZE);
    assert_int_equal(bus_send(self->commands, peer, MESSAGE_revocations_found, &found), 0);
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

static const struct handler command_handlers[] = {{MESSAGE_chats_get, answer_chats},
                                                  {MESSAGE_chat_get, answer_chat},
                                                  {MESSAGE_messages_get, answer_messages},
                                                  {MESSAGE_events_get, answer_events},
                                                  {MESSAGE_revocations_get, answer_revocations},
                                                  {0, NULL}};
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

/* ---- the log ---- */

void stage_publish(struct stage *self, int64_t seq)
{
    assert_int_equal(bus_send(self->events, NULL, MESSAGE_event, &self->log[seq - 1]), 0);
}

void stage_publish_head(struct stage *self)
{
    struct log_head head = {.seq = self->seq};

    memcpy(head.log_id, self->log_id, UUID_SIZE);
    assert_int_equal(bus_send(self->events, NULL, MESSAGE_log_head, &head), 0);
}

static struct event *new_event(struct stage *self, const char *kind)
{
    assert_true(self->seq < STAGE_EVENTS_MAX);
    struct event *event = &self->log[self->seq++];

    event->seq = self->seq;
    event->at = (EPOCH + self->seq) * 1000;
    event->kind = own_copy(kind);
    return event;
}

static void add_chat(struct event *event, struct chat *chat)
{
    chat->seq = event->seq;
    chat->updated = event->at;
    message_copy(&message_types[MESSAGE_chat],
                 list_append((struct list *)&event->chat, &message_types[MESSAGE_chat]), chat);
}

static void add_message(struct event *event, const char *chat_id, const char *content,
                        const char *what)
{
    struct message *message =
        list_append((struct list *)&event->message, &message_types[MESSAGE_message]);

    uuid_make(message->id);
    memcpy(message->chat_id, chat_id, UUID_SIZE);
    message->seq = event->seq;
    message->content = own_copy(content);
    message->event = own_copy(what);
    message->author_role = own_copy("end-user");
    message->author_timestamp = event->at;
    message->created = event->at;
    message->updated = event->at;
}

int64_t stage_open_chat(struct stage *self, const char *chat_id)
{
    struct event *event = new_event(self, "chat.opened");
    struct chat *chat = &self->chats[self->chat_count++];

    assert_true(self->chat_count < STAGE_CHATS_MAX);
    memcpy(chat->id, chat_id, UUID_SIZE);
    chat->status = own_copy("OPEN");
    chat->created = event->at;
    add_chat(event, chat);
    add_message(event, chat_id, "hello", "");
    stage_publish(self, event->seq);
    return event->seq;
}

int64_t stage_post(struct stage *self, const char *chat_id, const char *content, bool is_lost)
{
    struct event *event = new_event(self, "message.posted");
    struct chat *chat = chat_named(self, chat_id);

    add_message(event, chat_id, content, "");
    own_replace(&chat->last_message, content);
    add_chat(event, chat);
    if (!is_lost)
        stage_publish(self, event->seq);
    return event->seq;
}

int64_t stage_claim(struct stage *self, const char *chat_id, const char *agent)
{
    struct event *event = new_event(self, "chat.claimed");
    struct chat *chat = chat_named(self, chat_id);

    own_replace(&chat->customer_support_id, agent);
    add_chat(event, chat);
    stage_publish(self, event->seq);
    return event->seq;
}

static void add_revocation(struct stage *self, struct event *event, const char *token_id)
{
    struct revocation *revocation =
        list_append((struct list *)&event->revocation, &message_types[MESSAGE_revocation]);

    memcpy(revocation->token_id, token_id, UUID_SIZE);
    revocation->expires_at = clock_wall_ms() + 7200000;
    message_copy(&message_types[MESSAGE_revocation],
                 list_append((struct list *)&self->revocations, &message_types[MESSAGE_revocation]),
                 revocation);
}

int64_t stage_end_chat(struct stage *self, const char *chat_id, const char *revoked)
{
    struct event *event = new_event(self, "chat.ended");
    struct chat *chat = chat_named(self, chat_id);

    own_replace(&chat->status, "ENDED");
    chat->ended = event->at;
    add_message(event, chat_id, "", "answered");
    add_chat(event, chat);
    if (revoked)
        add_revocation(self, event, revoked);
    stage_publish(self, event->seq);
    return event->seq;
}

int64_t stage_revoke(struct stage *self, const char *token_id)
{
    struct event *event = new_event(self, "token.revoked");

    add_revocation(self, event, token_id);
    stage_publish(self, event->seq);
    return event->seq;
}

static void clear_log(struct stage *self)
{
    for (int64_t i = 0; i < self->seq; i++)
        message_clear(&message_types[MESSAGE_event], &self->log[i]);
    for (size_t i = 0; i < self->chat_count; i++)
        message_clear(&message_types[MESSAGE_chat], &self->chats[i]);
    self->seq = 0;
    self->chat_count = 0;
    uuid_make(self->log_id);
}

void stage_change_log(struct stage *self)
{
    clear_log(self);
}

const char *stage_time_of(struct stage *self, int64_t seq)
{
    static char text[ISO_TIME_SIZE];

    iso_time_format(self->log[seq - 1].at, text);
    *strchr(text, '+') = '\0'; /* as the clients do */
    return text;
}

/* ---- cookies ---- */

static char *cookie(struct stage *self, const char *name, json_t *content, int64_t lives_ms,
                    char token_id[UUID_SIZE])
{
    struct token token = {.content = content};
    char *text = token_sign(self->key, "kratt", &token, clock_wall_ms(), lives_ms);
    char *line = NULL;

    assert_non_null(text);
    assert_true(asprintf(&line, "%s=%s", name, text) > 0);
    if (token_id)
        memcpy(token_id, token.token_id, UUID_SIZE);
    free(text);
    json_decref(content);
    return line;
}

char *stage_user_cookie(struct stage *self, const char *chat_id, char token_id[UUID_SIZE])
{
    return cookie(self, "chatJwt", json_pack("{s:s}", "chatId", chat_id), 7200000, token_id);
}

char *stage_agent_cookie(struct stage *self, const char *role, int64_t lives_ms)
{
    json_t *content =
        json_pack("{s:s,s:s,s:[s]}", "login", "ann", "idCode", "EE1", "authorities", role);

    return cookie(self, "customJwtCookie", content, lives_ms, NULL);
}

/* ---- browsers ---- */

struct browser {
    struct stage *stage;
    int fd;
    bool has_ended;
    char *text;
    size_t size, passed;
};

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
        close(fd);
        return -1;
    }
    return fd;
}

static struct browser *browser_on(struct stage *stage, int port, const char *bytes, size_t size)
{
    struct browser *self = own_zero(sizeof(*self));

    self->stage = stage;
    self->text = own_copy("");
    self->fd = connect_to(port);
    assert_true(self->fd >= 0);
    assert_int_equal(send(self->fd, bytes, size, MSG_NOSIGNAL), size);
    return self;
}

struct browser *browser_send(struct stage *stage, const char *bytes, size_t size)
{
    return browser_on(stage, stage->port, bytes, size);
}

struct browser *browser_open(struct stage *stage, const char *path, const char *cookie)
{
    char *request = NULL;

    assert_true(asprintf(&request, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s%s\r\n", path,
                         cookie ? "Cookie: " : "", cookie ? cookie : "", cookie ? "\r\n" : "") > 0);
    struct browser *self = browser_send(stage, request, strlen(request));
    free(request);
    return self;
}

void browser_close(struct browser **self)
{
    if (!*self)
        return;
    close((*self)->fd);
    free((*self)->text);
    free(*self);
    *self = NULL;
}

/* Plays until something comes. */
static void take(struct browser *self, int wait_ms)
{
    char buffer[65536];

    stage_turn(self->stage, self->has_ended ? -1 : self->fd, wait_ms);
    ssize_t size = recv(self->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (size == 0 || (size == -1 && errno == ECONNRESET))
        self->has_ended = true;
    if (size <= 0)
        return;
    self->text = own_grow(self->text, self->size + (size_t)size + 1);
    memcpy(self->text + self->size, buffer, (size_t)size);
    self->size += (size_t)size;
    self->text[self->size] = '\0';
}

void browser_expect(struct browser *self, const char *text)
{
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    const char *at;

    while (!(at = strstr(self->text + self->passed, text))) {
        if (self->has_ended || clock_monotonic_ms() > end)
            fail_msg("expected: %s\ncame: %s\n(%s)", text, self->text + self->passed,
                     self->has_ended ? "ended" : "open");
        take(self, TURN_MS);
    }
    self->passed = (size_t)(at - self->text) + strlen(text);
}

void browser_expect_nothing(struct browser *self, int wait_ms)
{
    int64_t end = clock_monotonic_ms() + wait_ms;

    while (clock_monotonic_ms() < end)
        take(self, TURN_MS);
    while (strncmp(self->text + self->passed, ":\n\n", 3) == 0)
        self->passed += 3;
    assert_string_equal(self->text + self->passed, "");
}

const char *browser_expect_end(struct browser *self)
{
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;

    while (!self->has_ended) {
        if (clock_monotonic_ms() > end)
            fail_msg("not ended; came: %s", self->text + self->passed);
        take(self, TURN_MS);
    }
    return self->text + self->passed;
}

const char *browser_rest(struct browser *self)
{
    return self->text + self->passed;
}

int browser_socket(struct browser *self)
{
    return self->fd;
}

/* ---- the program ---- */

const char *stage_monitor(struct stage *self, const char *path)
{
    static char text[65536];
    char request[256];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
             path);
    struct browser *browser = browser_on(self, self->monitor_port, request, strlen(request));
    snprintf(text, sizeof(text), "%s", browser_expect_end(browser));
    browser_close(&browser);
    return text;
}

void stage_await(struct stage *self, const char *path, const char *text)
{
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    const char *answer;

    while (!strstr(answer = stage_monitor(self, path), text)) {
        if (clock_monotonic_ms() > end)
            fail_msg("%s does not say %s but: %s", path, text, answer);
        stage_turn(self, -1, TURN_MS);
    }
}

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void set_address(const char *name, int port)
{
    char value[32];

    snprintf(value, sizeof(value), "127.0.0.1:%d", port);
    setenv(name, value, 1);
}

static void open_sockets(struct stage *self)
{
    self->commands = bus_open(ZMQ_ROUTER, BUS_BIND, endpoints.commands);
    self->events = bus_open(ZMQ_PUB, BUS_BIND, endpoints.events);
    self->waiting = bus_open(ZMQ_ROUTER, BUS_BIND, endpoints.waiting);
    self->waiting_events = bus_open(ZMQ_PUB, BUS_BIND, endpoints.waiting_events);
    self->health = bus_open(ZMQ_ROUTER, BUS_BIND, endpoints.health);
    self->health_events = bus_open(ZMQ_PUB, BUS_BIND, endpoints.health_events);
    assert_non_null(self->health_events);
}

static void start(struct stage *self, const char *const *settings)
{
    char why[WHY_MAX];

    snprintf(key_path, sizeof(key_path), "%s/key.pem", program_folder);
    snprintf(public_path, sizeof(public_path), "%s/pub.pem", program_folder);
    self->key = token_key_open(key_path, public_path, why);
    assert_non_null(self->key);
    self->port = free_port();
    self->monitor_port = free_port();
    set_address("KRATT_HTTP", self->port);
    set_address("KRATT_MONITOR", self->monitor_port);
    setenv("KRATT_TOKEN_PUBLIC_KEY", public_path, 1);
    setenv("KRATT_CONNECTIONS", "2000", 1);
    unsetenv("KRATT_HEARTBEAT_MS");
    unsetenv("KRATT_STREAM_BYTES");
    unsetenv("KRATT_STREAM_STALL_MS");
    setenv("KRATT_LOG_LEVEL", "error", 1);
    setenv("ASAN_OPTIONS", "quarantine_size_mb=1", 0); /* or freed memory looks like a leak */
    for (; settings && *settings; settings++)
        putenv((char *)*settings);
    self->gateway = program_start(PROGRAM, NULL, -1);
}

/* Waits until the program takes connections at all. */
static void await_port(struct stage *self)
{
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    int fd;

    while ((fd = connect_to(self->monitor_port)) == -1) {
        assert_true(clock_monotonic_ms() < end);
        stage_turn(self, -1, TURN_MS);
    }
    close(fd);
}

/* Publishing to a subscriber that is not connected yet would be lost. */
static void await_subscriptions(struct stage *self)
{
    struct waiting waiting = {.seconds = 7};
    struct browser *browser = browser_open(self, "/events/estimated-waiting-time", NULL);
    char *cookie = stage_agent_cookie(self, "ROLE_ADMINISTRATOR", 60000);
    struct browser *agent = browser_open(self, "/events/cs-get-all-active-chats", cookie);
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;

    browser_expect(agent, "snapshot-end");
    stage_open_chat(self, STAGE_FIRST_CHAT);
    while (!strstr(browser_rest(browser), "\"7\"") ||
           !strstr(browser_rest(agent), STAGE_FIRST_CHAT)) {
        assert_true(clock_monotonic_ms() < end);
        assert_int_equal(bus_send(self->waiting_events, NULL, MESSAGE_waiting, &waiting), 0);
        stage_publish_head(self);
        take(browser, TURN_MS);
        take(agent, TURN_MS);
    }
    browser_close(&browser);
    browser_close(&agent);
    free(cookie);
}

struct stage *stage_new(const char *const *settings)
{
    struct stage *self = own_zero(sizeof(*self));

    program_bus_open();
    uuid_make(self->log_id);
    open_sockets(self);
    start(self, settings);
    await_port(self);
    stage_await(self, "/readyz", "200 OK");
    await_subscriptions(self);
    return self;
}

void stage_destroy(struct stage **self_p)
{
    struct stage *self = *self_p;

    assert_int_equal(program_end(self->gateway), 0);
    clear_log(self);
    free(self->revocations.items);
    zframe_destroy(&self->held_peer);
    zsock_destroy(&self->commands);
    zsock_destroy(&self->events);
    zsock_destroy(&self->waiting);
    zsock_destroy(&self->waiting_events);
    zsock_destroy(&self->health);
    zsock_destroy(&self->health_events);
    token_key_destroy(&self->key);
    unlink(key_path);
    unlink(public_path);
    program_bus_close();
    free(self);
    *self_p = NULL;
}
