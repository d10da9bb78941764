/* upkeep.h - what passes is forgotten, a little at a time: old events, what
 * commands were answered, tokens that have expired.
 *
 * The event log is trimmed from its old end, by age and by number, but not
 * past what a follower still needs (followers.h), and never of its newest
 * event. Chats and messages are history and stay. */
#ifndef UPKEEP_H
#define UPKEEP_H

#include "followers.h"
#include "memory.h"

struct upkeep_settings {
    int64_t log_hours;  /* events older than this go */
    int64_t log_events; /* events before the last so many go */
};

struct upkeep {
    const struct upkeep_settings *settings; /* lent */
    struct followers followers;
    int64_t trimmed; /* events, so far */
    int64_t held;    /* rounds in which a follower kept the log from being trimmed, so far */
};

/* The two clocks. */
struct upkeep_now {
    int64_t wall, monotonic; /* milliseconds */
};

/* Returns whether anything is to be forgotten at this time, and fills in what:
 * at most UPKEEP_BATCH of each. newest: the newest event. Pure. */
enum { UPKEEP_BATCH = 1000 };
bool upkeep_plan(struct upkeep *self, const struct store_oldest *oldest, int64_t newest,
                 const struct upkeep_now *now, struct store_passing *plan);

/* Plans and forgets, in one short transaction; memory then knows the oldest
 * event. To be called by the writer. Returns 1 when there may be more at once, 0 when not,
 * or -1 when the database is away. */
int upkeep_step(struct upkeep *self, struct memory *memory, struct store *store,
                const struct upkeep_now *now);

#endif
