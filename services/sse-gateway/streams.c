#include "streams.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "view.h"

/* contract S-4, to the byte */
#define SSE_BEFORE   "data:{\"headers\":{},\"body\":"
#define SSE_AFTER    ",\"statusCode\":\"OK\",\"statusCodeValue\":200}\n\n"
#define KEYED(key)   SSE_BEFORE "{\"data\":{\"" key "\":"
#define KEYED_END    "},\"error\":null}" SSE_AFTER
#define EMPTY_OBJECT SSE_BEFORE "{\"data\":{},\"error\":null}" SSE_AFTER
#define DATA         "data: "
#define SSE_DOOR     "/sse/"
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
static const struct view native_chat = NATIVE(KIND_CHAT, SHAPE_CHAT);

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

/* contract N-01, N-02 */
static const struct view hints = NATIVE(KIND_HINTS, SHAPE_HINT);
static const struct view list_hints = NATIVE(KIND_LIST_HINTS, SHAPE_LIST_HINT);
static const struct view place = NATIVE(KIND_PLACE, SHAPE_NONE);

static const struct view several = NATIVE(KIND_SEVERAL, SHAPE_NONE);

#define USER_MESSAGES  "timeRangeBegin", "/get-messages-by-chat-id"
#define AGENT_MESSAGES "lastRead", "/cs-get-messages-by-chat-id"
#define LIST_STATE     NULL, "/cs-get-all-active-chats"

const struct stream streams[STREAM_COUNT] = {
    {"get-new-messages", WHO_END_USER, false, USER_MESSAGES, {&sse_new_messages, &new_messages}},
    {"get-messages-by-chat-id", WHO_END_USER, false, USER_MESSAGES, {&sse_messages, &messages}},
    {"get-chat-by-id", WHO_END_USER, false, NULL, "/get-chat-by-id", {&sse_chat, &native_chat}},
    {"cs-get-all-active-chats",
     WHO_AGENT,
     false,
     NULL,
     "/cs-get-all-active-chats",
     {&sse_chats, &chats}},
    {"cs-get-new-messages",
     WHO_AGENT,
     false,
     AGENT_MESSAGES,
     {&sse_cs_new_messages, &new_messages}},
    {"cs-get-messages-by-chat-id", WHO_AGENT, false, AGENT_MESSAGES, {&sse_cs_messages, &messages}},
    {"estimated-waiting-time", WHO_ANYONE, false, NULL, NULL, {&sse_waiting, &waiting}},
    {"cs-get-components-healthz-status", WHO_ANYONE, false, NULL, NULL, {&sse_health, &health}},
    {"notifications/chat-list", WHO_AGENT, true, LIST_STATE, {NULL, &list_hints}},
    {"notifications/", WHO_OF_CHAT, true, NULL, "/get-messages-by-chat-id", {NULL, &hints}},
    {"queue/", WHO_OF_CHAT, true, NULL, NULL, {NULL, &place}},
    {"subscribe", WHO_ANYONE, false, NULL, NULL, {NULL, &several}},
};

static const struct stream *const stream_of_several = &streams[STREAM_COUNT - 1];

const struct stream *stream_named(struct span name)
{
    for (size_t i = 0; i < STREAM_COUNT; i++)
        if (!streams[i].is_later && &streams[i] != stream_of_several &&
            span_is(name, streams[i].name))
            return &streams[i];
    return NULL;
}

/* Whether path is text and, where that ends with a slash, something more. */
static bool begins(struct span path, const char *text)
{
    size_t size = strlen(text);

    if (path.size < size || memcmp(path.text, text, size) != 0)
        return false;
    return (path.size > size) == (text[size - 1] == '/');
}

static const struct stream *later_at(struct span name)
{
    for (size_t i = 0; i < STREAM_COUNT; i++)
        if (streams[i].is_later && begins(name, streams[i].name))
            return &streams[i];
    return NULL;
}

static struct span after(struct span path, size_t size)
{
    return (struct span){path.text + size, path.size - size};
}

struct span stream_rest(const struct stream *self, struct span path)
{
    size_t size = strlen(SSE_DOOR) + strlen(self->name);

    return self->is_later ? after(path, size) : (struct span){"", 0};
}

const struct stream *stream_at(struct span path, enum door *door)
{
    static const char *const prefixes[DOOR_COUNT] = {SSE_DOOR, "/events/"};
    const struct stream *later =
        begins(path, SSE_DOOR) ? later_at(after(path, strlen(SSE_DOOR))) : NULL;

    if (later) {
        *door = DOOR_EVENTS;
        return later;
    }

    if (span_is(path, "/events")) {
        *door = DOOR_EVENTS;
        return stream_of_several;
    }
    for (int i = 0; i < DOOR_COUNT; i++) {
        size_t size = strlen(prefixes[i]);
        if (path.size > size && memcmp(path.text, prefixes[i], size) == 0) {
            *door = (enum door)i;
            return stream_named(after(path, size));
        }
    }
    return NULL;
}

bool view_keeps_last(const struct view *self)
{
    switch (self->kind) {
    case KIND_WAITING:
    case KIND_HEALTH:
    case KIND_PLACE:
        return true;
    case KIND_CHATS:
        return self->door == DOOR_SSE; /* the whole list; natively it is one row */
    case KIND_MESSAGES:
    case KIND_CHAT:
    case KIND_HINTS:
    case KIND_LIST_HINTS:
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
    case KIND_HINTS:
        return 1;
    case KIND_CHAT:
        return 2;
    case KIND_CHATS:
    case KIND_LIST_HINTS:
        return PART_LAST;
    case KIND_WAITING:
    case KIND_HEALTH:
    case KIND_PLACE:
    case KIND_SEVERAL:
        break;
    }
    return 0;
}

bool view_has_preview(const struct view *self)
{
    return self == &sse_cs_new_messages;
}

bool stream_has_previews(const struct stream *self)
{
    return self->views[DOOR_SSE] == &sse_cs_new_messages;
}

static bool text_is(const char *field, const char *text)
{
    return strcmp(field ? field : "", text) == 0;
}

static bool is_message_alone(const struct event *event)
{
    return event->message.count &&
           (text_is(event->kind, "message.posted") || text_is(event->kind, "message.revised"));
}

bool event_is_listed(const struct event *event)
{
    return !is_message_alone(event) || !text_is(event->message.items->event, "rating");
}

/* Of messages alone, an end user's chat shows that there is a newer text of its
 * own (contract §7.2). */
static bool changes_chat(const struct event *event)
{
    const struct message *message = event->message.items;

    return !is_message_alone(event) ||
           (text_is(message->author_role, "end-user") && text_is(message->event, ""));
}

bool view_is_hint(const struct view *self)
{
    return self->kind == KIND_HINTS || self->kind == KIND_LIST_HINTS;
}

bool view_is_list(const struct view *self)
{
    return self->kind == KIND_CHATS || self->kind == KIND_LIST_HINTS;
}

bool view_has_chats(const struct view *self)
{
    return self->shape == SHAPE_CHAT || self->shape == SHAPE_ROW;
}

/* What happened to a chat itself: to its status, or to who has it or is in it
 * (contract §7.2, last column). Of an ended one nothing is heard any more. */
static bool changes_list(const struct event *event)
{
    return strncmp(event->kind, "chat.", strlen("chat.")) == 0 &&
           strcmp(event->kind, "chat.feedback") != 0 && strcmp(event->kind, "chat.labelled") != 0;
}

bool view_shows(const struct view *self, const struct event *event)
{
    if (view_is_list(self) && event->chat.count && event->chat.items->is_with_bot)
        return false;
    if (self->kind == KIND_MESSAGES || self->kind == KIND_HINTS)
        return event->message.count > 0;
    if (self->kind == KIND_LIST_HINTS)
        return event->chat.count > 0 && changes_list(event);
    return event->chat.count > 0 && (self->kind != KIND_CHAT || changes_chat(event));
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

void shape_write_chat(enum shape self, msgpack_sbuffer *out, const struct chat *chat,
                      bool hides_title)
{
    const struct chat shown = view_titled(chat, hides_title);

    if (self == SHAPE_CHAT)
        view_chat(out, &shown);
    else
        view_chat_row(out, &shown);
}

void shape_write(enum shape self, msgpack_sbuffer *out, const struct event *event, bool hides_title)
{
    switch (self) {
    case SHAPE_NEW_MESSAGE:
    case SHAPE_MESSAGE:
        shape_write_message(self, out, event->message.items);
        return;
    case SHAPE_CHAT:
    case SHAPE_ROW:
        shape_write_chat(self, out, event->chat.items, hides_title);
        return;
    case SHAPE_HINT:
        view_text(out, "{\"type\":\"message\",\"messageId\":");
        view_string(out, event->message.items->id);
        view_text(out, "}");
        return;
    case SHAPE_LIST_HINT:
        view_text(out, "{\"status\":\"Chat Status Changed\",\"chatId\":");
        view_string(out, event->chat.items->id);
        view_text(out, "}");
        return;
    case SHAPE_NONE:
    case SHAPE_COUNT:
        break;
    }
}
