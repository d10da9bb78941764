#include "bus.h"

#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "log.h"
#include "metrics.h"
#include "own.h"
#include "watch.h"

enum {
    FRAME_MAX = 64 * 1024 * 1024, /* a page of a log, a whole queue */
    REQUEST_MAX = 256 * 1024,     /* what one who asks may send */
    QUEUE_MAX = 10000, /* messages for one peer; what a subscriber loses beyond, it asks for */
    LATEST_MAX = 4,    /* where only the newest counts */
    RECONNECT_MS = 50, /* the first pause; doubles up to the longest */
    RECONNECT_MAX_MS = 1000,
    PING_MS = 500,
    PING_TIMEOUT_MS = 1500,
    CONNECT_MS = 1000,   /* the system would ask for minutes, at growing pauses */
    HANDSHAKE_MS = 3000, /* longer than a loop is ever busy: it answers for the keys */
    UNHEARD_MS = 3000,   /* bytes that no one takes; no ping goes out behind them */
    WIRE_SIZE = 64,      /* longer than any wire name of messages.def */
    FRAMES_MAX = 3,
};

static struct metric sent = {
    "kratt_bus_messages_sent", METRIC_COUNTER, "Messages given to ZeroMQ.", NULL, 0, NULL};
static struct metric dropped = {"kratt_bus_messages_dropped",
                                METRIC_COUNTER,
                                "Messages that no peer could take when they were sent.",
                                NULL,
                                0,
                                NULL};
static struct metric received = {
    "kratt_bus_messages_received", METRIC_COUNTER, "Messages that were received.", NULL, 0, NULL};
static struct metric refused = {"kratt_bus_messages_refused",
                                METRIC_COUNTER,
                                "Messages in or out that broke the schema, or had no handler.",
                                NULL,
                                0,
                                NULL};

static void set_limits(zsock_t *sock, int type, unsigned end)
{
    int queue = end & BUS_LATEST ? LATEST_MAX : QUEUE_MAX;
    bool is_asked = type == ZMQ_ROUTER || type == ZMQ_PULL || type == ZMQ_PUB;

    zsock_set_linger(sock, 0);
    zsock_set_maxmsgsize(sock, is_asked ? REQUEST_MAX : FRAME_MAX);
    zsock_set_sndhwm(sock, queue);
    zsock_set_rcvhwm(sock, queue);
}

static void set_connection(zsock_t *sock, int type, unsigned end, const char *endpoint)
{
    if (type == ZMQ_ROUTER)
        zsock_set_router_mandatory(sock, 1);
    zsock_set_handshake_ivl(sock, HANDSHAKE_MS);
    if (end & BUS_CONNECT) {
        zsock_set_connect_timeout(sock, CONNECT_MS);
        zsock_set_reconnect_ivl(sock, RECONNECT_MS);
        zsock_set_reconnect_ivl_max(sock, RECONNECT_MAX_MS);
        if (type == ZMQ_DEALER || type == ZMQ_PUSH)
            zsock_set_immediate(sock, 1); /* queues nothing for a peer that is not there */
    }
    if (strstr(endpoint, "tcp://")) {
        zsock_set_heartbeat_ivl(sock, PING_MS);
        zsock_set_heartbeat_timeout(sock, PING_TIMEOUT_MS);
        zsock_set_heartbeat_ttl(sock, PING_TIMEOUT_MS);
        zsock_set_tcp_maxrt(sock, UNHEARD_MS);
    }
}

/* A process may connect to what it binds: health tells itself that it lives.
 * A star is every address to who binds, and this machine to who connects.
 * Returns a copy, which the caller frees. */
static char *to_connect(const char *endpoint)
{
    static const char every[] = "//*:", here[] = "//127.0.0.1:";
    char *copy = own_zero(strlen(endpoint) * 3 + 1);
    char *at = copy;

    while (*endpoint)
        if (strncmp(endpoint, every, strlen(every)) == 0) {
            at = stpcpy(at, here);
            endpoint += strlen(every);
        } else {
            *at++ = *endpoint++;
        }
    return copy;
}

static int attach(zsock_t *sock, unsigned end, const char *endpoint)
{
    if (!(end & BUS_CONNECT))
        return zsock_attach(sock, endpoint, true);
    char *there = to_connect(endpoint);
    int rc = zsock_attach(sock, there, false);
    free(there);
    return rc;
}

static void add_metrics(void)
{
    metrics_add(&sent);
    metrics_add(&dropped);
    metrics_add(&received);
    metrics_add(&refused);
}

zsock_t *bus_open(int type, unsigned end, const char *endpoint)
{
    zsock_t *sock = zsock_new(type);
    char why[WHY_MAX] = "no endpoint";

    add_metrics();
    if (!sock) {
        log_error("socket not opened", "endpoint", endpoint, "why", zmq_strerror(zmq_errno()));
        return NULL;
    }
    set_limits(sock, type, end);
    set_connection(sock, type, end, endpoint);
    if (*endpoint && guard_equip(sock, !(end & BUS_CONNECT), endpoint, why) == 0) {
        watch_add(sock, endpoint);
        if (attach(sock, end, endpoint) == 0)
            return sock;
        snprintf(why, sizeof(why), "%s", zmq_strerror(zmq_errno()));
    }
    log_error("socket not opened", "endpoint", endpoint, "why", why);
    zsock_destroy(&sock);
    return NULL;
}

/* ZeroMQ matches the beginning of a frame, so one wire name that begins
 * another would bring both; bus_dispatch then refuses the other. */
void bus_subscribe(zsock_t *sub, enum message_id message)
{
    zsock_set_subscribe(sub, message_types[message].wire);
}

/* A peer that is gone or full is an everyday thing: whoever asked asks again,
 * so it is counted, and shown only to who looks for it. */
static int not_sent(const char *wire)
{
    dropped.value++;
    log_debug("message dropped", "message", wire, "why", zmq_strerror(zmq_errno()));
    return -1;
}

static int send_frame(zsock_t *sock, const void *data, size_t size, int more)
{
    return zmq_send(zsock_resolve(sock), data, size, ZMQ_DONTWAIT | more) == -1 ? -1 : 0;
}

static int send_peer(zsock_t *sock, const zframe_t *peer)
{
    zframe_t *frame = (zframe_t *)peer; /* czmq's readers take no const */

    return send_frame(sock, zframe_data(frame), zframe_size(frame), ZMQ_SNDMORE);
}

int bus_send_body(zsock_t *sock, const zframe_t *peer, enum message_id message, const void *body,
                  size_t size)
{
    const char *wire = message_types[message].wire;

    if ((peer && send_peer(sock, peer) == -1) ||
        send_frame(sock, wire, strlen(wire), ZMQ_SNDMORE) == -1 ||
        send_frame(sock, body, size, 0) == -1)
        return not_sent(wire);
    sent.value++;
    return 0;
}

int bus_send(zsock_t *sock, const zframe_t *peer, enum message_id message, const void *self)
{
    char why[WHY_MAX];
    msgpack_sbuffer body;
    int rc = -1;

    msgpack_sbuffer_init(&body);
    if (message_encode(&message_types[message], self, &body, why) == -1) {
        refused.value++;
        log_error("message not sent", "message", message_types[message].wire, "why", why);
    } else {
        rc = bus_send_body(sock, peer, message, body.data, body.size);
    }
    msgpack_sbuffer_destroy(&body);
    return rc;
}

/* A message as it came: identity (on a ROUTER), wire name, body. */
struct incoming {
    zmq_msg_t frames[FRAMES_MAX];
    int kept, count; /* count: of all frames, also of those that were not kept */
};

/* Returns whether there was a frame. */
static bool receive_frame(struct incoming *self, void *sock, bool *more)
{
    zmq_msg_t *frame = &self->frames[self->kept];
    zmq_msg_t surplus;

    if (self->kept == FRAMES_MAX)
        frame = &surplus;
    zmq_msg_init(frame);
    if (zmq_msg_recv(frame, sock, ZMQ_DONTWAIT) == -1) {
        zmq_msg_close(frame);
        return false;
    }
    *more = zmq_msg_more(frame);
    self->count++;
    if (frame == &surplus)
        zmq_msg_close(frame);
    else
        self->kept++;
    return true;
}

/* Not asked first whether there is one: that is a system call for each.
 * Returns whether there was. A message arrives whole. */
static bool incoming_receive(struct incoming *self, zsock_t *sock)
{
    bool more = true;

    while (more && receive_frame(self, zsock_resolve(sock), &more))
        ;
    return self->count > 0;
}

static void incoming_clear(struct incoming *self)
{
    while (self->kept)
        zmq_msg_close(&self->frames[--self->kept]);
}

static void refuse_message(const char *wire, const char *why)
{
    refused.value++;
    log_warn("message refused", "message", wire, "why", why);
}

static void handle(const struct handler *handler, const zframe_t *peer, zmq_msg_t *body, void *self)
{
    const struct message_type *type = &message_types[handler->message];
    char why[WHY_MAX];
    void *message = own_zero(type->size);

    if (message_decode(type, message, zmq_msg_data(body), zmq_msg_size(body), why) == -1) {
        refuse_message(type->wire, why);
    } else {
        handler->handle(self, peer, message);
        message_clear(type, message);
    }
    free(message);
}

static const struct handler *find_handler(const struct handler *handlers, const char *wire)
{
    for (; handlers->handle; handlers++)
        if (strcmp(message_types[handlers->message].wire, wire) == 0)
            return handlers;
    return NULL;
}

/* Returns false when the frame is no wire name. */
static bool read_wire(zmq_msg_t *frame, char wire[WIRE_SIZE])
{
    size_t size = zmq_msg_size(frame);

    if (size >= WIRE_SIZE || memchr(zmq_msg_data(frame), '\0', size))
        return false;
    memcpy(wire, zmq_msg_data(frame), size);
    wire[size] = '\0';
    return true;
}

static void handle_from(const struct handler *handler, struct incoming *in, void *self)
{
    zframe_t *peer = in->count == FRAMES_MAX
                         ? zframe_new(zmq_msg_data(&in->frames[0]), zmq_msg_size(&in->frames[0]))
                         : NULL;

    handle(handler, peer, &in->frames[in->count - 1], self);
    zframe_destroy(&peer);
}

bool bus_dispatch(zsock_t *sock, const struct handler *handlers, void *self)
{
    struct incoming in = {.count = 0};
    int first = zsock_type(sock) == ZMQ_ROUTER ? 1 : 0;
    char wire[WIRE_SIZE] = "";

    if (!incoming_receive(&in, sock))
        return false;
    received.value++;
    if (in.count != first + 2 || !read_wire(&in.frames[first], wire)) {
        refuse_message("", "not a wire name and a body");
    } else {
        const struct handler *handler = find_handler(handlers, wire);
        if (handler)
            handle_from(handler, &in, self);
        else
            refuse_message(wire, "no handler");
    }
    incoming_clear(&in);
    return true;
}
