/* followers.h - who reads the event log, and what must be kept for them.
 *
 * A follower says every few seconds how far it has read (log.followed). One
 * that falls silent is forgotten, and one that keeps the log from being
 * trimmed for too long is given up, as it must not hold the log for ever: it
 * starts over when it comes back. Pure; now is in monotonic milliseconds. */
#ifndef FOLLOWERS_H
#define FOLLOWERS_H

#include <stddef.h>

#include "schema.h"

enum {
    FOLLOWERS_MAX = 256,
    FOLLOWER_SILENT_MS = 60 * 1000,
    FOLLOWER_HOLD_MS = 10 * 60 * 1000,
};

struct followers {
    struct follower_seen {
        char id[UUID_SIZE];
        int64_t position;
        int64_t heard_at;
        int64_t holds_since; /* -1: it holds nothing */
        bool is_given_up;
    } items[FOLLOWERS_MAX];
    size_t count;
    int64_t given_up, refused; /* so far: held too long; one too many */
};

/* A follower says where it stands in our log. */
void followers_hear(struct followers *self, const char *id, int64_t position, int64_t now);

/* Events up to bound may go, but for the followers. Returns up to where they
 * may: bound, or less. */
int64_t followers_allow(struct followers *self, int64_t bound, int64_t now);

#endif
