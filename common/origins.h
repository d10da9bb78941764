/* origins.h - which web pages may call Kratt with credentials (CORS). */
#ifndef ORIGINS_H
#define ORIGINS_H

#include <stdbool.h>

/* allowed is a list with commas, as in KRATT_ALLOWED_ORIGINS:
 * "https://www.example.ee,https://chat-*.example.ee,http://localhost:*". A
 * star stands for one or more characters other than a dot or slash in a host,
 * or for any port, none included; "*" alone is no origin, as credentials need
 * a name. origin may be NULL. */
bool origin_is_allowed(const char *allowed, const char *origin);

/* Returns whether a page of origin ("http://localhost:8080") came from host,
 * the Host header: then it is no other site's page. NULL for either: no. */
bool origin_is_own(const char *origin, const char *host);

#endif
