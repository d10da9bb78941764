/* handed.h - what a reader was given before it left, for when it comes back.
 *
 * Today's clients close a message stream after each batch and open it anew,
 * with their own clock as the bound (clients.md §2). What was stored in
 * between, or lies behind a clock that is fast, would be lost; so a stream
 * leaves how far it wrote, and the next one of the same reader takes it up.
 * Several streams of one reader (two tabs) may leave and come back in any
 * order: then the oldest counts for all until each is back, as a message twice
 * is better than never; but who does not come back soon has gone for good, and
 * holds nobody back. Pure and bounded. */
#ifndef HANDED_H
#define HANDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct handed;

/* Up to where a reader had the messages, and when that was by its own clock, in
 * wall milliseconds. */
struct handed_point {
    int64_t seq; /* -1: what is older than time, whatever that is */
    int64_t time;
};

/* What one stream handed out. Today's clients close after the first batch; what
 * is written behind it they read only if they did not, which the bound of the
 * next stream tells. */
struct handed_mark {
    struct handed_point start; /* what its reader had before */
    struct handed_point first; /* with the first batch; until then as start */
    struct handed_point last;  /* with the last one */
    bool leaves;               /* its reader is known to close after a batch */
};

/* limit: most readers remembered; the longest gone is forgotten first. */
struct handed *handed_new(size_t limit);
void handed_destroy(struct handed **self);

/* A stream of this reader closed, having written up to there. It is remembered
 * until expires. now and expires are in monotonic milliseconds. */
void handed_leave(struct handed *self, const char *reader, const struct handed_mark *mark,
                  int64_t now, int64_t expires);

/* A stream of this reader opens. Returns whether the reader is known, and then
 * where to go on. */
bool handed_take(struct handed *self, const char *reader, struct handed_mark *mark, int64_t now);

/* Whether a stream of this reader left so short a time ago that it will be back
 * if it closed to open anew. */
bool handed_is_awaited(struct handed *self, const char *reader, int64_t now);

/* A stream that has handed out nothing yet. */
struct handed_mark handed_mark_from(struct handed_point start);

/* A batch up to last.seq was handed out, at this time of the reader's. */
void handed_mark_batch(struct handed_mark *self, int64_t time);

/* Its client closes it, soon after a batch or not. */
void handed_mark_close(struct handed_mark *self, bool is_soon);

/* Returns the newest point that the reader had when it made this bound, of its
 * clock; NULL when that was before the start. One clock is compared with itself
 * alone: it may be wrong by any time. */
const struct handed_point *handed_had(const struct handed_mark *self, int64_t bound);

/* Forgets everybody. */
void handed_clear(struct handed *self);

size_t handed_count(const struct handed *self);

#endif
