/* catchup.h - what a stream is told at its beginning: the messages there are,
 * or how things stand. What comes after a cursor is resume.c's. */
#ifndef CATCHUP_H
#define CATCHUP_H

#include "connection.h"

/* Sees to what this one is told first: what came after its cursor, the
 * messages there are, or the current value. */
void catchup_begin(struct subscription *self);

/* The current value is owed: tells it (pump_tell), or asks for it. Returns
 * false when an ended chat's has to be held back yet. */
bool catchup_state(struct subscription *self);

/* What it shows looks otherwise now: the value is owed as soon as all that
 * happened before was written. Then it stands behind no event, and passes over
 * none. */
void catchup_renew(struct subscription *self);

/* Its question was refused: so is the stream, or it asks again. */
void catchup_refuse(struct subscription *self, const struct request_refused *refused);

/* It wants no answer any more, and is owed nothing. */
void catchup_forget(struct subscription *self);

/* Several topics, all from their states: says up to where they have all been
 * told, so that the client can go on from there. */
void catchup_place(struct connection *self);

/* Whether a message stream of the same reader has something to write yet, or
 * is not back yet after a batch. */
bool catchup_has_messages_to_go(const struct connection *self);

/* What it is about: a chat, or "". */
const char *subject_of(const struct subscription *self);

/* Its name on a stream with several, else NULL. */
const char *topic_of(const struct subscription *self);

#endif
