/* owned.h - which open chats an agent has, as the next command of a group has
 * to see it. */
#ifndef OWNED_H
#define OWNED_H

#include "stage.h"

struct owned {
    struct owned_chat {
        int64_t created;
        char id[UUID_SIZE];
    } * items;
    size_t count, room;
};

/* Finds them, those that came first first. self need not be initialised, and
 * is released with owned_clear. */
void owned_find(struct owned *self, const struct stage *stage, const char *customer_support_id);
void owned_clear(struct owned *self);

/* Returns a chat that is open, or has changed in this group; lent until the
 * stage takes something in. NULL when it is neither. */
const struct chat *owned_chat(const struct stage *stage, const char *id);

#endif
