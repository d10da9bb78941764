#include "routes.h"

#include <stdio.h>
#include <string.h>

static const struct route *const parts[] = {chat_routes,       message_routes,       agent_routes,
                                            account_routes,    configuration_routes, token_routes,
                                            outside_routes,    notification_routes,  history_routes,
                                            transcript_routes, forward_routes,       status_routes};

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

static bool is_meant(const struct route *row, const char *path, struct route_match *match)
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

struct route_match route_find(const char *path, unsigned method)
{
    struct route_match first = {.route = NULL};
    size_t index = 0, part = 0;

    for (const struct route *row = next(&part, NULL); row; row = next(&part, row), index++) {
        struct route_match match = {.index = index};
        if (!is_meant(row, path, &match))
            continue;
        match.route = row;
        if (match.methods & method)
            return match;
        if (first.route)
            first.methods |= match.methods;
        else
            first = match;
    }
    if (!first.route)
        first.index = index;
    return first;
}

const char *route_parameter(const struct route *route)
{
    const char *colon = strchr(route->path, ':');

    return colon ? colon + 1 : NULL;
}

static const struct {
    const char *name;
    unsigned method;
} methods_known[] = {
    {"GET", METHOD_GET},
    {"POST", METHOD_POST},
    {"PUT", METHOD_PUT},
    {"DELETE", METHOD_DELETE},
};

enum { METHODS_KNOWN = sizeof(methods_known) / sizeof(methods_known[0]) };

const char *method_name(unsigned method)
{
    for (size_t i = 0; i < METHODS_KNOWN; i++)
        if (methods_known[i].method == method)
            return methods_known[i].name;
    return NULL;
}

unsigned method_named(const char *name)
{
    for (size_t i = 0; i < METHODS_KNOWN; i++)
        if (strcmp(name, methods_known[i].name) == 0)
            return methods_known[i].method;
    return 0;
}

void methods_name(unsigned methods, char names[METHODS_SIZE])
{
    int size = 0;

    for (size_t i = 0; i < METHODS_KNOWN; i++)
        if (methods & methods_known[i].method)
            size += snprintf(names + size, (size_t)(METHODS_SIZE - size), "%s, ",
                             methods_known[i].name);
    snprintf(names + size, (size_t)(METHODS_SIZE - size), "OPTIONS");
}
