/* preview.h - what end users are typing (contract P-07): told to who listens,
 * and kept nowhere.
 *
 * Of a chat only the last value counts, and it is told at most once in
 * PREVIEW_PAUSE_MS: what comes sooner waits, and is replaced by what comes
 * after it. Pure: now is in monotonic milliseconds. */
#ifndef PREVIEW_H
#define PREVIEW_H

#include "schema.h"

enum {
    PREVIEW_PAUSE_MS = 200, /* five times a second */
    PREVIEWS_MAX = 10000,   /* chats that somebody types in; one more is not told */
};

struct previews;

struct previews *previews_new(void);
void previews_destroy(struct previews **self);

enum preview_verdict {
    PREVIEW_TELL,    /* it is to be told now */
    PREVIEW_WAITS,   /* previews_next will have it, or a later one */
    PREVIEW_NOTHING, /* there was nothing, and there is nothing */
    PREVIEW_TOO_MANY,
};

/* Somebody types this; "": nothing any more. */
enum preview_verdict previews_set(struct previews *self, const char *chat_id, const char *content,
                                  int64_t now);

/* The chat ended, or has the message: who listens knows that by the event. */
void previews_drop(struct previews *self, const char *chat_id);

/* Fills due with one that has waited long enough, to be told now and released
 * with message_clear. Returns false when there is none. */
bool previews_next(struct previews *self, int64_t now, struct preview *due);

/* Returns when previews_next is worth asking, INT64_MAX for never. */
int64_t previews_due(const struct previews *self);

/* Returns how many chats it remembers something of. */
size_t previews_count(const struct previews *self);

#endif
