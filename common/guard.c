#include "guard.h"

#include <string.h>

#include "clock.h"
#include "keyring.h"
#include "log.h"
#include "metrics.h"

enum { FIELD_MAX = 256, LOG_PAUSE_MS = 10000 };

static struct {
    bool has_keys;
    enum peer self;
    struct keyring keys;
    zloop_t *loop;
    zsock_t *questions; /* NULL: not open */
    int64_t silent_until;
} guard;

static struct metric refused = {"kratt_bus_keys_refused",
                                METRIC_COUNTER,
                                "Peers with a key that may not connect to this socket.",
                                NULL,
                                0,
                                NULL};

/* ---- before the start ---- */

static bool is_local(const char *address, size_t size)
{
    static const char *const local[] = {"tcp://127.", "tcp://localhost:", "tcp://[::1]:"};

    if (size < strlen("tcp://") || strncmp(address, "tcp://", strlen("tcp://")) != 0)
        return true; /* no network at all */
    for (size_t i = 0; i < sizeof(local) / sizeof(*local); i++)
        if (strncmp(address, local[i], strlen(local[i])) == 0)
            return true;
    return false;
}

/* An endpoint may be several addresses, each perhaps after the @ or > of czmq. */
static bool are_all_local(const char *endpoint)
{
    while (*endpoint) {
        endpoint += strspn(endpoint, "@>,");
        size_t size = strcspn(endpoint, ",");
        if (!is_local(endpoint, size))
            return false;
        endpoint += size;
    }
    return true;
}

static int check_endpoints(enum peer self, FILE *complaints)
{
    int rc = 0;

    for (const struct meeting *meeting = meetings; meeting->name; meeting++) {
        if (self != PEER_COUNT && !meeting_is_bound_by(meeting, self) &&
            !meeting_is_called_by(meeting, self))
            continue;
        if (are_all_local(meeting_endpoint(meeting)))
            continue;
        fprintf(complaints, "%s leaves this machine, which needs keys: see KRATT_CURVE_DIR\n",
                meeting->setting);
        rc = -1;
    }
    return rc;
}

int guard_read(const char *service, const char *folder, FILE *complaints)
{
    guard.self = peer_named(service);
    guard.has_keys = *folder;
    if (!*folder)
        return check_endpoints(guard.self, complaints);
    if (guard.self == PEER_COUNT) {
        fprintf(complaints, "KRATT_CURVE_DIR: there are no keys for a service %s\n", service);
        return -1;
    }
    if (!zmq_has("curve")) {
        fprintf(complaints, "KRATT_CURVE_DIR: this ZeroMQ was built without CURVE\n");
        return -1;
    }
    return keyring_read(&guard.keys, folder, guard.self, complaints);
}

/* ---- who is let in ---- */

static bool is_on(const struct key_list *list, const char *key)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->keys[i], key) == 0)
            return true;
    return false;
}

static bool may_enter(const struct meeting *meeting, const char *key)
{
    for (int peer = 0; peer < PEER_COUNT; peer++)
        if (meeting_is_called_by(meeting, (enum peer)peer) && is_on(&guard.keys.peers[peer], key))
            return true;
    return false;
}

/* The fields of a ZAP question that count here; texts are cut at FIELD_MAX. */
struct question {
    char id[FIELD_MAX];
    size_t id_size;
    char place[FIELD_MAX], address[FIELD_MAX], mechanism[FIELD_MAX];
    char key[KEY_SIZE]; /* "" when the credentials are none */
};

static void take_text(zmsg_t *message, char text[FIELD_MAX])
{
    zframe_t *frame = zmsg_pop(message);
    size_t size = frame && zframe_size(frame) < FIELD_MAX ? zframe_size(frame) : 0;

    memcpy(text, size ? (const char *)zframe_data(frame) : "", size);
    text[size] = '\0';
    zframe_destroy(&frame);
}

static void take_key(zmsg_t *message, char key[KEY_SIZE])
{
    zframe_t *frame = zmsg_pop(message);

    if (!frame || zframe_size(frame) != 32 || zmsg_size(message) ||
        !zmq_z85_encode(key, zframe_data(frame), 32))
        *key = '\0';
    zframe_destroy(&frame);
}

/* version, request id, domain, address, identity, mechanism, credentials */
static void take_question(struct question *self, zmsg_t *message)
{
    char unused[FIELD_MAX];

    take_text(message, unused);
    zframe_t *id = zmsg_pop(message);
    self->id_size = id && zframe_size(id) <= FIELD_MAX ? zframe_size(id) : 0;
    if (self->id_size)
        memcpy(self->id, zframe_data(id), self->id_size);
    zframe_destroy(&id);
    take_text(message, self->place);
    take_text(message, self->address);
    take_text(message, unused);
    take_text(message, self->mechanism);
    take_key(message, self->key);
}

/* version, request id, status code and text, user id, metadata */
static void send_verdict(zsock_t *sock, const struct question *question, bool is_welcome)
{
    zmsg_t *answer = zmsg_new();

    zmsg_addstr(answer, "1.0");
    zmsg_addmem(answer, question->id, question->id_size);
    zmsg_addstr(answer, is_welcome ? "200" : "400");
    zmsg_addstr(answer, is_welcome ? "OK" : "No access");
    zmsg_addmem(answer, "", 0);
    zmsg_addmem(answer, "", 0);
    if (zmsg_send(&answer, sock) == -1)
        zmsg_destroy(&answer); /* the one who asked is gone */
}

static void tell_refused(const struct question *question)
{
    int64_t now = clock_monotonic_ms();

    refused.value++;
    if (now < guard.silent_until)
        return;
    guard.silent_until = now + LOG_PAUSE_MS;
    log_warn("peer refused", "socket", question->place, "address", question->address, "why",
             "its key may not connect here");
}

static int on_question(zloop_t *loop, zsock_t *sock, void *arg)
{
    struct question question = {0};
    zmsg_t *message = zmsg_recv(sock);

    (void)loop;
    (void)arg;
    if (!message)
        return 0;
    take_question(&question, message);
    zmsg_destroy(&message);
    const struct meeting *meeting = meeting_named(question.place);
    bool is_welcome =
        meeting && streq(question.mechanism, "CURVE") && may_enter(meeting, question.key);
    send_verdict(sock, &question, is_welcome);
    if (!is_welcome)
        tell_refused(&question);
    return 0;
}

/* libzmq lets everyone in where nobody answers, so sockets with keys are only
 * opened between these two. */
int guard_open(zloop_t *loop)
{
    metrics_add(&refused);
    if (!guard.has_keys)
        return 0;
    guard.loop = loop;
    guard.questions = zsock_new(ZMQ_REP);
    if (!guard.questions || zsock_bind(guard.questions, "inproc://zeromq.zap.01") == -1 ||
        zloop_reader(loop, guard.questions, on_question, NULL) == -1) {
        log_error("keys cannot be checked", "why", zmq_strerror(zmq_errno()));
        zsock_destroy(&guard.questions);
        return -1;
    }
    zloop_reader_set_tolerant(loop, guard.questions);
    return 0;
}

void guard_close(void)
{
    if (guard.questions)
        zloop_reader_end(guard.loop, guard.questions);
    zsock_destroy(&guard.questions);
    memset(&guard, 0, sizeof(guard));
}

/* ---- sockets ---- */

static void show_key(zsock_t *sock)
{
    zsock_set_curve_publickey(sock, guard.keys.public_key);
    zsock_set_curve_secretkey(sock, guard.keys.secret_key);
}

int guard_equip(zsock_t *sock, bool binds, const char *endpoint, char why[WHY_MAX])
{
    const struct meeting *meeting = meeting_at(endpoint);

    if (!guard.has_keys || !strstr(endpoint, "tcp://"))
        return 0;
    if (!guard.questions || !meeting ||
        !(binds ? meeting_is_bound_by(meeting, guard.self)
                : meeting_is_called_by(meeting, guard.self))) {
        snprintf(why, WHY_MAX, "this service has no key for it");
        return -1;
    }
    show_key(sock);
    if (binds) {
        zsock_set_zap_domain(sock, meeting->name);
        zsock_set_curve_server(sock, 1);
    } else {
        zsock_set_curve_serverkey(sock, guard.keys.peers[meeting->binder].keys[0]);
    }
    return 0;
}
