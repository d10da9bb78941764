#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "metrics.h"
#include "own.h"

enum {
    LOG_PAUSE_MS = 10000, /* who is refused tries again, every second */
    FAREWELL_MS = 1000,   /* longer than a socket lingers */
    FAILED = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
             ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
    JOINED = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_ACCEPTED,
    EVENTS = JOINED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | FAILED |
             ZMQ_EVENT_MONITOR_STOPPED,
};

struct watch {
    zsock_t *sock;       /* lent; it may be gone before its last events are read */
    zsock_t *events;     /* what libzmq tells */
    zmq_pollitem_t item; /* its descriptor: a socket in the loop costs system calls at every turn */
    char *endpoint;
    int connections; /* also those that are shaking hands */
    bool is_heard;   /* one of them, once at least since there was none */
    int64_t lonely_since;
    int64_t silent_until; /* nothing is logged before */
    void (*on_lost)(void *self);
    void *self;
    struct watch *next;
};

static struct {
    zloop_t *loop;         /* NULL: nothing is watched */
    struct watch *watches; /* the newest first, as a socket may be where an old one was */
} watcher;

static struct metric ended = {
    "kratt_bus_connections_ended", METRIC_COUNTER, "Connections that ended.", NULL, 0, NULL};
static struct metric failed = {"kratt_bus_handshakes_failed",
                               METRIC_COUNTER,
                               "Connections that were refused, on either side, or broke the rules "
                               "before they were open.",
                               NULL,
                               0,
                               NULL};

/* ---- what happens ---- */

static const char *reason_of(unsigned event, unsigned value)
{
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        return "the key is not on the list";
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        return value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH
                   ? "one side has keys, the other has none"
                   : "not ZeroMQ, or another key";
    default:
        return zmq_strerror((int)value);
    }
}

static void on_failed(struct watch *self, unsigned event, unsigned value)
{
    int64_t now = clock_monotonic_ms();

    failed.value++;
    if (now < self->silent_until)
        return;
    self->silent_until = now + LOG_PAUSE_MS;
    log_warn("connection refused", "endpoint", self->endpoint, "why", reason_of(event, value));
}

static void on_ended(struct watch *self)
{
    ended.value++;
    if (self->connections == 0 || --self->connections || !self->is_heard)
        return;
    self->is_heard = false;
    self->lonely_since = clock_monotonic_ms();
    if (self->on_lost)
        self->on_lost(self->self);
}

static void take_event(struct watch *self, unsigned event, unsigned value)
{
    if (event & FAILED)
        on_failed(self, event, value);
    else if (event & JOINED)
        self->connections++;
    else if (event & ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        self->is_heard = true;
    else if (event & ZMQ_EVENT_DISCONNECTED)
        on_ended(self);
}

/* ---- reading ---- */

static void watch_destroy(struct watch *self)
{
    struct watch **place = &watcher.watches;

    while (*place != self)
        place = &(*place)->next;
    *place = self->next;
    zloop_poller_end(watcher.loop, &self->item);
    zsock_destroy(&self->events);
    free(self->endpoint);
    free(self);
}

/* Returns the next event, 0 when there is none. Its first frame is the event
 * in 16 bits and a value in 32; the second is an address. */
static unsigned next_event(struct watch *self, unsigned *value)
{
    unsigned char bytes[6];
    void *events = zsock_resolve(self->events);
    uint16_t event;
    uint32_t number;

    if (zmq_recv(events, bytes, sizeof(bytes), ZMQ_DONTWAIT) != sizeof(bytes))
        return 0;
    (void)zmq_recv(events, NULL, 0, 0); /* comes with it */
    memcpy(&event, bytes, sizeof(event));
    memcpy(&number, bytes + sizeof(event), sizeof(number));
    *value = number;
    return event;
}

static void read_events(struct watch *self)
{
    unsigned event, value;

    while ((event = next_event(self, &value)) != 0) {
        if (event & ZMQ_EVENT_MONITOR_STOPPED) { /* the socket was closed */
            watch_destroy(self);
            return;
        }
        take_event(self, event, value);
    }
}

static int on_readable(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    read_events(arg);
    return 0;
}

/* ---- which sockets ---- */

void watch_start(zloop_t *loop)
{
    metrics_add(&ended);
    metrics_add(&failed);
    watcher.loop = loop;
}

/* libzmq waits for ever to tell its last words when nobody listens, and its
 * thread with it; so they are heard. Returns whether they came. */
static bool hear_out(struct watch *self)
{
    zmq_pollitem_t item = {zsock_resolve(self->events), 0, ZMQ_POLLIN, 0};
    unsigned event = 0, unused;

    while (!(event & ZMQ_EVENT_MONITOR_STOPPED) && zmq_poll(&item, 1, FAREWELL_MS) == 1)
        event = next_event(self, &unused);
    return event & ZMQ_EVENT_MONITOR_STOPPED;
}

void watch_stop(void)
{
    while (watcher.watches) {
        if (!hear_out(watcher.watches))
            log_error("socket not closed", "endpoint", watcher.watches->endpoint);
        watch_destroy(watcher.watches);
    }
    watcher.loop = NULL;
}

static zsock_t *listen_to(zsock_t *sock)
{
    static int number;
    char name[64];

    snprintf(name, sizeof(name), "inproc://watch-%d", number++);
    if (zmq_socket_monitor(zsock_resolve(sock), name, EVENTS) == -1)
        return NULL;
    zsock_t *events = zsock_new(ZMQ_PAIR);
    if (events && zsock_connect(events, "%s", name) == -1)
        zsock_destroy(&events);
    return events;
}

void watch_add(zsock_t *sock, const char *endpoint)
{
    if (!watcher.loop || strncmp(endpoint, "inproc:", strlen("inproc:")) == 0)
        return;
    zsock_t *events = listen_to(sock);
    if (!events) {
        log_warn("socket not watched", "endpoint", endpoint, "why", zmq_strerror(zmq_errno()));
        return;
    }
    struct watch *self = own_zero(sizeof(*self));
    *self = (struct watch){.sock = sock,
                           .events = events,
                           .endpoint = own_copy(endpoint),
                           .lonely_since = clock_monotonic_ms(),
                           .next = watcher.watches};
    watcher.watches = self;
    self->item = (zmq_pollitem_t){.fd = zsock_fd(events), .events = ZMQ_POLLIN};
    if (zloop_poller(watcher.loop, &self->item, on_readable, self) == -1)
        abort(); /* out of memory */
    zloop_poller_set_tolerant(watcher.loop, &self->item);
    read_events(self); /* from then on the descriptor tells what is new */
}

static struct watch *watch_of(zsock_t *sock)
{
    struct watch *self = watcher.watches;

    while (self && self->sock != sock)
        self = self->next;
    return self;
}

void watch_tell(zsock_t *sock, void (*on_lost)(void *arg), void *arg)
{
    struct watch *self = watch_of(sock);

    if (!self)
        return;
    self->on_lost = on_lost;
    self->self = arg;
}

int64_t watch_lonely_ms(zsock_t *sock)
{
    const struct watch *self = watch_of(sock);

    return self && !self->is_heard ? clock_monotonic_ms() - self->lonely_since : 0;
}
