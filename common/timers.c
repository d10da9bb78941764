#include "timers.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "own.h"

/* A timer waits in the heap until it is due. Then it moves to the list of what
 * this run has to do, so that what a callback sets waits for the next run, and
 * what it cancels is not run. A place in that list is marked by this bit. */
static const size_t due_bit = (SIZE_MAX >> 1) + 1;

struct timers {
    struct timer **heap; /* from 1; heap[n] is no later than heap[2n] and heap[2n + 1] */
    size_t count, capacity;
    struct timer **due; /* NULL where it was cancelled */
    size_t due_next, due_count, due_capacity;
    /* In a loop the deadline is that of a timerfd: moving it is one system
     * call, where a zloop timer would be ended and made anew. */
    int fd;
    int64_t armed_at; /* INT64_MAX when the timerfd is not set */
    unsigned depth;   /* of timers_begin; while it is not 0 the timerfd can wait */
};

/* What is set again and again to run soon must not keep the loop from the rest. */
enum { SOON_ROUNDS = 4 };

struct timers *timers_new(void)
{
    struct timers *self = own_zero(sizeof(*self));

    self->fd = -1;
    self->armed_at = INT64_MAX;
    return self;
}

void timers_destroy(struct timers **self_p)
{
    struct timers *self = *self_p;

    if (!self)
        return;
    if (self->fd != -1)
        close(self->fd);
    free(self->heap);
    free(self->due);
    free(self);
    *self_p = NULL;
}

static struct timer **grow(struct timer **items, size_t *capacity, size_t needed)
{
    if (needed <= *capacity)
        return items;
    *capacity = *capacity ? *capacity * 2 : 64;
    return own_grow(items, *capacity * sizeof(void *));
}

static void put(struct timers *self, size_t place, struct timer *timer)
{
    self->heap[place] = timer;
    timer->place = place;
}

static void rise(struct timers *self, size_t place)
{
    struct timer *timer = self->heap[place];

    for (; place > 1 && self->heap[place / 2]->at > timer->at; place /= 2)
        put(self, place, self->heap[place / 2]);
    put(self, place, timer);
}

static void sink(struct timers *self, size_t place)
{
    struct timer *timer = self->heap[place];

    for (size_t child; (child = place * 2) <= self->count; place = child) {
        if (child < self->count && self->heap[child + 1]->at < self->heap[child]->at)
            child++;
        if (self->heap[child]->at >= timer->at)
            break;
        put(self, place, self->heap[child]);
    }
    put(self, place, timer);
}

/* Has the timerfd wake the loop by the earliest deadline. A wake-up that is
 * too early is left in place: it costs one turn, setting it a system call. */
static void arm(struct timers *self)
{
    int64_t next = timers_next(self);

    if (self->fd == -1 || self->depth || next >= self->armed_at)
        return;
    int64_t at = next > 0 ? next : 1; /* 0 would stop it */
    struct itimerspec when = {.it_value = {at / 1000, at % 1000 * 1000000}};
    int rc = timerfd_settime(self->fd, TFD_TIMER_ABSTIME, &when, NULL);
    assert(rc == 0);
    (void)rc;
    self->armed_at = next;
}

void timers_cancel(struct timers *self, struct timer *timer)
{
    size_t place = timer->place;

    if (place == 0)
        return;
    timer->place = 0;
    if (place & due_bit) {
        self->due[place & ~due_bit] = NULL;
        return;
    }
    struct timer *last = self->heap[self->count--];
    if (last == timer)
        return;
    put(self, place, last);
    rise(self, place);
    sink(self, last->place);
}

void timers_set(struct timers *self, struct timer *timer, int64_t at)
{
    timers_cancel(self, timer);
    timer->at = at;
    self->heap = grow(self->heap, &self->capacity, self->count + 2);
    put(self, ++self->count, timer);
    rise(self, self->count);
    arm(self);
}

int64_t timers_next(const struct timers *self)
{
    int64_t next = self->count ? self->heap[1]->at : INT64_MAX;

    for (size_t i = self->due_next; i < self->due_count; i++)
        if (self->due[i])
            return self->due[i]->at < next ? self->due[i]->at : next;
    return next;
}

static void collect_due(struct timers *self, int64_t now)
{
    while (self->count && self->heap[1]->at <= now) {
        struct timer *timer = self->heap[1];
        timers_cancel(self, timer);
        self->due = grow(self->due, &self->due_capacity, self->due_count + 1);
        self->due[self->due_count] = timer;
        timer->place = self->due_count++ | due_bit;
    }
}

void timers_run(struct timers *self, int64_t now)
{
    assert(self->due_count == 0); /* not from inside a callback */
    collect_due(self, now);
    while (self->due_next < self->due_count) {
        struct timer *timer = self->due[self->due_next++];
        if (timer) {
            timer->place = 0;
            timer->on_time(timer->self);
        }
    }
    self->due_next = 0;
    self->due_count = 0;
}

void timers_begin(struct timers *self)
{
    self->depth++;
}

void timers_end(struct timers *self)
{
    assert(self->depth > 0);
    for (int i = 0; self->depth == 1 && i < SOON_ROUNDS; i++) {
        if (self->count == 0 || self->heap[1]->at > TIMERS_SOON)
            break;
        timers_run(self, TIMERS_SOON);
    }
    self->depth--;
    arm(self);
}

static int on_readable(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct timers *self = arg;
    uint64_t expirations;

    (void)loop;
    if (read(item->fd, &expirations, sizeof(expirations)) == -1)
        return 0; /* it was set to another time just now */
    self->armed_at = INT64_MAX;
    timers_begin(self);
    timers_run(self, clock_monotonic_ms());
    timers_end(self);
    return 0;
}

void timers_attach(struct timers *self, zloop_t *loop)
{
    self->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (self->fd == -1)
        abort(); /* no descriptors or no memory before anything was done */
    zmq_pollitem_t item = {NULL, self->fd, ZMQ_POLLIN, 0};
    int rc = zloop_poller(loop, &item, on_readable, self);
    assert(rc == 0);
    (void)rc;
    zloop_poller_set_tolerant(loop, &item);
    arm(self);
}
