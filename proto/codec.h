/* codec.h - a message struct to MessagePack and back.
 *
 * A body is one MessagePack map from field name to value; a list is an array
 * of such maps. An absent optional field is left out. Unknown names are
 * skipped, so a newer peer may add fields; everything else that messages.def
 * does not allow is refused, with the field named. */
#ifndef CODEC_H
#define CODEC_H

#include <msgpack.h>

#include "schema.h"

enum { WHY_MAX = 160 };

/* Appends the encoded body to out. Returns 0, or -1 with the reason in why
 * (and out as it was) when the struct breaks the schema. */
int message_encode(const struct message_type *type, const void *self, msgpack_sbuffer *out,
                   char why[WHY_MAX]);

/* Fills self, which need not be initialised. Returns 0, and self must then be
 * released with message_clear(); or -1 with the reason in why. */
int message_decode(const struct message_type *type, void *self, const void *data, size_t size,
                   char why[WHY_MAX]);

/* Returns 0 when self keeps to the schema, else -1 with the reason in why. */
int message_check(const struct message_type *type, const void *self, char why[WHY_MAX]);

/* Writes a reason into why as printf(3) does. Returns -1, so that a check can
 * return it. */
__attribute__((format(printf, 2, 3))) int refuse(char why[WHY_MAX], const char *format, ...);

#endif
