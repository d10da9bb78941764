/* uuid.h - identifiers of chats, messages, requests (RFC 9562): random ones are
 * of version 4; those made from a digest, so that the same thing has the same
 * one, of version 8. */
#ifndef UUID_H
#define UUID_H

#include <stdbool.h>

#include "schema.h"

/* Writes a new random one, lower case with dashes. For one thread of a process. */
void uuid_make(char uuid[UUID_SIZE]);

/* Writes the one that these 16 bytes of a digest make. */
void uuid_of_digest(const unsigned char digest[16], char uuid[UUID_SIZE]);

/* Returns whether text is a UUID in lower case with dashes. */
bool uuid_is_valid(const char *text);

#endif
