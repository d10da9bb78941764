#include "reactor.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "gateway.h"
#include "listen.h"
#include "listener.h"
#include "log.h"
#include "own.h"
#include "tally.h"

enum {
    BATCH = 512,
    ACCEPT_MAX = 256,        /* a turn, so that newcomers do not keep the others waiting */
    ACCEPT_PAUSE_MS = 100,   /* after there were no descriptors or memory */
    SPARE_FILES = 256,       /* what else is open: ZeroMQ, the own port, newcomers to refuse */
    SPARE_CONNECTIONS = 128, /* over the limit: they hear why they are refused */
};

struct lane_line {
    struct link connections;
    struct timer timer;
    struct reactor *reactor;
    enum lane lane;
};

struct reactor {
    struct gateway *gateway;
    struct reactor_limits limits;
    struct reactor_hooks hooks;
    int epoll;
    int listener;
    int64_t now;
    int64_t count;
    struct connection **by_fd;
    size_t by_fd_size;
    struct link closed; /* to be freed in the next turn, by wait */
    struct lane_line lines[LANE_COUNT];
    struct timer accept_timer;
};

int64_t reactor_now(const struct reactor *self)
{
    return self->now;
}

int64_t reactor_count(const struct reactor *self)
{
    return self->count;
}

static void free_closed(struct reactor *self)
{
    for (struct link *at = self->closed.next, *next; at != &self->closed; at = next) {
        struct connection *connection = LINK_OWNER(at, struct connection, wait);
        next = at->next;
        free(connection->own);
        free(connection);
    }
    link_init(&self->closed);
}

void reactor_turn(struct reactor *self)
{
    self->now = clock_monotonic_ms();
    free_closed(self);
}

/* ---- lanes ---- */

/* The timer may be early, when the first has left the lane since; it is never
 * late, and setting it for each who comes and goes would cost more. */
static void arm(struct lane_line *line)
{
    struct reactor *self = line->reactor;

    if (line->timer.place || link_is_alone(&line->connections))
        return;
    const struct connection *first = LINK_OWNER(line->connections.next, struct connection, wait);
    timers_set(frame_timers(self->gateway->frame), &line->timer,
               first->since + self->limits.lane_ms[line->lane]);
}

void reactor_stand(struct reactor *self, struct connection *connection, enum lane lane)
{
    if (connection->fd == -1)
        return;
    link_remove(&connection->wait);
    connection->lane = lane;
    connection->since = self->now;
    link_append(&self->lines[lane].connections, &connection->wait);
    arm(&self->lines[lane]);
}

static void on_lane(void *arg)
{
    struct lane_line *line = arg;
    struct reactor *self = line->reactor;
    size_t most = (size_t)self->count; /* each once: who stands again is not due */

    reactor_turn(self);
    for (; most > 0 && !link_is_alone(&line->connections); most--) {
        struct connection *first = LINK_OWNER(line->connections.next, struct connection, wait);
        if (first->since + self->limits.lane_ms[line->lane] > self->now)
            break;
        reactor_stand(self, first, line->lane);
        self->hooks.on_due(first, line->lane);
    }
    arm(line);
}

/* ---- connections ---- */

static void watch(struct reactor *self, int operation, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    int rc = epoll_ctl(self->epoll, operation, fd, &event);

    assert(rc == 0 || errno == ENOMEM || errno == ENOSPC);
    if (rc == -1)
        log_warn("socket not watched", "why", strerror(errno));
}

void reactor_watch_writing(struct reactor *self, struct connection *connection, bool on)
{
    if (connection->is_writing == on || connection->fd == -1)
        return;
    connection->is_writing = on;
    watch(self, EPOLL_CTL_MOD, connection->fd,
          EPOLLIN | EPOLLRDHUP | (on ? (uint32_t)EPOLLOUT : 0));
}

void reactor_close(struct reactor *self, struct connection *connection, enum closing why)
{
    if (connection->fd == -1)
        return;
    tally_closed(connection->is_ending ? connection->ending : why);
    self->hooks.on_close(connection);
    link_remove(&connection->wait);
    link_append(&self->closed, &connection->wait);
    self->by_fd[connection->fd] = NULL;
    close(connection->fd);
    connection->fd = -1;
    self->count--;
}

void reactor_each(struct reactor *self, void (*visit)(struct connection *connection))
{
    for (size_t i = 0; i < self->by_fd_size; i++)
        if (self->by_fd[i])
            visit(self->by_fd[i]);
}

static void add(struct reactor *self, int fd)
{
    if ((size_t)fd >= self->by_fd_size ||
        self->count >= self->limits.connections + SPARE_CONNECTIONS) {
        close(fd);
        tally_closed(CLOSED_REFUSED);
        return;
    }
    struct connection *connection = own_zero(sizeof(*connection));
    connection->gateway = self->gateway;
    connection->fd = fd;
    connection->handed = handed_mark_from((struct handed_point){.seq = -1});
    link_init(&connection->wait);
    link_init(&connection->held);
    self->by_fd[fd] = connection;
    self->count++;
    watch(self, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLRDHUP);
    reactor_stand(self, connection, LANE_HEAD);
}

/* ---- the listening socket ---- */

static void on_accept_again(void *arg)
{
    struct reactor *self = arg;

    if (self->listener != -1)
        watch(self, EPOLL_CTL_MOD, self->listener, EPOLLIN);
}

static void pause_accepting(struct reactor *self)
{
    log_warn("cannot accept", "why", strerror(errno));
    watch(self, EPOLL_CTL_MOD, self->listener, 0);
    timers_set(frame_timers(self->gateway->frame), &self->accept_timer,
               self->now + ACCEPT_PAUSE_MS);
}

static bool is_exhausted(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void accept_some(struct reactor *self)
{
    for (int i = 0; i < ACCEPT_MAX; i++) {
        int fd = accept4(self->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd != -1) {
            add(self, fd);
        } else if (is_exhausted(errno)) {
            pause_accepting(self);
            return;
        } else if (errno == EAGAIN) {
            return;
        } /* else this one was gone already; there may be others */
    }
}

void reactor_stop_listening(struct reactor *self)
{
    if (self->listener == -1)
        return;
    timers_cancel(frame_timers(self->gateway->frame), &self->accept_timer);
    close(self->listener);
    self->listener = -1;
}

/* ---- the loop ---- */

static void handle(struct reactor *self, const struct epoll_event *event)
{
    struct connection *connection = self->by_fd[event->data.fd];

    if (!connection)
        return; /* closed earlier in this turn */
    if (event->events & EPOLLIN)
        self->hooks.on_readable(connection);
    if (connection->fd != -1 && event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        reactor_close(self, connection, CLOSED_BY_CLIENT);
    if (connection->fd != -1 && event->events & EPOLLOUT)
        self->hooks.on_writable(connection);
}

/* Newcomers come last, as they may get the descriptor of one that was closed
 * in this turn, and with it what epoll said about that. */
static int on_events(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct reactor *self = arg;
    struct epoll_event events[BATCH];
    bool has_newcomers = false;
    int count = epoll_wait(self->epoll, events, BATCH, 0);

    (void)loop;
    (void)item;
    reactor_turn(self);
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == self->listener)
            has_newcomers = true;
        else
            handle(self, &events[i]);
    }
    if (has_newcomers && self->listener != -1)
        accept_some(self);
    return 0;
}

static void make_lines(struct reactor *self)
{
    for (int i = 0; i < LANE_COUNT; i++) {
        struct lane_line *line = &self->lines[i];
        line->reactor = self;
        line->lane = (enum lane)i;
        line->timer = (struct timer){.on_time = on_lane, .self = line};
        link_init(&line->connections);
    }
}

/* Returns 0, or -1 after logging. */
static int open_sockets(struct reactor *self, const char *address)
{
    char why[WHY_MAX];

    if (listener_raise_files((int64_t)self->by_fd_size, why) == -1) {
        log_error("too few open files are allowed", "why", why);
        return -1;
    }
    self->listener = listener_open(address, why);
    if (self->listener == -1) {
        log_error("cannot listen", "address", address, "why", why);
        return -1;
    }
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (self->epoll == -1) {
        log_error("no epoll", "why", strerror(errno));
        return -1;
    }
    watch(self, EPOLL_CTL_ADD, self->listener, EPOLLIN);
    log_info("listening", "address", address, "port", log_number(listen_port(self->listener)));
    return 0;
}

struct reactor *reactor_new(struct gateway *gateway, const char *address,
                            const struct reactor_limits *limits, const struct reactor_hooks *hooks)
{
    struct reactor *self = own_zero(sizeof(*self));

    self->gateway = gateway;
    self->limits = *limits;
    self->hooks = *hooks;
    self->epoll = -1;
    self->listener = -1;
    self->by_fd_size = (size_t)limits->connections + SPARE_CONNECTIONS + SPARE_FILES;
    self->by_fd = own_zero(self->by_fd_size * sizeof(struct connection *));
    self->accept_timer = (struct timer){.on_time = on_accept_again, .self = self};
    self->now = clock_monotonic_ms();
    link_init(&self->closed);
    make_lines(self);
    zmq_pollitem_t item = {.events = ZMQ_POLLIN};
    if (open_sockets(self, address) == 0) {
        item.fd = self->epoll;
        if (zloop_poller(frame_loop(gateway->frame), &item, on_events, self) == 0) {
            zloop_poller_set_tolerant(frame_loop(gateway->frame), &item);
            return self;
        }
    }
    reactor_destroy(&self);
    return NULL;
}

void reactor_destroy(struct reactor **self_p)
{
    struct reactor *self = *self_p;

    if (!self)
        return;
    for (size_t i = 0; i < self->by_fd_size; i++)
        if (self->by_fd[i])
            reactor_close(self, self->by_fd[i], CLOSED_DRAINED);
    free_closed(self);
    for (int i = 0; i < LANE_COUNT; i++)
        timers_cancel(frame_timers(self->gateway->frame), &self->lines[i].timer);
    reactor_stop_listening(self);
    zmq_pollitem_t item = {.fd = self->epoll, .events = ZMQ_POLLIN};
    if (self->epoll != -1) {
        zloop_poller_end(frame_loop(self->gateway->frame), &item);
        close(self->epoll);
    }
    free(self->by_fd);
    free(self);
    *self_p = NULL;
}
