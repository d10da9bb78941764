#include "whereabouts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "view.h"

#define COOKIE_STREAM "lastStream"

enum { VALUE_SIZE = WHEREABOUTS_NAME_SIZE + UUID_SIZE };

void whereabouts_name(char name[WHEREABOUTS_NAME_SIZE])
{
    snprintf(name, WHEREABOUTS_NAME_SIZE, "%08" PRIx32 "%08" PRIx32, arc4random(), arc4random());
}

/* Agents' streams begin after the newest message that they have, which no
 * gateway has to remember. */
static bool is_remembered(const struct request *request)
{
    return request->stream && !request->is_empty && request->count == 1 &&
           request->wishes->has_bound && request->stream->who == WHO_END_USER &&
           view_is_array(request->stream->views[request->door]);
}

static void write_value(char value[VALUE_SIZE], const struct request *request, const char *name)
{
    snprintf(value, VALUE_SIZE, "%s.%s", name, request->wishes->chat_id);
}

bool whereabouts_are_new(struct span cookie, const struct request *request, const char *name)
{
    const size_t place = WHEREABOUTS_NAME_SIZE - 1;
    struct span had = cookie_find(cookie, COOKIE_STREAM);
    char value[VALUE_SIZE];

    if (!is_remembered(request))
        return false;
    write_value(value, request, name);
    return had.text && had.size == strlen(value) && memcmp(had.text, value, place) != 0 &&
           memcmp(had.text + place, value + place, had.size - place) == 0;
}

void whereabouts_write(msgpack_sbuffer *out, struct span cookie, const struct request *request,
                       const char *name)
{
    char value[VALUE_SIZE];

    if (!is_remembered(request))
        return;
    write_value(value, request, name);
    if (span_is(cookie_find(cookie, COOKIE_STREAM), value))
        return;
    view_text(out, "Set-Cookie: " COOKIE_STREAM "=");
    view_text(out, value);
    view_text(out, "; Path=/sse/; HttpOnly; SameSite=Lax\r\n");
}
