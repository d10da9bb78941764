/* sync.h - keeps a model in step with chat-state: reads it whole, then
 * follows the event log.
 *
 * The order makes it exact: subscribe, read the pages of open chats, read the
 * waits, then apply every event after the first page. Until all events that
 * the answers can have seen are applied, the model before it (if any) stays
 * in use. */
#ifndef SYNC_H
#define SYNC_H

#include "caller.h"
#include "follow.h"
#include "model.h"

struct sync;

struct sync_options {
    struct caller *caller; /* of chat-state; lent */
    struct timers *timers; /* lent */
    int64_t window;        /* waits that make the mean */
    size_t limit;          /* most chats in the queue */
    /* Another position, another mean or another model. */
    void (*on_change)(void *self);
    void *self;
};

/* Begins to read at once; the reader has subscribed already. */
struct sync *sync_new(const struct sync_options *options);
void sync_destroy(struct sync **self);

/* What came over SUB. */
void sync_event(struct sync *self, const struct event *event);
void sync_head(struct sync *self, const struct log_head *head);

/* Returns the model, lent until the next call of another function here; NULL
 * before it was read for the first time. */
const struct model *sync_model(const struct sync *self);

int64_t sync_applied(const struct sync *self); /* events, so far */

/* What following the log took so far; lent. */
const struct follow_counts *sync_counts(const struct sync *self);

#endif
