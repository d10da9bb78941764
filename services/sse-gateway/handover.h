/* handover.h - from one stream of a reader to the next. Today's clients close
 * a message stream after each batch and open it anew (clients.md §2): what the
 * one has written, the next need not. How that is remembered in between is
 * handed.h's. */
#ifndef HANDOVER_H
#define HANDOVER_H

#include "connection.h"

/* Takes up what the reader's stream before had written. */
void handover_take(struct connection *self);

/* A batch of messages was written just now. */
void handover_note(struct connection *self);

/* Leaves what this one has written, before it closes. */
void handover_leave(struct connection *self);

#endif
