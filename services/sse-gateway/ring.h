/* ring.h - the recent events of the log, for the streams that come back.
 *
 * Events are kept in the order of seq, within so many bytes; the oldest give
 * way. Those of one chat form a chain, so what a stream missed is found at the
 * cost of what its chat did meanwhile, not of all that happened. A value is
 * written as JSON once, whoever shows it and however often, and kept beside
 * its event. Pure. */
#ifndef RING_H
#define RING_H

#include <stdbool.h>

#include "schema.h"
#include "span.h"
#include "streams.h"

struct ring;
struct ring_entry; /* an event; lent until the next ring_add, _trim or _clear */

/* limit: most bytes, values included; the newest event is always kept. */
struct ring *ring_new(int64_t limit);
void ring_destroy(struct ring **self);

/* Forgets everything: what comes next may be of another log. */
void ring_clear(struct ring *self);

/* Copies what the event says of a chat; the oldest give way. Returns its entry;
 * NULL when it is about no chat, and then there is nothing to keep. Events come
 * in the order of seq; after a hole, what was before it is forgotten. */
struct ring_entry *ring_add(struct ring *self, const struct event *event);

/* The list of open chats changed with it. */
void ring_mark_listed(struct ring_entry *entry);

/* Whether everything later than the event after, up to the newest, is here. */
bool ring_covers(const struct ring *self, int64_t after);

/* Returns the last event that was added, 0 when there was none. */
int64_t ring_newest(const struct ring *self);

/* Returns the first entry later than after: of this chat, or for "" of those
 * that changed the list. NULL: there is none. */
struct ring_entry *ring_after(const struct ring *self, const char *chat_id, int64_t after);

/* Returns the next one likewise. */
struct ring_entry *ring_next(const struct ring *self, const char *chat_id,
                             struct ring_entry *entry);

const struct event *ring_event(const struct ring_entry *entry);

/* Returns the value in this shape, which the event must have. */
struct span ring_text(struct ring *self, struct ring_entry *entry, enum shape shape);

/* Whether values show no csaTitle; at first they do. Those of chats are then
 * written anew. */
void ring_hide_titles(struct ring *self, bool hides_titles);

/* Brings it back within its bytes: ring_text may have let it grow. */
void ring_trim(struct ring *self);

/* Returns how many bytes, and how many events, it holds. */
int64_t ring_size(const struct ring *self);
int64_t ring_count(const struct ring *self);

#endif
