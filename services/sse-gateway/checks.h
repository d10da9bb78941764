/* checks.h - asks chat-state whether the tokens of new sessions are good ones.
 *
 * Each session is asked about until there is an answer, a bounded number at a
 * time, so that after a fail-over all of them at once are a queue and not a
 * flood; and only while the place in the event log is known, as from there on
 * the events tell what changes. */
#ifndef CHECKS_H
#define CHECKS_H

#include "sessions.h"

struct checks;
struct gateway;

struct checks *checks_new(struct gateway *gateway);

/* To be called when no answer can come any more; sessions stay. */
void checks_destroy(struct checks **self);

/* The session, which stays until the answer, is to be asked about. */
void checks_add(struct checks *self, struct session *session);

/* The place in the log is known now: asks. */
void checks_run(struct checks *self);

#endif
