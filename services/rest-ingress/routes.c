#include "routes.h"

#include <string.h>

static const struct route *const parts[] = {chat_routes, agent_routes, account_routes, token_routes,
                                            status_routes};

/* Steps to the next row; part and row begin at 0 and NULL. */
static const struct route *next(size_t *part, const struct route *row)
{
    row = row ? row + 1 : parts[0];
    while (!row->path) {
        if (++*part == sizeof(parts) / sizeof(parts[0]))
            return NULL;
        row = parts[*part];
    }
    return row;
}

const struct route *route_at(size_t index)
{
    size_t part = 0;
    const struct route *row = next(&part, NULL);

    while (row && index-- > 0)
        row = next(&part, row);
    return row;
}

static bool matches(const char *pattern, const char *path, const char **tail)
{
    const char *colon = strchr(pattern, ':');
    size_t size = colon ? (size_t)(colon - pattern) : 0;

    if (!colon)
        return strcmp(pattern, path) == 0;
    if (strncmp(pattern, path, size) != 0 || path[size] == '\0' || strchr(path + size, '/'))
        return false;
    *tail = path + size;
    return true;
}

static bool is_meant(const struct route *row, const char *path, struct match *match)
{
    match->envelope = row->envelope;
    match->methods = row->methods;
    if (matches(row->path, path, &match->tail))
        return true;
    match->envelope = ENVELOPE_RESPONSE;
    if (row->later_methods)
        match->methods = row->later_methods;
    return row->later && matches(row->later, path, &match->tail);
}

struct match route_find(const char *path)
{
    struct match match = {.route = NULL};
    size_t part = 0;

    for (const struct route *row = next(&part, NULL); row; row = next(&part, row)) {
        if (is_meant(row, path, &match)) {
            match.route = row;
            return match;
        }
        match.index++;
    }
    return (struct match){.route = NULL, .index = match.index};
}

const char *route_parameter(const struct route *route)
{
    const char *colon = strchr(route->path, ':');

    return colon ? colon + 1 : NULL;
}

unsigned method_named(const char *name)
{
    if (strcmp(name, "GET") == 0)
        return METHOD_GET;
    return strcmp(name, "POST") == 0 ? METHOD_POST : 0;
}
