/* cookie.h - the values of Set-Cookie (RFC 6265; contract §5.1, R-15). Pure. */
#ifndef COOKIE_H
#define COOKIE_H

#include <stdbool.h>
#include <stdint.h>

struct cookie_rules {
    bool secure;        /* only sent over https */
    const char *domain; /* "" : the host that set it */
};

/* Returns the header's value for a cookie that lives as long as its token
 * (contract X-20); 0 seconds and value "" clear it. The caller frees it. */
char *cookie_make(const struct cookie_rules *rules, const char *name, const char *value,
                  int64_t seconds);

#endif
