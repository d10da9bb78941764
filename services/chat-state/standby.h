/* standby.h - what one that waits for the writer's lock knows already, so that
 * it leads as soon as it has the lock, however many chats are open.
 *
 * It reads the open chats page by page, and then follows the event log. Pages
 * are of different moments; but an event holds the chat as it was after it, so
 * with every event since before the first page taken in, in order, it is right
 * (design.md §2, the Clone pattern). Under the lock only the events that are
 * missing are read. Where the log does not go on from what is known (trimmed,
 * another one, an older backup), or where that is more to read than what is
 * open, everything is read anew. */
#ifndef STANDBY_H
#define STANDBY_H

#include "memory.h"

/* All zero knows nothing. Times are wall milliseconds. */
struct standby {
    struct memory memory; /* zeroed until it has begun */
    bool is_whole;        /* all pages are there: it follows the log */
    bool is_behind;       /* there is more to read at once */
    int64_t swept_at;
    int64_t rests_until; /* after a failure, so that it does not read on and on in vain */
};

/* Reads some more. Returns 0, or -1 when the database is away. */
int standby_step(struct standby *self, struct store *store, int64_t now);

/* Under the lock: makes *memory what is stored, head being that of the log, and
 * leaves self zeroed. Returns 1 when it took what was known and read only what
 * was missing, 0 when it read everything, or -1 when the database is away;
 * *memory need not be initialised before, and is released with memory_clear
 * either way. */
int standby_lead(struct standby *self, struct store *store, const struct store_head *head,
                 int64_t now, struct memory *memory);

/* Frees all of it and zeroes self. */
void standby_clear(struct standby *self);

#endif
