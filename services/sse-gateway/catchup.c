#include "catchup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "gateway.h"
#include "own.h"
#include "pump.h"
#include "relay.h"
#include "tally.h"
#include "view.h"

enum {
    ANSWER_MS = 5000,
    LAST_WORD_MS = 250, /* clients.md §2 point 5 */
    REMEMBER_MS = 600000,
    /* An agent goes from chat to chat and reads each from the start again, and
     * some of their programs show a message twice that comes twice. */
    REMEMBER_AGENT_MS = 10000,
    READER_SIZE = 128,
};

static const char *chat_of(const struct connection *self)
{
    return outlet_of(self->subscriber.channel)->topic->id;
}

/* ---- what was handed out ---- */

/* Only a stream that starts at its reader's own clock can miss something. */
static bool is_remembered(const struct connection *self)
{
    return view_is_array(connection_view(self)) && self->session && self->subscriber.channel &&
           self->has_bound;
}

static void name_reader(const struct connection *self, char reader[READER_SIZE])
{
    snprintf(reader, READER_SIZE, "%s %s %s", self->session->token_id, chat_of(self),
             self->stream->name);
}

static bool is_same_reader(const struct connection *self, const struct connection *other)
{
    return other != self && other->stream == self->stream && other->door == self->door &&
           other->subscriber.channel == self->subscriber.channel;
}

/* A client closes and opens at once, and the new stream may be here before the
 * end of the old one is seen. One that has just handed out a batch is such an
 * old one. */
static struct connection *predecessor(const struct connection *self)
{
    const struct link *streams_of = &self->session->streams;

    for (struct link *at = streams_of->next; at != streams_of; at = at->next) {
        struct connection *other = LINK_OWNER(at, struct connection, of_session);
        if (is_same_reader(self, other) && other->is_quiet && !other->has_follower)
            return other;
    }
    return NULL;
}

void catchup_take_up(struct connection *self)
{
    char reader[READER_SIZE];

    if (!is_remembered(self))
        return;
    name_reader(self, reader);
    int64_t seq = handed_take(self->gateway->handed, reader, reactor_now(self->gateway->reactor));
    if (seq == -1) {
        struct connection *before = predecessor(self);
        if (before) {
            before->has_follower = true;
            seq = before->handed;
        }
    }
    self->handed = seq;
    self->after_seq = seq > 0 ? seq : 0;
}

void catchup_leave(struct connection *self)
{
    char reader[READER_SIZE];
    int64_t now = reactor_now(self->gateway->reactor);
    bool is_agent = self->stream->who == WHO_AGENT;

    if (self->handed < 0 || self->has_follower || !is_remembered(self))
        return;
    name_reader(self, reader);
    handed_leave(self->gateway->handed, reader, self->handed, now,
                 now + (is_agent ? REMEMBER_AGENT_MS : REMEMBER_MS));
}

bool catchup_has_messages_to_go(const struct connection *self)
{
    const struct link *streams_of = &self->session->streams;

    for (struct link *at = streams_of->next; at != streams_of; at = at->next) {
        const struct connection *other = LINK_OWNER(at, struct connection, of_session);
        if (connection_view(other)->kind == KIND_MESSAGES &&
            (other->owed || other->own || other->subscriber.cursor))
            return true;
    }
    return false;
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
static void write_frames(const struct view *view, const struct messages_found *found,
                         msgpack_sbuffer *out)
{
    size_t count = found->messages.count;
    const struct message **order = own_zero((count + 1) * sizeof(void *));
    char position[32];

    for (size_t i = 0; i < count; i++)
        order[i] = &found->messages.items[i];
    qsort(order, count, sizeof(void *), compare_seq);
    for (size_t i = 0; i < count; i++) {
        view_open(view, out, order[i]->seq);
        view->message(out, order[i]);
        view_close(view, out);
    }
    free(order);
    snprintf(position, sizeof(position), "id: %" PRId64 "\n\n", found->seq);
    view_text(out, position);
}

static void write_array(const struct view *view, const struct messages_found *found,
                        msgpack_sbuffer *out)
{
    view_open(view, out, 0);
    for (size_t i = 0; i < found->messages.count; i++) {
        if (i > 0)
            view_text(out, ",");
        view->message(out, &found->messages.items[i]);
    }
    view_close(view, out);
}

static void tell_messages(struct connection *self, const struct messages_found *found)
{
    const struct view *view = connection_view(self);
    msgpack_sbuffer bytes;

    msgpack_sbuffer_init(&bytes);
    if (view_is_array(view))
        write_array(view, found, &bytes);
    else
        write_frames(view, found, &bytes);
    pump_tell(self, bytes.data, bytes.size);
    msgpack_sbuffer_destroy(&bytes);
    self->is_batch = view_is_array(view) && found->messages.count > 0;
    self->own_seq = found->seq;
}

/* The answer knows a log that the cursor cannot be of: everything, anew. */
static void reset_cursor(struct connection *self)
{
    pump_tell_control(self, CONTROL_RESET, "reason", "unknown-cursor");
    self->after_seq = 0;
    catchup_begin(self);
}

static void refuse_question(struct connection *self, const struct request_refused *refused)
{
    const struct refusal refusal = {(int)refused->status, refused->code, refused->sentence};

    if (refused->status < 500) {
        flow_refuse(self, &refusal);
        return;
    }
    self->owed = OWED_RETRY;
    pump_tell(self, "", 0); /* the client need not wait for its head meanwhile */
    pump_run(self);
}

/* Frames that came while the question was on its way are in the channel, and
 * others may be on their way yet, as answers and events do not wait for each
 * other; those that the answer has are passed over. Whatever was published
 * before the question was committed before it, so the answer has it. */
static void on_messages(void *arg, enum message_id type, const void *answer)
{
    struct connection *self = arg;
    const struct messages_found *found = answer;

    reactor_turn(self->gateway->reactor);
    self->ticket = 0;
    self->owed = OWED_NOTHING;
    if (type == MESSAGE_request_refused) {
        refuse_question(self, answer);
        return;
    }
    if (type != MESSAGE_messages_found)
        return;
    if (self->door == DOOR_EVENTS && self->after_seq > found->seq) {
        reset_cursor(self);
    } else {
        tell_messages(self, found);
        subscriber_skip(&self->subscriber, found->seq);
    }
    pump_run(self);
}

static void ask_messages(struct connection *self)
{
    struct messages_get question = {.after = self->after, .after_seq = self->after_seq};

    memcpy(question.chat_id, chat_of(self), UUID_SIZE);
    tally_catch_up();
    self->owed = OWED_ANSWER;
    self->ticket = caller_ask(self->gateway->commands, MESSAGE_messages_get, &question, ANSWER_MS,
                              on_messages, self);
}

/* ---- a chat ---- */

static void tell_chat(struct connection *self, const struct chat *chat)
{
    const struct view *view = connection_view(self);
    msgpack_sbuffer bytes;

    msgpack_sbuffer_init(&bytes);
    view_open(view, &bytes, chat->seq);
    view_chat(&bytes, chat);
    view_close(view, &bytes);
    pump_tell(self, bytes.data, bytes.size);
    msgpack_sbuffer_destroy(&bytes);
}

static void on_chat(void *arg, enum message_id type, const void *answer)
{
    struct connection *self = arg;
    const struct chat_found *found = answer;

    reactor_turn(self->gateway->reactor);
    self->ticket = 0;
    self->owed = OWED_NOTHING;
    if (type == MESSAGE_request_refused) {
        refuse_question(self, answer);
        return;
    }
    if (type == MESSAGE_chat_found) {
        tell_chat(self, found->chat.items);
        subscriber_skip(&self->subscriber, found->seq);
    }
    pump_run(self);
}

static void ask_chat(struct connection *self)
{
    struct chat_get question = {0};

    memcpy(question.chat_id, chat_of(self), UUID_SIZE);
    self->owed = OWED_ANSWER;
    self->ticket =
        caller_ask(self->gateway->commands, MESSAGE_chat_get, &question, ANSWER_MS, on_chat, self);
}

/* An ended chat's state waits for the closing message, also in a stream that
 * has just been opened: the reader opens both at once. */
static bool is_held_back(struct connection *self, int64_t ended_at)
{
    int64_t now = reactor_now(self->gateway->reactor);

    return self->door == DOOR_SSE && ended_at && !self->may_end &&
           (now - ended_at < LAST_WORD_MS || catchup_has_messages_to_go(self));
}

/* ---- all chats ---- */

static void tell_rows(struct connection *self)
{
    const struct view *view = connection_view(self);
    struct replica *replica = self->gateway->replica;
    msgpack_sbuffer bytes;
    char end[64];

    msgpack_sbuffer_init(&bytes);
    for (size_t i = 0; i < replica_count(replica); i++) {
        struct replica_row row = replica_row(replica, i);
        view_open(view, &bytes, row.chat->seq);
        msgpack_sbuffer_write(&bytes, row.json, row.size);
        view_close(view, &bytes);
    }
    snprintf(end, sizeof(end), "event: snapshot-end\nid: %" PRId64 "\ndata: {}\n\n",
             sync_position(self->gateway->sync));
    view_text(&bytes, end);
    pump_tell(self, bytes.data, bytes.size);
    msgpack_sbuffer_destroy(&bytes);
}

/* ---- at the beginning ---- */

bool catchup_state(struct connection *self)
{
    int64_t ended_at;

    if (connection_view(self)->kind == KIND_CHATS) {
        tell_rows(self);
        return true;
    }
    const struct chat *chat = replica_find(self->gateway->replica, chat_of(self), &ended_at);
    if (chat && is_held_back(self, ended_at))
        return false;
    if (chat)
        tell_chat(self, chat);
    else
        ask_chat(self);
    return true;
}

void catchup_begin(struct connection *self)
{
    const struct view *view = connection_view(self);
    bool is_placed = sync_is_placed(self->gateway->sync);

    bool is_of_log =
        view->kind == KIND_MESSAGES || view->kind == KIND_CHAT || view->kind == KIND_CHATS;

    if (is_of_log && !is_placed) {
        /* Also for messages: what is stored between their answer and the place
         * in the log that is taken later would reach nobody. */
        self->owed = OWED_SYNC;
    } else if (view->kind == KIND_MESSAGES) {
        ask_messages(self);
    } else if (view_keeps_last(view)) {
        if (!self->subscriber.channel->newest) {
            relay_fill(self->gateway, outlet_of(self->subscriber.channel));
            channel_offer(self->subscriber.channel);
        }
        if (!self->subscriber.cursor)
            subscriber_repeat(&self->subscriber);
    } else {
        self->owed = OWED_STATE;
    }
}
