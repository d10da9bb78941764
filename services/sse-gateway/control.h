/* control.h - the named frames of /events/, which say something about the
 * stream itself. They have no id, so they never move a client's cursor; the
 * clients of /sse/ know no names and get none. */
#ifndef CONTROL_H
#define CONTROL_H

#include <msgpack.h>
#include <stdint.h>

enum control {
    CONTROL_RESET,          /* what came before does not count: reason */
    CONTROL_TOKEN_EXPIRING, /* the stream is about to end: expiresAt */
    CONTROL_REVOKED,        /* the right to it has ended, and so has the stream: reason */
    CONTROL_DRAINING,       /* this server ends: come back to another one */
    CONTROL_COUNT,
};

/* Why what a client has seen does not count any more. */
enum reset {
    RESET_NONE,
    RESET_UNKNOWN_CURSOR, /* nobody gave it out, or not in this log */
    RESET_TOO_OLD,        /* the log has forgotten what comes after it */
    RESET_NEW_LOG,        /* the log was replaced while the stream was open */
};

/* Returns the name of its event. */
const char *control_name(enum control self);

/* Writes the frame. key and value, of plain characters: what its data says;
 * NULL for nothing. */
void control_write(enum control self, msgpack_sbuffer *out, const char *key, const char *value);

/* Writes a reset. first_seq: the first event that there is. state: the REST
 * route, with its query, that has the state. topic: which one of a stream with
 * several; NULL: the stream has one. */
void control_write_reset(msgpack_sbuffer *out, enum reset reason, int64_t first_seq,
                         const char *state, const char *topic);

#endif
