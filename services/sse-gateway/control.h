/* control.h - the named frames of /events/, which say something about the
 * stream itself. They have no id, so they never move a client's cursor; the
 * clients of /sse/ know no names and get none. */
#ifndef CONTROL_H
#define CONTROL_H

#include <stddef.h>

enum control {
    CONTROL_RESET,          /* what came before does not count: reason */
    CONTROL_TOKEN_EXPIRING, /* the stream is about to end: expiresAt */
    CONTROL_REVOKED,        /* the right to it has ended, and so has the stream: reason */
    CONTROL_DRAINING,       /* this server ends: come back to another one */
    CONTROL_COUNT,
};

enum { CONTROL_SIZE = 160 };

/* Returns the name of its event. */
const char *control_name(enum control self);

/* Writes the frame. key and value, of plain characters: what its data says;
 * NULL for nothing. */
void control_write(enum control self, char text[CONTROL_SIZE], const char *key, const char *value);

#endif
