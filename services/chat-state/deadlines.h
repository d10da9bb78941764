/* deadlines.h - what is to happen next, and when: the earliest rows of the
 * table `deadline`, and the clock that they are measured with. Pure.
 *
 * A row has a wall time, as it has to survive a restart; but who leads does
 * not look at the wall again: `now` begins there and then goes on as steadily
 * as the monotonic clock, following the wall only while it is pulled, not
 * when it jumps. So a clock that is set hours ahead does not fire hours of
 * deadlines at once, and one that is set back holds none up. At a start the
 * wall is believed, but no row waits longer than it was to wait when it was
 * made.
 *
 * Memory is bounded: at most DEADLINES_MAX rows are held, and what is due
 * later is read when these are used up (deadlines_wants_rows). */
#ifndef DEADLINES_H
#define DEADLINES_H

#include <czmq.h>

#include "schema.h"

enum { DEADLINES_MAX = 1000 };

/* Empty when zeroed. */
struct deadlines {
    int64_t now;             /* milliseconds; what a row's due is compared with */
    int64_t wall, monotonic; /* milliseconds, of the last look; 0: there was none */
    int64_t jumps;           /* of the wall clock, so far */
    size_t limit;            /* of rows; 0: DEADLINES_MAX */
    struct deadline **items; /* sorted by due, then id; owned */
    size_t count;
    zhashx_t *by_id; /* the same, lent */
    bool has_more;   /* rows that are due after horizon are not all here */
    int64_t horizon; /* milliseconds, as now */
};

/* Sets now for one that begins to lead. */
void deadlines_begin(struct deadlines *self, int64_t now);

/* Time has passed: what the two clocks say, in milliseconds. */
void deadlines_look(struct deadlines *self, int64_t wall, int64_t monotonic);

/* Returns whether rows are to be read: it holds none, but there are some. */
bool deadlines_wants_rows(const struct deadlines *self);

/* How many to read. */
size_t deadlines_limit(const struct deadlines *self);

/* Replaces all by copies of these: the earliest of all, deadlines_limit() at
 * most. */
void deadlines_fill(struct deadlines *self, const struct deadline_list *rows);

/* A row was written: adds a copy, in the place of the one with its id. With
 * due 0 it was removed. */
void deadlines_set(struct deadlines *self, const struct deadline *row);

/* The rows with this subject were removed. */
void deadlines_remove_subject(struct deadlines *self, const char *subject);

/* Returns the row at this place if it is due, else NULL; 0 is the first.
 * Lent. */
const struct deadline *deadlines_due(const struct deadlines *self, size_t place);

/* Returns the row with this id, lent; NULL: it is not here. */
const struct deadline *deadlines_find(const struct deadlines *self, const char *id);

/* Returns the milliseconds until something is to be done, 0: now, INT64_MAX:
 * nothing is. */
int64_t deadlines_wait(const struct deadlines *self);

/* Frees all and zeroes it. */
void deadlines_clear(struct deadlines *self);

/* Frees the rows of a list. */
void deadline_list_clear(struct deadline_list *rows);

#endif
