/* utf8.h - text in UTF-8 (RFC 3629). */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_is_valid(const char *text);

/* Returns how many characters (code points) valid text has. */
size_t utf8_length(const char *text);

/* Returns how many bytes its first so many characters take, or all of it. */
size_t utf8_prefix(const char *text, size_t characters);

#endif
