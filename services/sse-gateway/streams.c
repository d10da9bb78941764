#include "streams.h"

#include <inttypes.h>
#include <stdio.h>

#include "view.h"

/* contract S-4, to the byte */
#define SSE_BEFORE   "data:{\"headers\":{},\"body\":"
#define SSE_AFTER    ",\"statusCode\":\"OK\",\"statusCodeValue\":200}\n\n"
#define KEYED(key)   SSE_BEFORE "{\"data\":{\"" key "\":"
#define KEYED_END    "},\"error\":null}" SSE_AFTER
#define EMPTY_OBJECT SSE_BEFORE "{\"data\":{},\"error\":null}" SSE_AFTER

#define SSE_MESSAGES(key, row)                                                                     \
    {                                                                                              \
        KIND_MESSAGES, DOOR_SSE, KEYED(key) "[", "]" KEYED_END, KEYED(key) "[]" KEYED_END, row     \
    }
#define NATIVE(kind, row)                                                                          \
    {                                                                                              \
        kind, DOOR_EVENTS, "data: ", "\n\n", NULL, row                                             \
    }

static const struct view sse_new_messages = SSE_MESSAGES("forwarding_validation", view_new_message);
static const struct view sse_messages = SSE_MESSAGES("forwarding_validation", view_message);
static const struct view sse_cs_new_messages =
    SSE_MESSAGES("cs_get_new_messages", view_new_message);
static const struct view sse_cs_messages = SSE_MESSAGES("cs_get_messages_by_chat_id", view_message);
static const struct view new_messages = NATIVE(KIND_MESSAGES, view_new_message);
static const struct view messages = NATIVE(KIND_MESSAGES, view_message);

static const struct view sse_chat = {KIND_CHAT, DOOR_SSE,     KEYED("forwarding_validation"),
                                     KEYED_END, EMPTY_OBJECT, NULL};
static const struct view chat = NATIVE(KIND_CHAT, NULL);

static const struct view sse_chats = {
    KIND_CHATS, DOOR_SSE, KEYED("get_all_active_chats") "[", "]" KEYED_END, EMPTY_OBJECT, NULL};
static const struct view chats = NATIVE(KIND_CHATS, NULL);

static const struct view sse_waiting = {KIND_WAITING, DOOR_SSE,     SSE_BEFORE,
                                        SSE_AFTER,    EMPTY_OBJECT, NULL};
static const struct view waiting = NATIVE(KIND_WAITING, NULL);

/* view_health writes what belongs under "data", so both doors wrap it. */
static const struct view sse_health = {
    KIND_HEALTH,  DOOR_SSE, SSE_BEFORE "{\"data\":", ",\"error\":null}" SSE_AFTER,
    EMPTY_OBJECT, NULL};
static const struct view health = {
    KIND_HEALTH, DOOR_EVENTS, "data: {\"data\":", ",\"error\":null}\n\n", NULL, NULL};

const struct stream streams[STREAM_COUNT] = {
    {"get-new-messages", WHO_END_USER, "timeRangeBegin", {&sse_new_messages, &new_messages}},
    {"get-messages-by-chat-id", WHO_END_USER, "timeRangeBegin", {&sse_messages, &messages}},
    {"get-chat-by-id", WHO_END_USER, NULL, {&sse_chat, &chat}},
    {"cs-get-all-active-chats", WHO_AGENT, NULL, {&sse_chats, &chats}},
    {"cs-get-new-messages", WHO_AGENT, "lastRead", {&sse_cs_new_messages, &new_messages}},
    {"cs-get-messages-by-chat-id", WHO_AGENT, "lastRead", {&sse_cs_messages, &messages}},
    {"estimated-waiting-time", WHO_ANYONE, NULL, {&sse_waiting, &waiting}},
    {"cs-get-components-healthz-status", WHO_ANYONE, NULL, {&sse_health, &health}},
};

static const struct stream *stream_named(struct span name)
{
    for (size_t i = 0; i < STREAM_COUNT; i++)
        if (span_is(name, streams[i].name))
            return &streams[i];
    return NULL;
}

const struct stream *stream_at(struct span path, enum door *door)
{
    static const char *const prefixes[DOOR_COUNT] = {"/sse/", "/events/"};

    for (int i = 0; i < DOOR_COUNT; i++) {
        size_t size = strlen(prefixes[i]);
        if (path.size > size && memcmp(path.text, prefixes[i], size) == 0) {
            *door = (enum door)i;
            return stream_named((struct span){path.text + size, path.size - size});
        }
    }
    return NULL;
}

bool view_keeps_last(const struct view *self)
{
    switch (self->kind) {
    case KIND_WAITING:
    case KIND_HEALTH:
        return true;
    case KIND_CHATS:
        return self->door == DOOR_SSE; /* the whole list; natively it is one row */
    case KIND_MESSAGES:
    case KIND_CHAT:
        break;
    }
    return false;
}

bool view_is_array(const struct view *self)
{
    return self->kind == KIND_MESSAGES && self->door == DOOR_SSE;
}

void view_open(const struct view *self, msgpack_sbuffer *out, int64_t seq)
{
    char id[32];

    if (seq && self->door == DOOR_EVENTS) {
        snprintf(id, sizeof(id), "id: %" PRId64 "\n", seq);
        view_text(out, id);
    }
    view_text(out, self->before);
}

void view_close(const struct view *self, msgpack_sbuffer *out)
{
    view_text(out, self->after);
}
