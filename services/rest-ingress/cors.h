/* cors.h - which web pages may read answers and write, credentials included
 * (contract R-14, clients.md §1). */
#ifndef CORS_H
#define CORS_H

#include <stdbool.h>

#include "http.h"

/* Returns whether the request may change something: it has no Origin, or one
 * that is allowed, or its own. A cookie alone does not tell who wrote it. */
bool cors_may_write(const struct http_request *request, const char *allowed);

/* The same of a GET, which a link, an image or a form of any page could be as
 * well: it comes from the script of a page, or from no browser. */
bool cors_may_write_by_get(const struct http_request *request, const char *allowed);

/* Adds the headers that let an allowed page read the answer; and those that
 * answer a preflight, with these methods (bits of routes.h); 0: it is none. */
void cors_add(struct http_request *request, const char *allowed, unsigned methods);

#endif
