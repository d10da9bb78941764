/* pump.h - when a stream may write, what, and where it waits. */
#ifndef PUMP_H
#define PUMP_H

#include "connection.h"

/* Writes what may be written now, and stands where it has to wait. */
void pump_run(struct connection *self);

/* Sends the head, if that did not happen yet, and then these bytes: with the
 * next pump_run. */
void pump_tell(struct connection *self, const void *bytes, size_t size);

/* Writes the line that tells a native client how long to wait before it comes
 * back. Not all of them the same, or they would all be back at once. */
void pump_write_retry(char *line, size_t size);

#endif
