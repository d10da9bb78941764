/* json.h - a message struct to a JSON object and back, for the database.
 *
 * The event log and the answers of commands are kept as JSON text, so that an
 * operator can read them; the same messages.def table decides what they hold.
 * The names and shapes that browsers see are in common/view.h. */
#ifndef JSON_H
#define JSON_H

#include "codec.h"

/* Returns the message as compact JSON text, absent optional fields left out.
 * The caller frees it. self must keep to the schema. */
char *message_to_json(const struct message_type *type, const void *self);

/* Fills self from JSON text. Unknown names are skipped, so that a newer
 * writer may add fields. Returns 0, and self must then be released with
 * message_clear(); or -1 with the reason in why. */
int message_from_json(const struct message_type *type, void *self, const char *text,
                      char why[WHY_MAX]);

#endif
