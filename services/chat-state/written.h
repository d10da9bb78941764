/* written.h - the versions of messages that a group of commands has written
 * so far, for the commands after them in the same group. They are lent. */
#ifndef WRITTEN_H
#define WRITTEN_H

#include "schema.h"

/* All zero: there are none. */
struct written {
    const struct message **items; /* newest last */
    size_t count, room;
};

void written_add(struct written *self, const struct message *version);

/* Returns the newest version of the message, NULL when there is none; chat_id
 * "": whatever chat it is in. */
const struct message *written_find(const struct written *self, const char *chat_id, const char *id);

void written_clear(struct written *self);

#endif
