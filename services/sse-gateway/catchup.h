/* catchup.h - what a stream is told at its beginning: the messages it missed,
 * or how things stand. */
#ifndef CATCHUP_H
#define CATCHUP_H

#include "connection.h"

/* Asks for the messages the stream does not have, or sees to its current
 * value. */
void catchup_begin(struct connection *self);

/* The current value is owed: tells it (pump_tell), or asks for it. Returns
 * false when an ended chat's has to be held back yet. */
bool catchup_state(struct connection *self);

/* Whether a message stream of the same reader has something to write yet. */
bool catchup_has_messages_to_go(const struct connection *self);

/* Takes up what the reader's stream before had written, and leaves what this
 * one has. */
void catchup_take_up(struct connection *self);
void catchup_leave(struct connection *self);

#endif
