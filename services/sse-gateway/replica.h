/* replica.h - the open chats, as the event log tells them.
 *
 * A chat that ended stays a little while, for the streams that open just
 * then. Each row of the list is written as JSON once per change, whoever
 * reads it. Pure: now is monotonic milliseconds. */
#ifndef REPLICA_H
#define REPLICA_H

#include <msgpack.h>

#include "schema.h"

enum { REPLICA_ENDED_MS = 60000 }; /* how long an ended chat stays */

struct replica;

enum replica_change {
    REPLICA_SAME,    /* nothing that was not known */
    REPLICA_CHANGED, /* an open chat is new or different */
    REPLICA_LEFT,    /* it was open, and ended */
    REPLICA_ASIDE,   /* a chat that had ended before changed */
};

struct replica *replica_new(void);
void replica_destroy(struct replica **self);

/* Forgets every chat. */
void replica_clear(struct replica *self);

/* Whether rows show no csaTitle; at first they do. Each is then written anew. */
void replica_hide_titles(struct replica *self, bool hides_titles);

/* Takes over the chat (copied) when it is newer by seq than what is known. */
enum replica_change replica_put(struct replica *self, const struct chat *chat, int64_t now);

/* Returns the chat, NULL when it is not known. ended_at: when it was seen to
 * end, 0 while it is open. */
const struct chat *replica_find(const struct replica *self, const char *chat_id, int64_t *ended_at);

/* Returns how many chats are open. */
size_t replica_count(const struct replica *self);

/* A row of the list (view_chat_row), lent until the chat changes. */
struct replica_row {
    const struct chat *chat;
    const char *json;
    size_t size;
};

/* Returns the row of the open chat in this place, by created, from 0. */
struct replica_row replica_row(struct replica *self, size_t place);

/* Drops the chats that ended long enough ago. */
void replica_forget(struct replica *self, int64_t now);

#endif
