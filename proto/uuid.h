/* uuid.h - identifiers of chats, messages, requests (RFC 9562, version 4). */
#ifndef UUID_H
#define UUID_H

#include <stdbool.h>

#include "schema.h"

/* Writes a new random one, lower case with dashes. */
void uuid_make(char uuid[UUID_SIZE]);

/* Returns whether text is a UUID in lower case with dashes. */
bool uuid_is_valid(const char *text);

#endif
