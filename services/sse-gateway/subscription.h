/* subscription.h - one thing that a connection reads: a place in a channel,
 * and before it the frames that are its own, which it missed.
 *
 * A stream of its own name has one; /events?subscribe=… has several, whose
 * frames go out in the order of their ids, seq and then part: so whatever id a
 * client saw last, it has seen all before it. Pure: who writes the bytes, and
 * when, is the caller's business. */
#ifndef SUBSCRIPTION_H
#define SUBSCRIPTION_H

#include <sys/uio.h>

#include "channel.h"
#include "control.h"
#include "streams.h"

enum { SUBSCRIPTIONS_MAX = 32 };

/* What it waits for beside the socket. */
enum owed {
    OWED_NOTHING,
    OWED_STATE,  /* the current value is to be sent */
    OWED_MISSED, /* it reads what came after its cursor */
    OWED_SYNC,   /* it is to begin when the gateway knows the log */
    OWED_ANSWER, /* it has asked */
    OWED_RETRY,  /* it is to ask again */
};

struct connection;

struct subscription {
    struct subscriber subscriber;
    struct connection *connection;
    const struct stream *stream;
    const struct view *view;
    struct frame *missed;    /* owned; written before what waits in the channel */
    uint32_t missed_written; /* bytes of the first one */
    enum owed owed : 8;
    enum reset reset : 8;  /* to be told before the state */
    bool is_resuming : 1;  /* goes on after its cursor: what is in the channel comes with that */
    bool owes_preview : 1; /* it is to tell what is typed (preview.h) */
    bool has_preview : 1;  /* what it told last is not empty */
    bool has_state : 1;    /* its state was told, as of after_seq */
    bool is_outdated : 1;  /* what it showed looks otherwise now, and it is to be told */
    bool has_bound : 1;    /* after was given */
    bool is_onward : 1;    /* what is newer than after, but not than after_seq, was handed out */
    int64_t after;         /* catch up with what is newer: wall milliseconds */
    int64_t after_seq;     /* likewise: seq; -1: a cursor that nobody gave out */
    uint64_t ticket;       /* of a question; 0: none */
};

/* Whether there is a frame to write. */
bool subscription_has_next(const struct subscription *self);

/* Appends frames, linked by next, to those of its own; takes them over. */
void subscription_add_missed(struct subscription *self, struct frame *frames);

/* Drops the frames of its own. */
void subscription_drop_missed(struct subscription *self);

/* A frame to be written, or the rest of it, and whose it is. */
struct due {
    struct subscription *subscription;
    const struct frame *frame;
};

/* Fills due and vectors with what these are to write next: one that is begun,
 * and then in the order of ids. Stops short of what may have to come after
 * something that is not here yet. Returns how many. */
int subscriptions_due(struct subscription *self, unsigned count, struct due *due,
                      struct iovec *vectors, int limit);

/* So many bytes of what is due were written. Returns the seq of the last frame
 * that is whole with them, or 0. */
int64_t subscriptions_wrote(const struct due *due, int count, size_t size);

/* Returns the one that is in the middle of a frame, NULL when there is none. */
struct subscription *subscriptions_begun(struct subscription *self, unsigned count);

#endif
