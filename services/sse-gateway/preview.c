#include "preview.h"

#include <string.h>

#include "clock.h"
#include "gateway.h"
#include "own.h"
#include "pump.h"
#include "view.h"

struct typed {
    int64_t at;
    char *content;
};

struct previews {
    zhashx_t *chats; /* chat id to struct typed * */
};

static void destroy_typed(void **item)
{
    struct typed *typed = *item;

    free(typed->content);
    free(typed);
    *item = NULL;
}

struct previews *previews_new(void)
{
    struct previews *self = own_zero(sizeof(*self));

    self->chats = zhashx_new();
    zhashx_set_destructor(self->chats, destroy_typed);
    return self;
}

void previews_destroy(struct previews **self)
{
    if (!*self)
        return;
    zhashx_destroy(&(*self)->chats);
    free(*self);
    *self = NULL;
}

void previews_clear(struct previews *self)
{
    zhashx_purge(self->chats);
}

const char *previews_get(const struct previews *self, const char *chat_id)
{
    const struct typed *typed = zhashx_lookup(self->chats, chat_id);

    return typed ? typed->content : "";
}

bool previews_set(struct previews *self, const char *chat_id, const char *content, int64_t at)
{
    const char *text = content ? content : "";

    if (strcmp(previews_get(self, chat_id), text) == 0)
        return false;
    if (!*text) {
        zhashx_delete(self->chats, chat_id);
        return true;
    }
    if (!zhashx_lookup(self->chats, chat_id) && zhashx_size(self->chats) >= PREVIEWS_MAX)
        return false;
    struct typed *typed = own_zero(sizeof(*typed));
    *typed = (struct typed){at, own_copy(text)};
    zhashx_update(self->chats, chat_id, typed);
    return true;
}

void preview_append(msgpack_sbuffer *out, const char *content)
{
    out->size--; /* its brace */
    view_text(out, ",\"preview\":");
    view_string(out, content);
    view_text(out, "}");
}

/* ---- who has to be told ---- */

static bool shows(const struct subscription *self)
{
    return self->connection->door == DOOR_EVENTS &&
           (stream_has_previews(self->stream) || view_is_hint(self->view));
}

/* Calls visit for each that shows the chat's previews; it may close none. */
static void each_reader(struct gateway *self, const char *chat_id,
                        void (*visit)(void *context, struct subscription *subscription),
                        void *context)
{
    for (struct outlet *outlet = topics_first(self->topics, chat_id); outlet;
         outlet = outlet->next) {
        const struct link *end = &outlet->channel.subscribers;
        for (struct link *at = end->next; at != end; at = at->next) {
            struct subscription *subscription = LINK_OWNER(LINK_OWNER(at, struct subscriber, place),
                                                           struct subscription, subscriber);
            if (shows(subscription))
                visit(context, subscription);
        }
    }
}

static void mark(void *context, struct subscription *subscription)
{
    struct connection ***place = context;

    subscription->owes_preview = true;
    if (place)
        *(*place)++ = subscription->connection;
}

static void count(void *context, struct subscription *subscription)
{
    (void)subscription;
    (*(size_t *)context)++;
}

/* Whoever writes may close, and take an outlet out: they are gathered first. */
void preview_changed(struct gateway *self, const struct preview *preview)
{
    size_t readers = 0;

    if (!previews_set(self->previews, preview->chat_id, preview->content, clock_wall_ms()))
        return;
    each_reader(self, preview->chat_id, count, &readers);
    struct connection **connections = own_zero((readers + 1) * sizeof(struct connection *));
    struct connection **place = connections;
    each_reader(self, preview->chat_id, mark, &place);
    for (size_t i = 0; i < readers; i++)
        if (!connections[i]->is_writing)
            pump_run(connections[i]);
    free(connections);
}

void preview_pass(struct gateway *self, const struct event *event)
{
    const struct message *message = event->message.count ? event->message.items : NULL;
    bool is_said = message && message->author_role && !(message->event && *message->event) &&
                   strcmp(message->author_role, "end-user") == 0;
    bool is_over = event->chat.count && event->chat.items->ended;

    if (!is_said && !is_over)
        return;
    const char *chat_id = is_said ? message->chat_id : event->chat.items->id;
    if (previews_set(self->previews, chat_id, "", 0))
        each_reader(self, chat_id, mark, NULL);
}

/* ---- telling it ---- */

/* An id that is the same for all previews of a chat, and no message's: as the
 * chat's, but of a version that nobody makes (RFC 9562, 8). */
static void set_id(struct message *row, const char *chat_id)
{
    enum { VERSION_AT = 14 };

    memcpy(row->chat_id, chat_id, UUID_SIZE);
    memcpy(row->id, chat_id, UUID_SIZE);
    row->id[VERSION_AT] = '8';
}

static void write_row(const struct previews *self, const char *chat_id, msgpack_sbuffer *out)
{
    static char event[] = "message-preview";
    static char role[] = "end-user";
    const struct typed *typed = zhashx_lookup(self->chats, chat_id);
    int64_t at = typed ? typed->at : clock_wall_ms();
    struct message row = {
        .event = event, .author_role = role, .author_timestamp = at, .created = at, .updated = at};

    set_id(&row, chat_id);
    view_new_message(out, &row);
    preview_append(out, typed ? typed->content : "");
}

/* contract §7.3, N-01 */
static void write_hint(const char *chat_id, msgpack_sbuffer *out)
{
    struct message row = {.event = NULL};

    set_id(&row, chat_id);
    view_text(out, "{\"type\":\"preview\",\"messageId\":");
    view_string(out, row.id);
    view_text(out, "}");
}

static void tell(struct connection *connection, struct subscription *self)
{
    const struct outlet *outlet = outlet_of(self->subscriber.channel);
    const struct previews *previews = connection->gateway->previews;
    msgpack_sbuffer bytes;

    msgpack_sbuffer_init(&bytes);
    view_open(self->view, &bytes, outlet->name, 0);
    if (view_is_hint(self->view))
        write_hint(outlet->topic->id, &bytes);
    else
        write_row(previews, outlet->topic->id, &bytes);
    view_close(self->view, &bytes, outlet->name);
    pump_tell(connection, bytes.data, bytes.size);
    self->has_preview = *previews_get(previews, outlet->topic->id);
    msgpack_sbuffer_destroy(&bytes);
}

/* One that was told of nothing need not be told that there is nothing. */
static bool is_due(const struct connection *connection, struct subscription *self)
{
    if (!self->owes_preview || !self->subscriber.channel)
        return false;
    self->owes_preview = false;
    return self->has_preview || *previews_get(connection->gateway->previews,
                                              outlet_of(self->subscriber.channel)->topic->id);
}

bool preview_tell(struct connection *self)
{
    struct subscription *subscriptions = subscriptions_of(self);
    bool is_told = false;

    if (self->door != DOOR_EVENTS || self->own || self->is_ending || connection_is_waiting(self))
        return false;
    for (unsigned i = 0; i < self->count; i++)
        if (is_due(self, &subscriptions[i])) {
            tell(self, &subscriptions[i]);
            is_told = true;
        }
    return is_told;
}
