/* channel.h - frames that are made once and shared by all who read them.
 *
 * A channel is a queue of frames; a subscriber is a place in it, not a queue
 * of its own. A frame is freed when nobody has it before them any more. A
 * channel that keeps its last frame (view_keeps_last) moves whoever is behind
 * straight to the newest. Pure: who writes the bytes, and when, is the
 * caller's business. */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link.h"

struct frame {
    struct frame *next;
    int64_t seq;      /* the event that made it, 0: none */
    int64_t at;       /* bytes the channel carried before it */
    uint32_t readers; /* subscribers that stand at it */
    uint32_t size;
    bool is_last_word; /* of an ended chat: /sse/ holds it back a little */
    char bytes[];
};

struct channel {
    struct link subscribers;
    struct frame *oldest, *newest; /* NULL: empty */
    struct frame *fresh;           /* the first that was not offered yet */
    int64_t end;                   /* bytes it has carried */
    bool keeps_last;
};

struct subscriber {
    struct link place;
    struct channel *channel; /* NULL: in none */
    struct frame *cursor;    /* to be written next; NULL: none is waiting */
    uint32_t written;        /* of the cursor's bytes */
    int64_t seen;            /* frames with a seq up to this are not for it */
};

/* Returns a frame with a copy of these bytes. */
struct frame *frame_new(const void *bytes, size_t size, int64_t seq);

void channel_init(struct channel *self, bool keeps_last);

/* Frees the frames. Nobody may be in it. */
void channel_clear(struct channel *self);

/* Appends the frame, which the channel owns from then on. The subscribers get
 * it with the next channel_offer. */
void channel_add(struct channel *self, struct frame *frame);

/* Places everybody who was waiting at the first frame that is new. */
void channel_offer(struct channel *self);

/* A newcomer gets the frames that are added from now on. */
void channel_join(struct channel *self, struct subscriber *subscriber);

/* Safe when it is in none. */
void channel_leave(struct subscriber *subscriber);

/* So many bytes of that were written. Returns the seq of the last frame that
 * is whole with them, or 0. */
int64_t subscriber_wrote(struct subscriber *self, size_t size);

/* It knows everything up to seq: passes over such frames, those that are
 * waiting wholly unwritten and those that are yet to come. A frame without a
 * seq is not passed over. What it knew before it still knows. */
void subscriber_skip(struct subscriber *self, int64_t seq);

/* Passes over everything that is waiting. */
void subscriber_skip_all(struct subscriber *self);

/* Stands at the newest frame again, to repeat it. Only of a channel that
 * keeps its last frame, with nothing waiting. */
void subscriber_repeat(struct subscriber *self);

/* Returns the frame that is to be written next; NULL: none was offered. */
const struct frame *subscriber_next(const struct subscriber *self);

/* Returns the one after a frame that waits for it; NULL: there is none. */
const struct frame *subscriber_after(const struct subscriber *self, const struct frame *frame);

/* Returns how many bytes are waiting. */
int64_t subscriber_behind(const struct subscriber *self);

#endif
