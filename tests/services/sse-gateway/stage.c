#include "stage.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "browser.h"
#include "own.h"
#include "program.h"
#include "token.h"
#include "uuid.h"

enum { PATIENCE_MS = 10000, TURN_MS = 20, EPOCH = 1700000000 };

static char key_path[128], public_path[128];

/* ---- the log ---- */

void stage_publish(struct stage *self, int64_t seq)
{
    assert_int_equal(bus_send(self->events, NULL, MESSAGE_event, &self->log[seq - 1]), 0);
}

void stage_publish_head(struct stage *self)
{
    struct log_head head = {.seq = self->seq, .settings_seq = (int64_t)self->settings.count};

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
    struct chat *chat = stage_chat(self, chat_id);

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
    struct chat *chat = stage_chat(self, chat_id);

    own_replace(&chat->customer_support_id, agent);
    own_replace(&chat->csa_title, STAGE_TITLE);
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
    struct chat *chat = stage_chat(self, chat_id);

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

static void add_role(struct role_list *roles, const char *name)
{
    struct role *role = list_append((struct list *)roles, &message_types[MESSAGE_role]);

    role->name = own_copy(name);
}

int64_t stage_set_role(struct stage *self, const char *id_code, const char *role)
{
    struct event *event = new_event(self, "account.changed");
    struct account *account =
        list_append((struct list *)&event->account, &message_types[MESSAGE_account]);

    account->id_code = own_copy(id_code);
    account->login = own_copy(id_code);
    if (role)
        add_role(&account->roles, role);
    stage_publish(self, event->seq);
    return event->seq;
}

int64_t stage_show_titles(struct stage *self, bool are_shown)
{
    const struct message_type *type = &message_types[MESSAGE_setting_version];
    struct event *event = new_event(self, "setting.changed");
    struct setting_version *version = list_append((struct list *)&event->settings, type);

    version->id = (int64_t)self->settings.count + 1;
    version->key = own_copy("is_csa_title_visible");
    version->value = own_copy(are_shown ? "true" : "false");
    message_copy(type, list_append((struct list *)&self->settings, type), version);
    stage_publish(self, event->seq);
    return event->seq;
}

static void clear_settings(struct stage *self)
{
    for (size_t i = 0; i < self->settings.count; i++)
        message_clear(&message_types[MESSAGE_setting_version], &self->settings.items[i]);
    free(self->settings.items);
    self->settings = (struct setting_version_list){NULL, 0};
}

static void add_accounts(struct stage *self)
{
    static const char *const id_codes[] = {STAGE_NO_ROLE, STAGE_ADMINISTRATOR};

    for (size_t i = 0; i < 2; i++) {
        struct account_roles *account =
            list_append((struct list *)&self->accounts, &message_types[MESSAGE_account_roles]);
        account->id_code = own_copy(id_codes[i]);
        if (i == 1)
            add_role(&account->roles, "ROLE_ADMINISTRATOR");
    }
}

static void clear_accounts(struct stage *self)
{
    for (size_t i = 0; i < self->accounts.count; i++)
        message_clear(&message_types[MESSAGE_account_roles], &self->accounts.items[i]);
    free(self->accounts.items);
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

char *stage_short_cookie(struct stage *self, const char *chat_id, int64_t lives_ms)
{
    return cookie(self, "chatJwt", json_pack("{s:s}", "chatId", chat_id), lives_ms, NULL);
}

static char *agent_cookie(struct stage *self, const char *id_code, const char *role,
                          int64_t lives_ms)
{
    json_t *content =
        json_pack("{s:s,s:s,s:[s]}", "login", "ann", "idCode", id_code, "authorities", role);

    return cookie(self, "customJwtCookie", content, lives_ms, NULL);
}

char *stage_agent_cookie(struct stage *self, const char *role, int64_t lives_ms)
{
    return agent_cookie(self, "EE1", role, lives_ms);
}

char *stage_cookie_of(struct stage *self, const char *id_code, const char *role)
{
    return agent_cookie(self, id_code, role, 600000);
}

/* ---- the program ---- */

const char *stage_monitor(struct stage *self, const char *path)
{
    static char text[65536];
    char request[256];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
             path);
    struct browser *browser = browser_send(self, self->monitor_port, request, strlen(request));
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
    unsetenv("KRATT_STREAMS_PER_ADDRESS");
    unsetenv("KRATT_STREAM_LIFETIME_S");
    unsetenv("KRATT_RING_BYTES");
    setenv("KRATT_DRAIN_MS", "100", 1);
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

    while ((fd = browser_connect(self->monitor_port)) == -1) {
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
    char *cookie = stage_agent_cookie(self, "ROLE_ADMINISTRATOR", 600000);
    struct browser *agent = browser_open(self, "/events/cs-get-all-active-chats", cookie);
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;

    browser_expect(agent, "snapshot-end");
    stage_open_chat(self, STAGE_FIRST_CHAT);
    while (!strstr(browser_rest(browser), "\"7\"") ||
           !strstr(browser_rest(agent), STAGE_FIRST_CHAT)) {
        assert_true(clock_monotonic_ms() < end);
        assert_int_equal(bus_send(self->waiting_events, NULL, MESSAGE_waiting, &waiting), 0);
        stage_publish_head(self);
        browser_take(browser, TURN_MS);
        browser_take(agent, TURN_MS);
    }
    browser_close(&browser);
    browser_close(&agent);
    free(cookie);
}

static struct stage *begin(const char *const *settings, bool holds_chats)
{
    struct stage *self = own_zero(sizeof(*self));

    self->holds_chats = holds_chats;
    program_bus_open();
    add_accounts(self);
    uuid_make(self->log_id);
    open_sockets(self);
    start(self, settings);
    await_port(self);
    return self;
}

struct stage *stage_new_unplaced(void)
{
    struct stage *self = begin(NULL, true);
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;

    while (!self->held_chats_peer) {
        assert_true(clock_monotonic_ms() < end);
        stage_turn(self, -1, TURN_MS);
    }
    return self;
}

struct stage *stage_new(const char *const *settings)
{
    struct stage *self = begin(settings, false);

    stage_await(self, "/readyz", "200 OK");
    await_subscriptions(self);
    return self;
}

void stage_restart(struct stage *self)
{
    assert_int_equal(program_end(self->gateway), 0);
    self->gateway = program_start(PROGRAM, NULL, -1);
    await_port(self);
}

void stage_destroy(struct stage **self_p)
{
    struct stage *self = *self_p;

    assert_int_equal(program_end(self->gateway), 0);
    clear_log(self);
    free(self->revocations.items);
    clear_accounts(self);
    clear_settings(self);
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
