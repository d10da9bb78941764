#include "origins.h"

#include <string.h>
#include <strings.h>

/* Part of a text. */
struct span {
    const char *at;
    size_t size;
};

struct origin {
    struct span scheme, host, port; /* no port: size 0 */
};

static bool is_same(struct span a, struct span b)
{
    return a.size == b.size && memcmp(a.at, b.at, a.size) == 0;
}

/* Returns whether text is all made of these characters, and not empty. */
static bool is_made_of(struct span text, const char *characters)
{
    for (size_t i = 0; i < text.size; i++)
        if (!text.at[i] || !strchr(characters, text.at[i]))
            return false;
    return text.size > 0;
}

/* Splits host[:port]; the host may be an IPv6 address in brackets. */
static bool split_host(struct span text, struct origin *origin)
{
    const char *end = text.at + text.size;
    const char *bracket = text.size && *text.at == '[' ? memchr(text.at, ']', text.size) : NULL;
    const char *from = bracket ? bracket + 1 : text.at;
    const char *colon = memchr(from, ':', (size_t)(end - from));

    if (text.size && *text.at == '[' && (!bracket || (from != end && *from != ':')))
        return false;
    origin->host = (struct span){text.at, (size_t)((colon ? colon : end) - text.at)};
    origin->port = (struct span){colon ? colon + 1 : end, colon ? (size_t)(end - colon - 1) : 0};
    return origin->host.size > 0 && (!colon || origin->port.size > 0);
}

static bool split(struct span text, struct origin *origin)
{
    static const char mark[] = "://";
    const char *end = memmem(text.at, text.size, mark, sizeof(mark) - 1);

    if (!end)
        return false;
    const char *host = end + sizeof(mark) - 1;
    origin->scheme = (struct span){text.at, (size_t)(end - text.at)};
    return split_host((struct span){host, (size_t)(text.at + text.size - host)}, origin);
}

/* Browsers write origins in lower case, and nothing but letters, digits and
 * the marks below. */
static bool is_origin(const struct origin *origin)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
    static const char of_address[] = "0123456789abcdef:.";
    struct span host = origin->host;

    if (!is_made_of(origin->scheme, letters))
        return false;
    if (*host.at == '[')
        host = (struct span){host.at + 1, host.size - 2};
    return is_made_of(host, host.at == origin->host.at ? letters : of_address) &&
           (!origin->port.size || is_made_of(origin->port, "0123456789"));
}

/* A star never passes a dot, so the labels of host and pattern go together
 * one by one, and it is enough to try again from the last star. */
static bool matches(struct span host, struct span pattern)
{
    size_t h = 0, p = 0, taken = 0;
    size_t star = 0; /* where the pattern goes on after its last star */

    while (h < host.size) {
        if (p < pattern.size && pattern.at[p] == '*') {
            star = ++p;
            taken = ++h; /* at least one character */
            if (host.at[h - 1] == '.')
                return false;
        } else if (p < pattern.size && pattern.at[p] == host.at[h]) {
            p++;
            h++;
        } else if (star && host.at[taken] != '.') {
            p = star;
            h = ++taken;
        } else {
            return false;
        }
    }
    return p == pattern.size;
}

static bool is_one_of(struct span pattern, const struct origin *origin)
{
    struct origin allowed;

    if (!split(pattern, &allowed) || !is_same(allowed.scheme, origin->scheme) ||
        !matches(origin->host, allowed.host))
        return false;
    return is_same(allowed.port, (struct span){"*", 1}) || is_same(allowed.port, origin->port);
}

bool origin_is_allowed(const char *allowed, const char *text)
{
    static const char between[] = ", \t";
    struct origin origin;

    if (!text || !split((struct span){text, strlen(text)}, &origin) || !is_origin(&origin))
        return false;
    for (const char *at = allowed + strspn(allowed, between); *at; at += strspn(at, between)) {
        size_t size = strcspn(at, between);
        if (is_one_of((struct span){at, size}, &origin))
            return true;
        at += size;
    }
    return false;
}

bool origin_is_own(const char *origin, const char *host)
{
    const char *after = origin ? strstr(origin, "://") : NULL;

    return host && after && strcasecmp(after + strlen("://"), host) == 0;
}
