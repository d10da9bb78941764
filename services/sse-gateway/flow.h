/* flow.h - a stream from its head on: what happens to it until its end, which
 * is ending.h's. */
#ifndef FLOW_H
#define FLOW_H

#include "connection.h"
#include "request.h"

/* Starts the stream of a request that may have it. cors: the CORS lines of
 * its answer. */
void flow_open(struct connection *self, const struct request *request, const char *cors);

/* New frames are in its channel. */
void flow_deliver(struct subscription *self);

/* It has to wait for chat-state, and its client need not wait for its head. */
void flow_wait(struct connection *self);

/* Its time in this lane is over. */
void flow_due(struct connection *self, enum lane lane);

/* It waits for chat-state or the log; now it may be worth trying again. */
void flow_wake(struct connection *self);

/* The log was read anew: so is what the stream shows. */
void flow_restart(struct connection *self);

/* Chats look otherwise now: it is told again those that it shows. */
void flow_renew(struct connection *self);

#endif
