/* door.h - a socket that chat-state binds, and that may be taken from it.
 *
 * A path of an ipc endpoint belongs to whoever bound it last, and the one who
 * bound it before removes the path when it closes, also when the path is the
 * other's by then. When one chat-state takes over from another on the same
 * machine, its path can vanish in this way, and nobody could connect any
 * more. So the owner looks now and then, and binds again. */
#ifndef DOOR_H
#define DOOR_H

#include <sys/types.h>

#include "bus.h"

struct door {
    zsock_t *sock; /* NULL: closed */
    const char *endpoint;
    dev_t device; /* of the path of an ipc endpoint; both 0: there is nothing to look at */
    ino_t inode;
};

/* Binds. endpoint stays with the caller. Returns 0, or -1 after logging. */
int door_open(struct door *self, int type, const char *endpoint);

/* Returns whether others can still find it. */
bool door_is_there(const struct door *self);

/* Safe on a zeroed struct. */
void door_close(struct door *self);

#endif
