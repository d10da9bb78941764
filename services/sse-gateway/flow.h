/* flow.h - a stream from its head to its end: what happens to it. */
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

/* A token of its reader is about to expire. */
void flow_warn(struct connection *self, const struct session *session);

/* Its right ended: it gets what it had a right to, and from then on the empty
 * form (/sse/), or its end. */
void flow_lose(struct connection *self, enum session_end how);

/* There is no such chat, or the like: as flow_lose, but a native stream that
 * has no head yet is refused. */
void flow_refuse(struct subscription *one, const struct refusal *refusal);

/* The server ends: a native stream at some moment of the grace time. */
void flow_drain(struct connection *self);

/* Lets go of everything, before the connection closes. */
void flow_close(struct connection *self);

#endif
