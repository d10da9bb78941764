/* whereabouts.h - at which gateway a reader's last message stream was.
 *
 * The front door keeps a reader's streams at one gateway, which knows what it
 * handed out (handover.h). When that dies, is started anew, or another one
 * joins, the next stream lands where nothing is known; a cookie tells so, and
 * then rather too much is told than too little (clients.md §2). Pure. */
#ifndef WHEREABOUTS_H
#define WHEREABOUTS_H

#include <stdbool.h>

#include "request.h"

enum { WHEREABOUTS_NAME_SIZE = 17 };

/* Makes a name for this life of a gateway. */
void whereabouts_name(char name[WHEREABOUTS_NAME_SIZE]);

/* Whether the reader's last stream of this chat's messages was elsewhere. */
bool whereabouts_are_new(struct span cookie, const struct request *request, const char *name);

/* Writes the header field that sets the cookie, with its CRLF; nothing when the
 * browser has it so already, or none is needed. */
void whereabouts_write(msgpack_sbuffer *out, struct span cookie, const struct request *request,
                       const char *name);

#endif
