#include "stage.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "browser.h"
#include "cast.h"
#include "clock.h"
#include "identity.h"
#include "json.h"
#include "own.h"
#include "test.h"
#include "token.h"

enum { SOCKETS = 3, PATIENCE_MS = 10000, HELD_MAX = 16 };

struct held {
    zsock_t *socket;
    zframe_t *peer;
    enum message_id type;
    void *message;
};

struct stage {
    char folder[64];
    pid_t pid;
    int port;
    zsock_t *sockets[SOCKETS]; /* chat-state, waiting-time, health */
    zsock_t *events;           /* of chat-state */
    zsock_t *speaking;         /* the one whose question is handled */
    struct token_key *key;
    char *asked;
    int refuse_status;
    const char *refuse_code;
    bool holding;
    struct held held[HELD_MAX];
    size_t held_count;
};

static const char *const addresses[SOCKETS] = {"commands", "waiting", "health"};

/* ---- hearing ---- */

static void note(struct stage *self, enum message_id type, const void *message)
{
    char *json = message_to_json(&message_types[type], message);
    char *all;

    assert_true(asprintf(&all, "%s%s %s\n", self->asked, message_types[type].wire, json) > 0);
    free(self->asked);
    free(json);
    self->asked = all;
}

static void hear(struct stage *self, const zframe_t *peer, enum message_id type,
                 const void *message)
{
    note(self, type, message);
    if (self->refuse_status) {
        cast_refuse(self->speaking, peer, message_text(&message_types[type], message, "request_id"),
                    self->refuse_status, self->refuse_code);
        self->refuse_status = 0;
    } else if (self->holding && self->held_count < HELD_MAX) {
        struct held *held = &self->held[self->held_count++];
        *held = (struct held){self->speaking, zframe_dup((zframe_t *)peer), type,
                              own_zero(message_types[type].size)};
        message_copy(&message_types[type], held->message, message);
    } else if (!self->holding) {
        cast_answer(self->speaking, peer, type, message);
    }
}

#define MESSAGE(name, wire, doc, ...)                                                              \
    static void on_##name(void *self, const zframe_t *peer, const void *message)                   \
    {                                                                                              \
        hear(self, peer, MESSAGE_##name, message);                                                 \
    }
#include "messages.def"
#undef MESSAGE

static const struct handler handlers[] = {
#define MESSAGE(name, wire, doc, ...) {MESSAGE_##name, on_##name},
#include "messages.def"
#undef MESSAGE
    {MESSAGE_COUNT, NULL},
};

bool stage_play(struct stage *self, int fd)
{
    zmq_pollitem_t items[SOCKETS + 1];
    int count = 0;

    for (; count < SOCKETS && self->sockets[count]; count++)
        items[count] =
            (zmq_pollitem_t){.socket = zsock_resolve(self->sockets[count]), .events = ZMQ_POLLIN};
    items[count] = (zmq_pollitem_t){.fd = fd, .events = ZMQ_POLLIN};
    if (zmq_poll(items, count + (fd != -1), PATIENCE_MS) <= 0)
        fail_msg("nothing happened; asked so far: %s", self->asked);
    for (int i = 0; i < count; i++) {
        self->speaking = self->sockets[i];
        while (bus_dispatch(self->sockets[i], handlers, self))
            ;
    }
    return fd != -1 && items[count].revents;
}

void stage_hold(struct stage *self, bool held)
{
    self->holding = held;
    for (size_t i = 0; !held && i < self->held_count; i++) {
        struct held *one = &self->held[i];
        cast_answer(one->socket, one->peer, one->type, one->message);
        message_clear(&message_types[one->type], one->message);
        free(one->message);
        zframe_destroy(&one->peer);
    }
    self->held_count = held ? self->held_count : 0;
}

const char *stage_asked(const struct stage *self)
{
    return self->asked;
}

void stage_forget(struct stage *self)
{
    own_replace(&self->asked, "");
}

void stage_refuse_next(struct stage *self, int status, const char *code)
{
    self->refuse_status = status;
    self->refuse_code = code;
}

/* ---- cookies ---- */

static char *sign(const struct stage *self, const char *name, const char *issuer, int64_t lives_ms,
                  json_t *content)
{
    struct token token = {.content = content};
    /* One that has expired was signed long ago. */
    int64_t now = clock_wall_ms() + (lives_ms < 0 ? lives_ms - 2000 : 0);
    char *text = token_sign(self->key, issuer, &token, now, lives_ms < 0 ? 2000 : lives_ms);
    char *cookie;

    token_clear(&token);
    assert_true(asprintf(&cookie, "%s=%s", name, text) > 0);
    free(text);
    return cookie;
}

char *stage_chat_cookie(const struct stage *self, const char *issuer, int64_t lives_ms)
{
    return sign(self, COOKIE_CHAT, issuer ? issuer : "kratt", lives_ms,
                json_pack("{s:s, s:s}", "chatId", STAGE_CHAT, "forwardTo", ""));
}

char *stage_agent_cookie(const struct stage *self, const char *role)
{
    return sign(self, COOKIE_AGENT, "kratt", 60000,
                json_pack("{s:s, s:s, s:s, s:s, s:[s]}", "login", STAGE_LOGIN, "idCode",
                          STAGE_ID_CODE, "displayName", "Ann", "csaTitle", "Nõustaja",
                          "authorities", role));
}

/* ---- its life ---- */

static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    getsockname(fd, (struct sockaddr *)&address, &size);
    close(fd);
    return ntohs(address.sin_port);
}

static void set_address(const char *name, const char *folder, const char *file)
{
    char address[128];

    snprintf(address, sizeof(address), "ipc://%s/%s", folder, file);
    setenv(name, address, 1);
}

static void become_program(const struct stage *self)
{
    char http[32];

    snprintf(http, sizeof(http), "127.0.0.1:%d", self->port);
    setenv("KRATT_HTTP", http, 1);
    setenv("KRATT_MONITOR", "127.0.0.1:0", 1);
    setenv("KRATT_COOKIE_SECURE", "0", 1);
    setenv("KRATT_LOG_LEVEL", "error", 1);
    set_address("KRATT_COMMANDS", self->folder, addresses[0]);
    set_address("KRATT_EVENTS", self->folder, "events");
    set_address("KRATT_WAITING", self->folder, addresses[1]);
    set_address("KRATT_HEALTH", self->folder, addresses[2]);
    set_address("KRATT_HEARTBEATS", self->folder, "heartbeats");
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
    if (chdir(self->folder) == 0)
        execl(PROGRAM, PROGRAM, (char *)NULL);
    _exit(127);
}

/* The program's connections to the services come up one by one. */
static void await_connection(struct stage *self, const char *path, const char *question)
{
    while (!strstr(self->asked, question)) {
        struct reply reply = browse(self, "GET", path, "", NULL);
        reply_clear(&reply);
    }
}

static void bind_services(struct stage *self)
{
    char address[128];

    for (int i = 0; i < SOCKETS; i++) {
        snprintf(address, sizeof(address), "ipc://%s/%s", self->folder, addresses[i]);
        self->sockets[i] = bus_open(ZMQ_ROUTER, BUS_BIND, address);
        assert_non_null(self->sockets[i]);
    }
    snprintf(address, sizeof(address), "ipc://%s/events", self->folder);
    self->events = bus_open(ZMQ_PUB, BUS_BIND, address);
    assert_non_null(self->events);
    /* It asks for the configuration until it is ready. */
    while (!strstr(self->asked, "settings.get"))
        stage_play(self, -1);
    await_connection(self, "/estimated-waiting-time", "waiting.get");
    await_connection(self, "/cs-get-components-healthz-status", "health.get");
    stage_forget(self);
}

void stage_publish_head(struct stage *self)
{
    struct log_head head = {.log_id = STAGE_MESSAGE, .settings_seq = cast_settings_seq()};

    assert_int_equal(bus_send(self->events, NULL, MESSAGE_log_head, &head), 0);
}

struct stage *stage_open(bool without)
{
    struct stage *self = own_zero(sizeof(*self));
    char path[128], public_path[128], why[WHY_MAX];

    snprintf(self->folder, sizeof(self->folder), "/tmp/kratt-ingress-XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    self->asked = own_copy("");
    self->port = free_port();
    self->pid = fork();
    if (self->pid == 0)
        become_program(self);
    browse_until_served(self);
    snprintf(path, sizeof(path), "%s/keys/token.pem", self->folder);
    snprintf(public_path, sizeof(public_path), "%s/keys/token.pub.pem", self->folder);
    self->key = token_key_open(path, public_path, why);
    assert_non_null(self->key);
    if (!without)
        bind_services(self);
    return self;
}

static void remove_folder(const char *folder)
{
    static const char *const files[] = {"keys/token.pem", "keys/token.pub.pem", "keys", "events"};
    char path[128];

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
        (void)remove(path);
    }
    for (int i = 0; i < SOCKETS; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, addresses[i]);
        (void)remove(path);
    }
    assert_int_equal(rmdir(folder), 0);
}

void stage_close(struct stage **self)
{
    struct stage *stage = *self;
    int status;

    *self = NULL;
    kill(stage->pid, SIGTERM);
    assert_int_equal(waitpid(stage->pid, &status, 0), stage->pid);
    assert_int_equal(status, 0);
    for (int i = 0; i < SOCKETS; i++)
        zsock_destroy(&stage->sockets[i]);
    zsock_destroy(&stage->events);
    token_key_destroy(&stage->key);
    remove_folder(stage->folder);
    free(stage->asked);
    free(stage);
}

int stage_port(const struct stage *self)
{
    return self->port;
}

pid_t stage_pid(const struct stage *self)
{
    return self->pid;
}
