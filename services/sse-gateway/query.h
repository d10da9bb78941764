/* query.h - parameters of a query string, and cookies. Pure and fuzzed. */
#ifndef QUERY_H
#define QUERY_H

#include "span.h"

enum { PARAMETER_SIZE = 128 }; /* no parameter of a stream is as long */

enum found { FOUND_NOT, FOUND, FOUND_BAD };

/* Decodes the first parameter of this name into value: %xx, and a plus is a
 * space. FOUND_BAD: it is longer than value, has a broken escape or a control
 * character. value is "" unless it is FOUND. */
enum found query_find(struct span query, const char *name, char value[PARAMETER_SIZE]);

/* Decodes the next parameter of this name likewise, into value of size bytes,
 * and cuts what was looked at off rest. */
enum found query_next(struct span *rest, const char *name, char *value, size_t size);

/* Returns the value of the first cookie of this name (RFC 6265 §5.4), without
 * quotes around it; text is NULL when there is none. */
struct span cookie_find(struct span cookie, const char *name);

#endif
