#include "cookie.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "own.h"

char *cookie_make(const struct cookie_rules *rules, const char *name, const char *value,
                  int64_t seconds)
{
    size_t size = strlen(name) + strlen(value) + strlen(rules->domain) + 128;
    char *text = own_zero(size);

    snprintf(text, size, "%s=%s; Max-Age=%" PRId64 "; Path=/%s%s%s; HttpOnly; SameSite=Lax", name,
             value, seconds, *rules->domain ? "; Domain=" : "", rules->domain,
             rules->secure ? "; Secure" : "");
    return text;
}
