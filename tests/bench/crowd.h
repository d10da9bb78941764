/* crowd.h - more readers than one process may have descriptors for, in several
 * processes that are counted together: an event is done when all readers of
 * all of them have it. They never sleep. */
#ifndef CROWD_H
#define CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CROWD_EVENTS_MAX = 1000000 };

struct crowd;

/* Makes the processes: process i holds streams / processes readers at
 * 127.0.0.1:port + i. To be called while this program has one thread.
 * is_private: a channel for each stream, not channel 0 for all. */
struct crowd *crowd_new(int port, size_t processes, size_t streams, bool is_private);

/* Ends the processes, too. */
void crowd_destroy(struct crowd **self);

/* Opens one stream in each process, again until it is answered: the server
 * may be starting. cookie: see publisher_ask. */
void crowd_try(struct crowd *self, const char *cookie);

/* Opens all streams, in place of those that were open. */
void crowd_open(struct crowd *self, const char *cookie);

/* Returns whether what was to be opened last is open. */
bool crowd_is_open(const struct crowd *self);

/* Takes what the processes said, without waiting; ends the program when one of
 * them has ended. Returns how much there was. */
int crowd_turn(struct crowd *self);

/* Returns how many of the events up to this number, which is the newest, every
 * reader has. They may become done in another order. */
int64_t crowd_done(const struct crowd *self);

/* Returns how many deliveries that were, and when the event came to the last
 * reader (now_us). */
int64_t crowd_delivered(const struct crowd *self);
int64_t crowd_last(const struct crowd *self, int64_t number);

#endif
