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
#define DATA         "data: "
#define END          "\n\n"

#define SSE_MESSAGES(key, row)                                                                     \
    {                                                                                              \
        KIND_MESSAGES, DOOR_SSE, KEYED(key) "[", "]" KEYED_END, KEYED(key) "[]" KEYED_END, row     \
    }
#define NATIVE(kind, shape)                                                                        \
    {                                                                                              \
        kind, DOOR_EVENTS, DATA, END, NULL, shape                                                  \
    }

static const struct view sse_new_messages =
    SSE_MESSAGES("forwarding_validation", SHAPE_NEW_MESSAGE);
static const struct view sse_messages = SSE_MESSAGES("forwarding_validation", SHAPE_MESSAGE);
static const struct view sse_cs_new_messages =
    SSE_MESSAGES("cs_get_new_messages", SHAPE_NEW_MESSAGE);
static const struct view sse_cs_messages =
    SSE_MESSAGES("cs_get_messages_by_chat_id", SHAPE_MESSAGE);
static const struct view new_messages = NATIVE(KIND_MESSAGES, SHAPE_NEW_MESSAGE);
static const struct view messages = NATIVE(KIND_MESSAGES, SHAPE_MESSAGE);

static const struct view sse_chat = {KIND_CHAT, DOOR_SSE,     KEYED("forwarding_validation"),
                                     KEYED_END, EMPTY_OBJECT, SHAPE_CHAT};
static const struct view chat = NATIVE(KIND_CHAT, SHAPE_CHAT);

static const struct view sse_chats = {
    KIND_CHATS,    DOOR_SSE,     KEYED("get_all_active_chats") "[",
    "]" KEYED_END, EMPTY_OBJECT, SHAPE_NONE};
static const struct view chats = NATIVE(KIND_CHATS, SHAPE_ROW);

/* view_waiting and view_health write what belongs under "response" and "data",
 * so both doors wrap it. */
static const struct view sse_waiting = {
    KIND_WAITING, DOOR_SSE, SSE_BEFORE "{\"response\":", "}" SSE_AFTER, EMPTY_OBJECT, SHAPE_NONE};
static const struct view waiting = {
    KIND_WAITING, DOOR_EVENTS, DATA "{\"response\":", "}" END, NULL, SHAPE_NONE};

static const struct view sse_health = {
    KIND_HEALTH,  DOOR_SSE,  SSE_BEFORE "{\"data\":", ",\"error\":null}" SSE_AFTER,
    EMPTY_OBJECT, SHAPE_NONE};
static const struct view health = {
    KIND_HEALTH, DOOR_EVENTS, DATA "{\"data\":", ",\"error\":null}" END, NULL, SHAPE_NONE};

static const struct view several = NATIVE(KIND_SEVERAL, SHAPE_NONE);

#define USER_MESSAGES  "timeRangeBegin", "/get-messages-by-chat-id"
#define AGENT_MESSAGES "lastRead", "/cs-get-messages-by-chat-id"

const struct stream streams[STREAM_COUNT] = {
    {"get-new-messages", WHO_END_USER, USER_MESSAGES, {&sse_new_messages, &new_messages}},
    {"get-messages-by-chat-id", WHO_END_USER, USER_MESSAGES, {&sse_messages, &messages}},
    {"get-chat-by-id", WHO_END_USER, NULL, "/get-chat-by-id", {&sse_chat, &chat}},
    {"cs-get-all-active-chats", WHO_AGENT, NULL, "/cs-get-all-active-chats", {&sse_chats, &chats}},
    {"cs-get-new-messages", WHO_AGENT, AGENT_MESSAGES, {&sse_cs_new_messages, &new_messages}},
    {"cs-get-messages-by-chat-id", WHO_AGENT, AGENT_MESSAGES, {&sse_cs_messages, &messages}},
    {"estimated-waiting-time", WHO_ANYONE, NULL, NULL, {&sse_waiting, &waiting}},
    {"cs-get-components-healthz-status", WHO_ANYONE, NULL, NULL, {&sse_health, &health}},
    {"subscribe", WHO_ANYONE, NULL, NULL, {NULL, &several}},
};

static const struct stream *const stream_of_several = &streams[STREAM_COUNT - 1];

const struct stream *stream_named(struct span name)
{
    for (size_t i = 0; i < STREAM_COUNT; i++)
        if (&streams[i] != stream_of_several && span_is(name, streams[i].name))
            return &streams[i];
    return NULL;
}

const struct stream *stream_at(struct span path, enum door *door)
{
    static const char *const prefixes[DOOR_COUNT] = {"/sse/", "/events/"};

    if (span_is(path, "/events")) {
        *door = DOOR_EVENTS;
        return stream_of_several;
    }
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
    case KIND_SEVERAL:
        break;
    }
    return false;
}

bool view_is_of_log(const struct view *self)
{
    return view_part(self) != 0;
}

int view_part(const struct view *self)
{
    switch (self->kind) {
    case KIND_MESSAGES:
        return 1;
    case KIND_CHAT:
        return 2;
    case KIND_CHATS:
        return PART_LAST;
    case KIND_WAITING:
    case KIND_HEALTH:
    case KIND_SEVERAL:
        break;
    }
    return 0;
}

bool view_shows(const struct view *self, const struct event *event)
{
    return self->kind == KIND_MESSAGES ? event->message.count > 0 : event->chat.count > 0;
}

bool view_is_array(const struct view *self)
{
    return self->kind == KIND_MESSAGES && self->door == DOOR_SSE;
}

/* A native view begins and ends with what makes a frame of any value. */
void view_open(const struct view *self, msgpack_sbuffer *out, const char *topic, int64_t seq)
{
    char id[48];

    if (seq && self->door == DOOR_EVENTS) {
        if (topic)
            snprintf(id, sizeof(id), "id: %" PRId64 ".%d\n", seq, view_part(self));
        else
            snprintf(id, sizeof(id), "id: %" PRId64 "\n", seq);
        view_text(out, id);
    }
    if (!topic) {
        view_text(out, self->before);
        return;
    }
    view_text(out, DATA "{\"topic\":");
    view_string(out, topic);
    view_text(out, ",\"data\":");
    view_text(out, self->before + strlen(DATA));
}

void view_close(const struct view *self, msgpack_sbuffer *out, const char *topic)
{
    if (!topic) {
        view_text(out, self->after);
        return;
    }
    msgpack_sbuffer_write(out, self->after, strlen(self->after) - strlen(END));
    view_text(out, "}" END);
}

void shape_write_message(enum shape self, msgpack_sbuffer *out, const struct message *message)
{
    if (self == SHAPE_NEW_MESSAGE)
        view_new_message(out, message);
    else
        view_message(out, message);
}

void shape_write(enum shape self, msgpack_sbuffer *out, const struct event *event)
{
    switch (self) {
    case SHAPE_NEW_MESSAGE:
    case SHAPE_MESSAGE:
        shape_write_message(self, out, event->message.items);
        return;
    case SHAPE_CHAT:
        view_chat(out, event->chat.items);
        return;
    case SHAPE_ROW:
        view_chat_row(out, event->chat.items);
        return;
    case SHAPE_NONE:
    case SHAPE_COUNT:
        break;
    }
}
