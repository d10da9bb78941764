#include "flow.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "answer.h"
#include "catchup.h"
#include "gateway.h"
#include "intake.h"
#include "relay.h"
#include "tally.h"
#include "view.h"

enum {
    FRAMES_A_WRITE = 64,
    HOLDS_MAX = 8, /* of the last word, each LANE_HELD long */
    RETRY_MS = 2000,
    RETRY_SPREAD_MS = 3000,
};

static void tell_text(struct connection *self, const char *text)
{
    flow_tell(self, text, strlen(text));
}

/* A browser that lost its stream waits this long; not all of them the same,
 * or they would all be back at once. */
static void write_retry(char *line, size_t size)
{
    snprintf(line, size, "retry: %" PRIu32 "\n",
             RETRY_MS + arc4random_uniform(RETRY_SPREAD_MS + 1));
}

void flow_tell(struct connection *self, const void *bytes, size_t size)
{
    struct outgoing *cors = self->own;
    msgpack_sbuffer head;
    char retry[32];

    if (self->is_corked) {
        self->is_corked = false;
        self->own = NULL;
        msgpack_sbuffer_init(&head);
        answer_stream(&head, cors->bytes);
        free(cors);
        if (self->door == DOOR_EVENTS) {
            write_retry(retry, sizeof(retry));
            view_text(&head, retry);
        }
        connection_say(self, head.data, head.size);
        msgpack_sbuffer_destroy(&head);
    }
    if (size)
        connection_say(self, bytes, size);
}

/* ---- open and close ---- */

static void enter(struct connection *self, const char *chat_id)
{
    struct outlet *outlet = topics_outlet(self->gateway->topics, chat_id, connection_view(self));

    channel_join(&outlet->channel, &self->subscriber);
}

/* A cursor that this log has not come to is from another one; what the
 * cursor of a message stream is good for, the answer tells. */
static bool is_unknown_cursor(const struct connection *self, const struct request *request)
{
    if (!request->has_cursor)
        return false;
    return request->cursor == -1 ||
           (connection_view(self)->kind != KIND_MESSAGES && sync_is_placed(self->gateway->sync) &&
            request->cursor > sync_position(self->gateway->sync));
}

static void take_bounds(struct connection *self, const struct request *request)
{
    self->has_bound = request->has_bound && !request->has_cursor;
    self->after = self->has_bound ? request->after : 0;
    self->after_seq = request->has_cursor && request->cursor > 0 ? request->cursor : 0;
}

static void take_request(struct connection *self, const struct request *request)
{
    self->stream = request->stream;
    self->door = request->door;
    self->is_empty = request->is_empty;
    take_bounds(self, request);
    tally_stream(self->stream, self->door, 1);
    if (request->session && !self->is_empty) {
        self->session = request->session;
        session_join(self->gateway->sessions, self->session, &self->of_session);
    }
}

void flow_open(struct connection *self, const struct request *request, const char *cors)
{
    const char *empty = request->stream->views[request->door]->empty;

    take_request(self, request);
    connection_say(self, cors, strlen(cors) + 1);
    self->is_corked = true;
    if (self->is_empty) {
        tell_text(self, empty);
    } else {
        enter(self, request->chat_id);
        if (self->door == DOOR_SSE)
            flow_tell(self, "", 0); /* these clients want to hear at once that it is open */
        else if (is_unknown_cursor(self, request))
            tell_text(self, "event: reset\ndata: {\"reason\":\"unknown-cursor\"}\n\n");
        catchup_take_up(self);
        catchup_begin(self);
    }
    flow_pump(self);
}

static void leave_channel(struct connection *self)
{
    struct channel *channel = self->subscriber.channel;

    if (!channel)
        return;
    connection_leave_channel(self);
    topics_release(self->gateway->topics, outlet_of(channel));
}

static void forget_question(struct connection *self)
{
    if (self->ticket)
        caller_forget(self->gateway->commands, self->ticket);
    self->ticket = 0;
    self->owed = OWED_NOTHING;
}

static void leave_session(struct connection *self)
{
    if (self->session)
        session_leave(self->gateway->sessions, self->session, &self->of_session);
    self->session = NULL;
}

void flow_close(struct connection *self)
{
    if (!self->stream)
        return;
    forget_question(self);
    catchup_leave(self);
    leave_channel(self);
    leave_session(self);
    tally_stream(self->stream, self->door, -1);
    self->stream = NULL;
}

/* ---- the right to it ---- */

/* Turns what it was given a right to into its own bytes. */
static void take_rest(struct connection *self)
{
    struct subscriber *subscriber = &self->subscriber;

    if (!subscriber->channel)
        return;
    channel_offer(subscriber->channel);
    if (self->is_corked && subscriber->cursor)
        flow_tell(self, "", 0);
    for (struct frame *frame = subscriber->cursor; frame; frame = frame->next) {
        size_t written = frame == subscriber->cursor ? subscriber->written : 0;
        connection_say(self, frame->bytes + written, frame->size - written);
    }
    subscriber_skip_all(subscriber);
    leave_channel(self);
}

static void end_after_own(struct connection *self, enum closing why)
{
    self->is_ending = true;
    self->ending = why;
    if (self->is_corked)
        flow_tell(self, "", 0);
}

void flow_lose(struct connection *self)
{
    take_rest(self);
    forget_question(self);
    leave_session(self);
    self->is_quiet = false;
    self->is_empty = true;
    if (self->door == DOOR_EVENTS)
        end_after_own(self, CLOSED_RIGHT_ENDED);
    flow_pump(self);
}

void flow_refuse(struct connection *self, const struct refusal *refusal)
{
    struct outgoing *cors = self->own;

    if (self->is_corked && self->door == DOOR_EVENTS) {
        self->own = NULL;
        self->is_corked = false;
        flow_close(self);
        intake_refuse(self, refusal, cors->bytes, METHOD_GET);
        free(cors);
        return;
    }
    if (self->door == DOOR_SSE)
        tell_text(self, connection_view(self)->empty);
    flow_lose(self);
}

void flow_restart(struct connection *self)
{
    if (!self->stream || self->is_empty)
        return;
    forget_question(self);
    self->handed = -1;
    self->after_seq = 0;
    if (self->door == DOOR_EVENTS) {
        self->has_bound = false;
        tell_text(self, "event: reset\ndata: {\"reason\":\"new-log\"}\n\n");
    }
    if (!view_keeps_last(connection_view(self)) && !self->subscriber.written)
        subscriber_skip_all(&self->subscriber);
    catchup_begin(self);
    flow_pump(self);
}

void flow_drain(struct connection *self)
{
    char retry[32];

    if (self->stream && self->door == DOOR_EVENTS) {
        write_retry(retry, sizeof(retry));
        tell_text(self, retry);
        tell_text(self, "\n");
        end_after_own(self, CLOSED_DRAINED);
        flow_pump(self);
    } else {
        reactor_close(self->gateway->reactor, self, CLOSED_DRAINED);
    }
}

/* ---- writing ---- */

static void block(struct connection *self, bool has_moved)
{
    struct reactor *reactor = self->gateway->reactor;

    reactor_watch_writing(reactor, self, true);
    if (self->lane != LANE_BLOCKED || has_moved)
        reactor_stand(reactor, self, LANE_BLOCKED);
}

/* Returns whether everything was written. */
static bool account(struct connection *self, enum wrote wrote, size_t sent)
{
    tally_wrote(sent);
    if (wrote == WROTE_FAILED)
        reactor_close(self->gateway->reactor, self, CLOSED_BY_CLIENT);
    else if (wrote != WROTE_ALL)
        block(self, sent > 0);
    return wrote == WROTE_ALL;
}

static void hand_out(struct connection *self, int64_t seq)
{
    if (seq > self->handed)
        self->handed = seq;
}

static bool write_own(struct connection *self, bool *has_moved)
{
    size_t sent;

    if (!self->own || self->is_corked)
        return true;
    enum wrote wrote = connection_write_own(self, &sent);
    if (!account(self, wrote, sent))
        return false;
    *has_moved = true;
    hand_out(self, self->own_seq);
    self->own_seq = 0;
    self->is_quiet = self->is_quiet || self->is_batch;
    self->is_batch = false;
    return true;
}

/* An array goes out alone, after which its client closes; so what waits
 * together has to be in one. */
static bool write_frames(struct connection *self, bool *has_moved)
{
    const struct view *view = connection_view(self);
    struct subscriber *subscriber = &self->subscriber;
    bool is_array = view_is_array(view);
    size_t sent;
    int64_t seq;

    if (self->is_corked)
        flow_tell(self, "", 0);
    if (is_array && !subscriber->written && subscriber->cursor->next)
        connection_merge(self, view);
    if (self->own)
        return true; /* that goes first */
    enum wrote wrote = connection_write_frames(self, is_array ? 1 : FRAMES_A_WRITE, &sent, &seq);
    hand_out(self, seq);
    self->is_quiet = is_array && seq;
    if (!account(self, wrote, sent))
        return false;
    *has_moved = true;
    return true;
}

static bool is_held_back(const struct connection *self)
{
    return self->subscriber.cursor->is_last_word && connection_view(self)->kind == KIND_CHAT &&
           self->door == DOOR_SSE && !self->may_end;
}

/* Returns where it has to wait, LANE_COUNT when it may write. */
static enum lane next_lane(const struct connection *self)
{
    if (self->is_ending)
        return LANE_LINGER;
    if (self->owed == OWED_ANSWER || self->owed == OWED_SYNC || self->owed == OWED_RETRY)
        return LANE_OPEN;
    if (self->is_quiet)
        return LANE_QUIET;
    if (self->owed == OWED_STATE)
        return LANE_HELD;
    if (!self->subscriber.cursor)
        return LANE_OPEN;
    return is_held_back(self) ? LANE_HELD : LANE_COUNT;
}

static void stand(struct connection *self, enum lane lane, bool has_moved)
{
    struct reactor *reactor = self->gateway->reactor;

    reactor_watch_writing(reactor, self, false);
    if (lane == LANE_LINGER && self->lane != lane)
        (void)shutdown(self->fd, SHUT_WR); /* when it fails, the client is gone already */
    if (self->lane != lane || (lane == LANE_OPEN && has_moved))
        reactor_stand(reactor, self, lane);
}

void flow_pump(struct connection *self)
{
    bool has_moved = false;
    enum lane lane;

    if (self->fd == -1)
        return;
    do {
        if (self->owed == OWED_STATE && !self->is_quiet && catchup_state(self))
            self->owed = self->owed == OWED_STATE ? OWED_NOTHING : self->owed;
        if (!write_own(self, &has_moved))
            return;
        lane = next_lane(self);
        if (lane == LANE_COUNT && !write_frames(self, &has_moved))
            return;
    } while (lane == LANE_COUNT);
    stand(self, lane, has_moved);
}

/* ---- what happens to it ---- */

/* More is waiting than a stream may be behind. */
static void overflow(struct connection *self)
{
    if (self->owed == OWED_ANSWER || self->owed == OWED_RETRY || self->owed == OWED_SYNC) {
        subscriber_skip_all(&self->subscriber); /* the answer to come has it all */
        forget_question(self);
        catchup_begin(self);
    } else if (self->is_writing) {
        reactor_close(self->gateway->reactor, self, CLOSED_BEHIND);
    } else {
        self->is_quiet = false;
        self->may_end = true;
        flow_pump(self);
    }
}

void flow_deliver(struct connection *self)
{
    bool is_behind = !view_keeps_last(connection_view(self)) &&
                     subscriber_behind(&self->subscriber) > self->gateway->stream_bytes;

    if (is_behind)
        overflow(self);
    else if (!self->is_writing)
        flow_pump(self);
}

void flow_wake(struct connection *self)
{
    bool is_placed = sync_is_placed(self->gateway->sync);

    if (self->owed == OWED_RETRY || (self->owed == OWED_SYNC && is_placed)) {
        self->owed = OWED_NOTHING;
        catchup_begin(self);
        flow_pump(self);
    }
}

/* Nothing was said for a while. */
static void beat(struct connection *self)
{
    const struct view *view = connection_view(self);

    if (self->door == DOOR_EVENTS || (self->owed && !self->is_empty))
        tell_text(self, ":\n\n");
    else if (self->is_empty || view->kind == KIND_MESSAGES)
        tell_text(self, view->empty);
    else if (view_keeps_last(view))
        subscriber_repeat(&self->subscriber);
    else
        self->owed = OWED_STATE;
    flow_pump(self);
}

static void hold_on(struct connection *self)
{
    if (catchup_has_messages_to_go(self) && self->holds < HOLDS_MAX) {
        self->holds = (self->holds + 1U) & 15U;
        return;
    }
    self->may_end = true;
    flow_pump(self);
}

void flow_due(struct connection *self, enum lane lane)
{
    const struct refusal late = refusal_of_head(408);

    switch (lane) {
    case LANE_HEAD:
        self->has_head = true;
        intake_refuse(self, &late, "", METHOD_GET);
        return;
    case LANE_OPEN:
        beat(self);
        return;
    case LANE_QUIET:
        self->is_quiet = false;
        self->has_follower = false;
        flow_pump(self);
        return;
    case LANE_HELD:
        hold_on(self);
        return;
    case LANE_BLOCKED:
        reactor_close(self->gateway->reactor, self, CLOSED_STALLED);
        return;
    case LANE_LINGER:
    case LANE_COUNT:
        reactor_close(self->gateway->reactor, self, CLOSED_REFUSED);
    }
}
