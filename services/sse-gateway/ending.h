/* ending.h - what ends a stream: its client, its right, its age or the server. */
#ifndef ENDING_H
#define ENDING_H

#include "connection.h"
#include "request.h"

/* A native stream lives so long as the settings say, more or less. */
void ending_expect(struct connection *self);

/* A token of its reader is about to expire. */
void ending_warn(struct connection *self, const struct session *session);

/* Its right ended: it gets what it had a right to, and from then on the empty
 * form (/sse/), or its end. */
void ending_lose(struct connection *self, enum session_end how);

/* There is no such chat, or the like: as ending_lose, but a native stream that
 * has no head yet is refused. */
void ending_refuse(struct subscription *one, const struct refusal *refusal);

/* The server ends: a native stream at some moment of the grace time. */
void ending_drain(struct connection *self);

/* Lets go of everything, before the connection closes. */
void ending_close(struct connection *self);

#endif
