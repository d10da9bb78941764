/* own.h - memory that is ours. Out of memory aborts, as in czmq, so nothing
 * here returns NULL. Everything is released with free(). */
#ifndef OWN_H
#define OWN_H

#include <stddef.h>

/* Returns size zeroed bytes. */
void *own_zero(size_t size);

/* realloc(3). */
void *own_grow(void *memory, size_t size);

/* Returns a copy of text; of "" when text is NULL. */
char *own_copy(const char *text);

/* Returns the first size bytes of text, and a zero after them. */
char *own_copy_of(const char *text, size_t size);

/* Frees what *place holds and puts a copy of text there. */
void own_replace(char **place, const char *text);

#endif
