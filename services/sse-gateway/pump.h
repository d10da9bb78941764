/* pump.h - when a stream may write, what, and where it waits. */
#ifndef PUMP_H
#define PUMP_H

#include "connection.h"
#include "control.h"

/* Writes what may be written now, and stands where it has to wait. */
void pump_run(struct connection *self);

/* Sends the head, if that did not happen yet, and then these bytes: with the
 * next pump_run. */
void pump_tell(struct connection *self, const void *bytes, size_t size);

void pump_tell_text(struct connection *self, const char *text);

/* As pump_tell: a named frame, on /events/ alone. */
void pump_tell_control(struct connection *self, enum control control, const char *key,
                       const char *value);

/* As pump_tell: a reset (control_write_reset). */
void pump_tell_reset(struct connection *self, enum reset reason, int64_t first_seq,
                     const char *state, const char *topic);

/* As pump_tell: how many milliseconds a native client is to wait before it
 * comes back. Not all of them the same, or they would all be back at once. */
void pump_tell_retry(struct connection *self, unsigned soonest, unsigned spread);

/* As pump_tell: this token of its reader is about to expire. */
void pump_tell_expiring(struct connection *self, const struct session *session);

/* When a native client is to come back that may find the same server. */
enum { COMEBACK_MS = 2000, COMEBACK_SPREAD_MS = 3000 };

#endif
