/* model.h - what waiting-time knows: the queue and how long a place takes.
 *
 * Made of the open chats and the last waits, then kept up to date with the
 * events after them, it says the same as one made later of newer ones: that
 * is why a restart changes no value. */
#ifndef MODEL_H
#define MODEL_H

#include "schema.h"

enum { MODEL_PLACES_MAX = 100000 }; /* most places in one message */

struct model;

/* window: how many of the last waits make the mean; limit: most chats in the
 * queue. */
struct model *model_new(int64_t window, size_t limit);
void model_destroy(struct model **self);

/* Takes an open chat as it stands. */
void model_take_chat(struct model *self, const struct chat *chat);

/* Takes the last waits, newest first. */
void model_take_waits(struct model *self, const struct wait_list *waits);

/* A chat changed. A chat that leaves the queue for an agent adds its wait,
 * from created to updated as chat-state counts it, unless it had the bot before
 * or has_waits says that model_take_waits knew it already. Returns whether a
 * position or the mean is another now. */
bool model_apply(struct model *self, const struct event *event, bool has_waits);

/* Seconds per place: what a newcomer is told. */
int64_t model_seconds(const struct model *self);
size_t model_size(const struct model *self);

/* How many chats found no room in the queue. */
int64_t model_refused(const struct model *self);

/* Adds the seconds, and the places that are asked for, to answer, which the
 * caller clears: one chat's when it waits; the first MODEL_PLACES_MAX. */
void model_fill_one(const struct model *self, const char *chat_id, struct waiting *answer);
void model_fill_all(const struct model *self, struct waiting *answer);

#endif
