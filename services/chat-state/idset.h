/* idset.h - a set of UUIDs in 8 bytes each, to tell whether a chat has a
 * message already without asking the database.
 *
 * It keeps a hash of each id: two ids of one chat are taken for the same once
 * in more than 10^11 full chats, and then one message is refused. */
#ifndef IDSET_H
#define IDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is the empty set. */
struct idset {
    uint64_t *hashes; /* sorted; owned */
    size_t count;
    size_t room;
};

bool idset_has(const struct idset *self, const char *id);

/* Adding an id that is in it changes nothing. */
void idset_add(struct idset *self, const char *id);

/* Adds all of other's. */
void idset_add_all(struct idset *self, const struct idset *other);

void idset_clear(struct idset *self);

#endif
