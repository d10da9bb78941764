/* timers.h - many deadlines on one clock, kept in a binary heap.
 *
 * A zloop looks at all of its timers at every turn, so a service keeps one
 * zloop timer, for the earliest deadline here (style.md §7). A struct timer
 * lives inside the thing it is for and is not allocated. */
#ifndef TIMERS_H
#define TIMERS_H

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
    int64_t at;                  /* monotonic milliseconds */
    void (*on_time)(void *self); /* may set or cancel any timer */
    void *self;
    size_t place; /* in the heap, from 1; 0 when it is not set */
};

/* A deadline that is always past: as soon as the loop is back, before it looks
 * for anything new. */
enum { TIMERS_SOON = 0 };

struct timers;

struct timers *timers_new(void);
void timers_destroy(struct timers **self);

/* Sets the timer, which must stay where it is until it is cancelled or has
 * run. Setting it again moves it. */
void timers_set(struct timers *self, struct timer *timer, int64_t at);
void timers_cancel(struct timers *self, struct timer *timer);

/* Returns the earliest deadline, INT64_MAX when none is set. */
int64_t timers_next(const struct timers *self);

/* Runs what is due at now, earliest first, each once. */
void timers_run(struct timers *self, int64_t now);

/* Around what the loop calls, by whoever gave it to the loop: what is set to
 * TIMERS_SOON in between runs at the end of it, without a system call, and the
 * loop is told the earliest deadline once. Without them all works, and costs
 * more. May be nested. */
void timers_begin(struct timers *self);
void timers_end(struct timers *self);

/* Lets the loop run the timers from now on, until the loop is destroyed. */
void timers_attach(struct timers *self, zloop_t *loop);

#endif
