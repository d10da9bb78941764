/* relay.h - from events to frames: each is made once for each view that
 * somebody reads, and then shared. */
#ifndef RELAY_H
#define RELAY_H

#include "gateway.h"

/* An event of the log, each once and in order. */
void relay_event(struct gateway *self, const struct event *event);

void relay_waiting(struct gateway *self, const struct waiting *waiting);
void relay_health(struct gateway *self, const struct health *health);

/* Every row may be different: the log was read anew. */
void relay_list_changed(struct gateway *self);

/* Gives the streams what was made since the last time. */
void relay_flush(struct gateway *self);

/* Makes the current frame of an outlet that keeps its last one. */
void relay_fill(struct gateway *self, struct outlet *outlet);

#endif
