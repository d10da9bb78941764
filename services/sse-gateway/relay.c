#include "relay.h"

#include <string.h>

#include "clock.h"
#include "flow.h"
#include "preview.h"
#include "tally.h"
#include "titles.h"
#include "view.h"

/* A list this many bytes long is made anew once a millisecond at most: with
 * thousands of chats it would else be made for each of them again and again. */
enum { LIST_BYTES_PER_MS = 4096 };

static void write_list(struct replica *replica, msgpack_sbuffer *out)
{
    bool is_first = true;

    for (size_t i = 0; i < replica_count(replica); i++) {
        struct replica_row row = replica_row(replica, i);
        if (row.chat->is_with_bot)
            continue;
        if (!is_first)
            view_text(out, ",");
        msgpack_sbuffer_write(out, row.json, row.size);
        is_first = false;
    }
}

static void write_current(struct gateway *self, const struct outlet *outlet, msgpack_sbuffer *out)
{
    view_open(outlet->view, out, outlet->name, 0);
    if (outlet->view->kind == KIND_WAITING)
        board_write_waiting(self->board, out, outlet->topic->id);
    else if (outlet->view->kind == KIND_PLACE)
        board_write_place(self->board, out, outlet->topic->id);
    else if (outlet->view->kind == KIND_HEALTH)
        board_write_health(self->board, out);
    else
        write_list(self->replica, out);
    view_close(outlet->view, out, outlet->name);
}

static void add(struct gateway *self, struct outlet *outlet, const msgpack_sbuffer *bytes,
                int64_t seq)
{
    topics_add(self->topics, outlet, frame_new(bytes->data, bytes->size, seq));
    tally_frames(1);
}

static bool is_same(const struct frame *frame, const msgpack_sbuffer *bytes)
{
    return frame && frame->size == bytes->size &&
           memcmp(frame->bytes, bytes->data, bytes->size) == 0;
}

void relay_fill(struct gateway *self, struct outlet *outlet)
{
    msgpack_sbuffer bytes;

    msgpack_sbuffer_init(&bytes);
    write_current(self, outlet, &bytes);
    if (!is_same(outlet->channel.newest, &bytes))
        add(self, outlet, &bytes, 0);
    if (outlet->view->kind == KIND_CHATS) {
        self->list_is_stale = false;
        self->list_due = reactor_now(self->reactor) + (int64_t)bytes.size / LIST_BYTES_PER_MS;
    }
    msgpack_sbuffer_destroy(&bytes);
}

/* ---- what changed ---- */

/* Makes the frame of an event for an outlet that shows it. */
static void add_event(struct gateway *self, struct outlet *outlet, struct ring_entry *entry)
{
    const struct event *event = ring_event(entry);
    struct span text = ring_text(self->ring, entry, outlet->view->shape);
    msgpack_sbuffer bytes;

    msgpack_sbuffer_init(&bytes);
    view_open(outlet->view, &bytes, outlet->name, event->seq);
    msgpack_sbuffer_write(&bytes, text.text, text.size);
    if (view_has_preview(outlet->view) && *previews_get(self->previews, outlet->topic->id))
        preview_append(&bytes, previews_get(self->previews, outlet->topic->id));
    view_close(outlet->view, &bytes, outlet->name);
    add(self, outlet, &bytes, event->seq);
    outlet->channel.newest->is_last_word =
        outlet->view->kind == KIND_CHAT && event->chat.items->ended != 0;
    msgpack_sbuffer_destroy(&bytes);
}

void relay_list_changed(struct gateway *self)
{
    self->list_is_stale = true;
}

/* A row for those who read the list natively; the others get all of it. */
static void change_list(struct gateway *self, struct ring_entry *entry)
{
    ring_mark_listed(entry);
    for (struct outlet *outlet = topics_first(self->topics, ""); outlet; outlet = outlet->next)
        if (view_is_list(outlet->view) && outlet->view->door == DOOR_EVENTS &&
            view_shows(outlet->view, ring_event(entry)))
            add_event(self, outlet, entry);
    relay_list_changed(self);
}

/* A chat that was read with the open chats may be newer than this event. Then
 * it stays; who was told it so passes over the event's frame by its seq, and
 * who goes on after a cursor gets every version. */
static void change_chat(struct gateway *self, struct ring_entry *entry)
{
    struct chat chat = *ring_event(entry)->chat.items;

    chat.seq = ring_event(entry)->seq;
    if (replica_put(self->replica, &chat, reactor_now(self->reactor)) != REPLICA_ASIDE &&
        event_is_listed(ring_event(entry)))
        change_list(self, entry);
}

void relay_event(struct gateway *self, const struct event *event)
{
    preview_pass(self, event);
    struct ring_entry *entry = ring_add(self->ring, event);
    const char *chat_id = event->chat.count      ? event->chat.items->id
                          : event->message.count ? event->message.items->chat_id
                                                 : "";

    for (struct outlet *outlet = entry ? topics_first(self->topics, chat_id) : NULL; outlet;
         outlet = outlet->next)
        if (view_is_of_log(outlet->view) && view_shows(outlet->view, event))
            add_event(self, outlet, entry);
    if (event->chat.count)
        change_chat(self, entry);
    if (event->revocation.count && event->issuance.count)
        sessions_extend(self->sessions, event->revocation.items->token_id, event->issuance.items,
                        clock_wall_ms());
    else if (event->revocation.count)
        sessions_revoke(self->sessions, event->revocation.items->token_id);
    if (event->account.count) /* a deleted one has no roles */
        sessions_set_roles(self->sessions, event->account.items->id_code,
                           &event->account.items->roles, event->seq);
    if (event->settings.count)
        titles_changed(self);
    ring_trim(self->ring);
}

static void change(void *context, struct outlet *outlet)
{
    relay_fill(context, outlet);
}

void relay_waiting(struct gateway *self, const struct waiting *waiting)
{
    board_set_waiting(self->board, waiting);
    topics_each(self->topics, KIND_WAITING, change, self);
    topics_each(self->topics, KIND_PLACE, change, self);
}

void relay_health(struct gateway *self, const struct health *health)
{
    board_set_health(self->board, health);
    topics_each(self->topics, KIND_HEALTH, change, self);
}

/* ---- to the streams ---- */

static void make_list(struct gateway *self)
{
    struct outlet *outlet = topics_first(self->topics, "");

    while (outlet && (outlet->view->kind != KIND_CHATS || outlet->view->door != DOOR_SSE))
        outlet = outlet->next;
    if (!outlet)
        self->list_is_stale = false; /* it is made when somebody comes */
    else if (self->list_due <= reactor_now(self->reactor))
        relay_fill(self, outlet);
    else if (!self->list_timer.place)
        timers_set(frame_timers(self->frame), &self->list_timer, self->list_due);
}

/* The outlet may go with its last reader, so it is not looked at after. A
 * connection reads an outlet once, so what one does takes no other out. */
static void flush(struct outlet *outlet)
{
    struct link *end = &outlet->channel.subscribers;
    struct link *next;

    channel_offer(&outlet->channel);
    for (struct link *at = end->next; at != end; at = next) {
        struct subscriber *subscriber = LINK_OWNER(at, struct subscriber, place);
        next = at->next;
        flow_deliver(LINK_OWNER(subscriber, struct subscription, subscriber));
    }
}

void relay_flush(struct gateway *self)
{
    struct outlet *outlet;

    if (self->list_is_stale)
        make_list(self);
    topics_offer(self->topics);
    while ((outlet = topics_changed(self->topics)))
        flush(outlet);
}
