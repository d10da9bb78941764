/* Any query string: a request for topics is served or refused with a reason;
 * what is served is plain, within bounds, and nothing twice. */
#include <stdint.h>
#include <stdlib.h>

#include "own.h"
#include "request.h"

static void check_topics(const struct request *request)
{
    if (request->count < 1 || request->count > SUBSCRIPTIONS_MAX)
        abort();
    for (unsigned i = 0; i < request->count; i++) {
        const struct wish *wish = &request->wishes[i];
        size_t length = strnlen(wish->name, TOPIC_SIZE);
        if (length == TOPIC_SIZE || length == 0 || wish->stream->who != WHO_ANYONE)
            abort(); /* nobody is logged in */
        for (size_t at = 0; at < length; at++)
            if (wish->name[at] <= ' ' || wish->name[at] > '~')
                abort();
        for (unsigned other = 0; other < i; other++)
            if (request->wishes[other].stream == wish->stream &&
                strcmp(request->wishes[other].chat_id, wish->chat_id) == 0)
                abort();
    }
}

static void on_session(void *self, struct session *session)
{
    (void)self;
    (void)session;
}

static void on_over(void *self, struct session *session, enum session_end end)
{
    (void)self;
    (void)session;
    (void)end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct session_hooks hooks = {.on_ending = on_session, .on_over = on_over};
    struct sessions *sessions = sessions_new("kratt", 1, &hooks);
    struct head head = {.path = {"/events", strlen("/events")},
                        .query = {(const char *)data, size}};
    struct request *request = own_zero(sizeof(*request));
    struct refusal refusal = {0};

    if (request_read(request, &head, sessions, 0, &refusal)) {
        check_topics(request);
        if (request->has_cursor && request->cursor != -1 &&
            (request->cursor < 0 || request->cursor_part < 1 || request->cursor_part > PART_LAST))
            abort();
    } else if (refusal.status < 400 || !refusal.code || !refusal.sentence) {
        abort();
    }
    free(request);
    sessions_destroy(&sessions);
    return 0;
}
