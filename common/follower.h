/* follower.h - tells chat-state, every two seconds, how far a reader of the
 * event log has come, so that the log is not trimmed before it. It lives
 * inside the reader (follow.h). */
#ifndef FOLLOWER_H
#define FOLLOWER_H

#include "caller.h"

/* Fills in where the reader stands, and returns true; or returns false while
 * it does not know. */
typedef bool follower_place(void *self, struct log_head *at);

struct follower {
    struct caller *caller; /* of chat-state; lent, as is timers */
    struct timers *timers;
    follower_place *place;
    void *self;
    struct timer timer;
    char id[UUID_SIZE];
    uint64_t ticket; /* of the question that is not answered; 0: none */
};

/* Begins at once. The caller must outlive it. */
void follower_start(struct follower *self, struct caller *caller, struct timers *timers,
                    follower_place *place, void *of);

/* Safe on a zeroed struct. */
void follower_stop(struct follower *self);

#endif
