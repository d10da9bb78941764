/* handed.h - what a reader was given before it left, for when it comes back.
 *
 * Today's clients close a message stream after each batch and open it anew,
 * with their own clock as the bound (clients.md §2). What was stored in
 * between, or lies behind a clock that is fast, would be lost; so a stream
 * leaves the newest seq that it wrote, and the next one of the same reader
 * takes it up. Several streams of one reader (two tabs) may leave and come
 * back in any order: then the oldest counts for all until each is back, as a
 * message twice is better than never. Pure and bounded. */
#ifndef HANDED_H
#define HANDED_H

#include <stddef.h>
#include <stdint.h>

struct handed;

/* limit: most readers remembered; the longest gone is forgotten first. */
struct handed *handed_new(size_t limit);
void handed_destroy(struct handed **self);

/* A stream of this reader closed, having written up to seq. It is remembered
 * until expires. */
void handed_leave(struct handed *self, const char *reader, int64_t seq, int64_t now,
                  int64_t expires);

/* A stream of this reader opens. Returns the seq to go on after, -1 when
 * nothing is remembered. */
int64_t handed_take(struct handed *self, const char *reader, int64_t now);

/* Forgets everybody. */
void handed_clear(struct handed *self);

size_t handed_count(const struct handed *self);

#endif
