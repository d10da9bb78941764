#include "catchup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ending.h"
#include "flow.h"
#include "gateway.h"
#include "handover.h"
#include "own.h"
#include "pump.h"
#include "relay.h"
#include "resume.h"
#include "tally.h"
#include "view.h"

enum {
    ANSWER_MS = 5000,
    LAST_WORD_MS = 250, /* clients.md §2 point 5 */
};

const char *subject_of(const struct subscription *self)
{
    return outlet_of(self->subscriber.channel)->topic->id;
}

const char *topic_of(const struct subscription *self)
{
    return outlet_of(self->subscriber.channel)->name;
}

static struct gateway *gateway_of(const struct subscription *self)
{
    return self->connection->gateway;
}

bool catchup_has_messages_to_go(const struct connection *self)
{
    const struct link *streams_of = &self->seat.session->streams;

    for (struct link *at = streams_of->next; at != streams_of; at = at->next) {
        const struct connection *other = LINK_OWNER(at, struct seat, place)->connection;
        if (connection_view(other)->kind == KIND_MESSAGES &&
            (other->only.owed || other->own || subscription_has_next(&other->only)))
            return true;
    }
    return handover_is_awaited(self);
}

/* ---- a state ---- */

/* On a stream with several topics an id counts for all of them, so a state
 * has none: not before all were told (catchup_place). Nor has one that is told
 * again: no event made it, and the client's cursor stays. */
static int64_t id_of(const struct subscription *self, int64_t seq)
{
    return topic_of(self) || self->is_outdated ? 0 : seq;
}

/* What was told is the state as of seq. */
static void told_state(struct subscription *self, int64_t seq)
{
    self->after_seq = seq;
    self->has_state = true;
    self->is_outdated = false;
    subscriber_skip(&self->subscriber, seq);
}

static void tell(struct subscription *self, msgpack_sbuffer *bytes)
{
    pump_tell(self->connection, bytes->data, bytes->size);
    msgpack_sbuffer_destroy(bytes);
}

void catchup_refuse(struct subscription *self, const struct request_refused *refused)
{
    const struct refusal refusal = {(int)refused->status, refused->code, refused->sentence};

    if (refused->status < 500) {
        ending_refuse(self, &refusal);
        return;
    }
    self->owed = OWED_RETRY;
    flow_wait(self->connection);
}

void catchup_forget(struct subscription *self)
{
    if (self->ticket)
        caller_forget(gateway_of(self)->commands, self->ticket);
    self->ticket = 0;
    self->owed = OWED_NOTHING;
}

/* Returns whether the question was answered. */
static bool take_answer(struct subscription *self, enum message_id type, const void *answer)
{
    reactor_turn(gateway_of(self)->reactor);
    self->ticket = 0;
    self->owed = OWED_NOTHING;
    if (type == MESSAGE_request_refused) {
        catchup_refuse(self, answer);
        return false;
    }
    return true;
}

void catchup_place(struct connection *self)
{
    const struct subscription *subscriptions = subscriptions_of(self);
    int64_t least = INT64_MAX;
    char position[48];

    self->is_unplaced = false;
    for (unsigned i = 0; i < self->count; i++) {
        if (!view_is_of_log(subscriptions[i].view))
            continue;
        if (!subscriptions[i].has_state)
            return; /* it goes on after the client's cursor, which has to stay so far */
        least = subscriptions[i].after_seq < least ? subscriptions[i].after_seq : least;
    }
    if (least == INT64_MAX)
        return;
    snprintf(position, sizeof(position), "id: %" PRId64 ".%d\n\n", least, PART_LAST);
    pump_tell_text(self, position);
}

/* ---- messages ---- */

static int compare_seq(const void *a, const void *b)
{
    const struct message *left = *(const struct message *const *)a;
    const struct message *right = *(const struct message *const *)b;

    return left->seq < right->seq ? -1 : left->seq > right->seq;
}

/* Natively each message has its id, so they go in the order of seq: whoever
 * breaks off in the middle has missed what comes after. */
static void write_frames(const struct subscription *self, const struct messages_found *found,
                         msgpack_sbuffer *out)
{
    size_t count = found->messages.count;
    const struct message **order = own_zero((count + 1) * sizeof(void *));
    char position[32];

    for (size_t i = 0; i < count; i++)
        order[i] = &found->messages.items[i];
    qsort(order, count, sizeof(void *), compare_seq);
    for (size_t i = 0; i < count; i++) {
        view_open(self->view, out, topic_of(self), id_of(self, order[i]->seq));
        shape_write_message(self->view->shape, out, order[i]);
        view_close(self->view, out, topic_of(self));
    }
    free(order);
    if (topic_of(self))
        return;
    snprintf(position, sizeof(position), "id: %" PRId64 "\n\n", found->seq);
    view_text(out, position);
}

static void write_array(const struct view *view, const struct messages_found *found,
                        msgpack_sbuffer *out)
{
    view_open(view, out, NULL, 0);
    for (size_t i = 0; i < found->messages.count; i++) {
        if (i > 0)
            view_text(out, ",");
        shape_write_message(view->shape, out, &found->messages.items[i]);
    }
    view_close(view, out, NULL);
}

static void tell_messages(struct subscription *self, const struct messages_found *found)
{
    struct connection *connection = self->connection;
    msgpack_sbuffer bytes;

    msgpack_sbuffer_init(&bytes);
    if (view_is_array(self->view))
        write_array(self->view, found, &bytes);
    else
        write_frames(self, found, &bytes);
    tell(self, &bytes);
    connection->is_batch = view_is_array(self->view) && found->messages.count > 0;
    connection->own_seq = found->seq;
}

/* Frames that came while the question was on its way are in the channel, and
 * others may be on their way yet, as answers and events do not wait for each
 * other; those that the answer has are passed over. Whatever was published
 * before the question was committed before it, so the answer has it. */
static void on_messages(void *arg, enum message_id type, const void *answer)
{
    struct subscription *self = arg;
    const struct messages_found *found = answer;

    if (!take_answer(self, type, answer) || type != MESSAGE_messages_found)
        return;
    tell_messages(self, found);
    told_state(self, found->seq);
    pump_run(self->connection);
}

static void ask_messages(struct subscription *self)
{
    struct messages_get question = {.after = self->is_onward ? 0 : self->after,
                                    .after_seq = self->after_seq};

    memcpy(question.chat_id, subject_of(self), UUID_SIZE);
    tally_catch_up();
    self->owed = OWED_ANSWER;
    self->ticket = caller_ask(gateway_of(self)->commands, MESSAGE_messages_get, &question,
                              ANSWER_MS, on_messages, self);
}

/* ---- a chat ---- */

static void tell_chat(struct subscription *self, const struct chat *chat)
{
    msgpack_sbuffer bytes;

    msgpack_sbuffer_init(&bytes);
    view_open(self->view, &bytes, topic_of(self), id_of(self, chat->seq));
    shape_write_chat(self->view->shape, &bytes, chat, gateway_of(self)->hides_titles);
    view_close(self->view, &bytes, topic_of(self));
    tell(self, &bytes);
}

static void on_chat(void *arg, enum message_id type, const void *answer)
{
    struct subscription *self = arg;
    const struct chat_found *found = answer;

    if (!take_answer(self, type, answer))
        return;
    if (type == MESSAGE_chat_found) {
        tell_chat(self, found->chat.items);
        told_state(self, found->seq);
    }
    pump_run(self->connection);
}

static void ask_chat(struct subscription *self)
{
    struct chat_get question = {0};

    memcpy(question.chat_id, subject_of(self), UUID_SIZE);
    self->owed = OWED_ANSWER;
    self->ticket = caller_ask(gateway_of(self)->commands, MESSAGE_chat_get, &question, ANSWER_MS,
                              on_chat, self);
}

/* An ended chat's state waits for the closing message, also in a stream that
 * has just been opened: the reader opens both at once. */
static bool is_held_back(struct connection *self, int64_t ended_at)
{
    int64_t now = reactor_now(self->gateway->reactor);

    return self->door == DOOR_SSE && ended_at && !self->may_end &&
           (now - ended_at < LAST_WORD_MS || catchup_has_messages_to_go(self));
}

/* A chat of which the open chats told more than the log has by now. */
static int64_t later(int64_t seq, int64_t position)
{
    return seq > position ? seq : position;
}

/* ---- all chats ---- */

static void write_snapshot_end(const struct subscription *self, int64_t position,
                               msgpack_sbuffer *out)
{
    char id[32];

    view_text(out, "event: snapshot-end\n");
    if (topic_of(self)) {
        view_text(out, "data: {\"topic\":");
        view_string(out, topic_of(self));
        view_text(out, "}\n\n");
    } else {
        snprintf(id, sizeof(id), "id: %" PRId64 "\n", position);
        view_text(out, id);
        view_text(out, "data: {}\n\n");
    }
}

/* The rows come in the order of the list, not of seq, so none has an id: who
 * breaks off in the middle begins again. */
static void tell_rows(struct subscription *self)
{
    struct replica *replica = gateway_of(self)->replica;
    int64_t position = sync_position(gateway_of(self)->sync);
    msgpack_sbuffer bytes;

    msgpack_sbuffer_init(&bytes);
    for (size_t i = 0; i < replica_count(replica); i++) {
        struct replica_row row = replica_row(replica, i);
        if (row.chat->is_with_bot)
            continue;
        view_open(self->view, &bytes, topic_of(self), 0);
        msgpack_sbuffer_write(&bytes, row.json, row.size);
        view_close(self->view, &bytes, topic_of(self));
    }
    write_snapshot_end(self, position, &bytes);
    tell(self, &bytes);
    told_state(self, position);
}

/* ---- at the beginning ---- */

bool catchup_state(struct subscription *self)
{
    int64_t ended_at;

    if (self->view->kind == KIND_CHATS) {
        tell_rows(self);
        return true;
    }
    const struct chat *chat = replica_find(gateway_of(self)->replica, subject_of(self), &ended_at);
    if (chat && is_held_back(self->connection, ended_at))
        return false;
    if (chat) {
        tell_chat(self, chat);
        told_state(self, later(chat->seq, sync_position(gateway_of(self)->sync)));
    } else {
        ask_chat(self);
    }
    return true;
}

static void begin_last_value(struct subscription *self)
{
    struct subscriber *subscriber = &self->subscriber;

    if (!subscriber->channel->newest) {
        relay_fill(gateway_of(self), outlet_of(subscriber->channel));
        channel_offer(subscriber->channel);
    }
    if (!subscriber->cursor)
        subscriber_repeat(subscriber);
    /* contract N-02: that it has no place is only told to who heard of one. */
    if (self->view->kind == KIND_PLACE && !board_place(gateway_of(self)->board, subject_of(self)))
        subscriber_skip_all(subscriber);
}

/* Nothing is told but from where on it hears everything: who breaks off before
 * the first hint comes back with that. */
static void begin_hints(struct subscription *self)
{
    int64_t position = sync_position(gateway_of(self)->sync);
    char id[32];

    snprintf(id, sizeof(id), "id: %" PRId64 "\n\n", position);
    self->owed = OWED_NOTHING;
    pump_tell_text(self->connection, id);
    told_state(self, position);
}

static void begin_state(struct subscription *self)
{
    self->owed = OWED_STATE;
    self->is_outdated = false;
}

void catchup_renew(struct subscription *self)
{
    const struct sync *sync = gateway_of(self)->sync;

    if (self->is_outdated && self->owed == OWED_NOTHING && !subscription_has_next(self) &&
        sync_is_placed(sync) && self->subscriber.seen <= sync_position(sync))
        self->owed = OWED_STATE;
}

void catchup_begin(struct subscription *self)
{
    bool is_placed = sync_is_placed(gateway_of(self)->sync);

    if (view_is_of_log(self->view) && !is_placed)
        /* Also for messages: what is stored between their answer and the place
         * in the log that is taken later would reach nobody. */
        self->owed = OWED_SYNC;
    else if (self->reset || self->is_resuming)
        resume_begin(self);
    else if (view_is_hint(self->view))
        begin_hints(self);
    else if (self->view->kind == KIND_MESSAGES)
        ask_messages(self);
    else if (view_keeps_last(self->view))
        begin_last_value(self);
    else
        begin_state(self);
}
