/* resume.h - what a native stream missed: every event after its cursor, once
 * and in order, from the ring or else from the log; or, when that cannot be,
 * a reset and the state anew. Never a silent hole. */
#ifndef RESUME_H
#define RESUME_H

#include "subscription.h"

/* Begins to read on after after_seq; or, when a reset is due, to find out what
 * it has to say. */
void resume_begin(struct subscription *self);

/* Nothing is left of what it read: reads more, so much as a stream may be
 * behind, or asks for it; or goes over to its channel. */
void resume_go_on(struct subscription *self);

/* It waits while others of its connection catch up, and too much has come for
 * it meanwhile: it leaves that to the ring and the log. */
void resume_later(struct subscription *self);

#endif
