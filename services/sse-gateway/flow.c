#include "flow.h"

#include <stdio.h>
#include <stdlib.h>

#include "catchup.h"
#include "gateway.h"
#include "intake.h"
#include "pump.h"
#include "relay.h"
#include "rights.h"
#include "tally.h"

enum {
    HOLDS_MAX = 8, /* of the last word, each LANE_HELD long */
    /* When a client comes back whose stream was ended for its age alone. */
    ROTATION_MS = 100,
    ROTATION_SPREAD_MS = 900,
};

static void tell_text(struct connection *self, const char *text)
{
    pump_tell(self, text, strlen(text));
}

/* ---- close ---- */

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
    sources_leave(self->gateway->sources, self->source);
    self->source = NULL;
    if (!self->stream)
        return;
    timers_cancel(frame_timers(self->gateway->frame), &self->rotation);
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
        pump_tell(self, "", 0);
    for (struct frame *frame = subscriber->cursor; frame; frame = frame->next) {
        size_t written = frame == subscriber->cursor ? subscriber->written : 0;
        connection_say(self, frame->bytes + written, frame->size - written);
    }
    subscriber_skip_all(subscriber);
    leave_channel(self);
}

static void end_after_own(struct connection *self, enum closing why, unsigned soonest,
                          unsigned spread)
{
    timers_cancel(frame_timers(self->gateway->frame), &self->rotation);
    self->is_ending = true;
    self->ending = why;
    pump_tell_retry(self, soonest, spread);
}

void flow_warn(struct connection *self)
{
    if (self->door != DOOR_EVENTS || self->is_ending)
        return;
    pump_tell_expiring(self);
    pump_run(self);
}

/* From now on there is nothing more for it than what is its own already. Who
 * has not been told yet what it missed must not get what came after that: its
 * cursor would pass over it. */
static void lose(struct connection *self)
{
    if (self->door == DOOR_EVENTS && self->owed)
        leave_channel(self);
    else
        take_rest(self);
    forget_question(self);
    leave_session(self);
    self->is_quiet = false;
    self->is_empty = true;
}

void flow_lose(struct connection *self, enum session_end how)
{
    bool has_expired = how == SESSION_EXPIRED;

    lose(self);
    if (self->door == DOOR_EVENTS) {
        pump_tell_control(self, CONTROL_REVOKED, "reason",
                          has_expired ? "token-expired" : "token-revoked");
        end_after_own(self, has_expired ? CLOSED_EXPIRED : CLOSED_REVOKED, COMEBACK_MS,
                      COMEBACK_SPREAD_MS);
    } else if (has_expired) {
        tell_text(self, connection_view(self)->empty);
    }
    pump_run(self);
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
    lose(self);
    if (self->door == DOOR_EVENTS)
        end_after_own(self, CLOSED_RIGHT_ENDED, COMEBACK_MS, COMEBACK_SPREAD_MS);
    pump_run(self);
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
        pump_tell_control(self, CONTROL_RESET, "reason", "new-log");
    }
    if (!view_keeps_last(connection_view(self)) && !self->subscriber.written)
        subscriber_skip_all(&self->subscriber);
    catchup_begin(self);
    pump_run(self);
}

/* ---- how long it lives ---- */

/* What waits in the channel is left there, as the client's cursor asks for it. */
static void rotate(void *arg)
{
    struct connection *self = arg;
    struct gateway *gateway = self->gateway;

    reactor_turn(gateway->reactor);
    leave_channel(self);
    forget_question(self);
    leave_session(self);
    self->is_empty = true;
    if (gateway->is_draining) {
        pump_tell_control(self, CONTROL_DRAINING, NULL, NULL);
        end_after_own(self, CLOSED_DRAINED, COMEBACK_MS, COMEBACK_SPREAD_MS);
    } else {
        end_after_own(self, CLOSED_ROTATED, ROTATION_MS, ROTATION_SPREAD_MS);
    }
    pump_run(self);
}

static void rotate_within(struct connection *self, int64_t soonest, int64_t spread)
{
    self->rotation.on_time = rotate;
    self->rotation.self = self;
    timers_set(frame_timers(self->gateway->frame), &self->rotation,
               reactor_now(self->gateway->reactor) + soonest +
                   arc4random_uniform((uint32_t)spread + 1));
}

void flow_drain(struct connection *self)
{
    if (self->stream && self->door == DOOR_EVENTS && !self->is_ending)
        rotate_within(self, 0, self->gateway->drain_ms);
}

/* The lifetime of each is another, so that they do not come back all at once:
 * up to a fifth more or less. */
static void start_lifetime(struct connection *self)
{
    int64_t lifetime_ms = self->gateway->lifetime_s * 1000;

    if (self->door == DOOR_EVENTS && lifetime_ms)
        rotate_within(self, lifetime_ms * 4 / 5, lifetime_ms * 2 / 5);
}

/* ---- open ---- */

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
        rights_expect(self->gateway);
    }
}

void flow_open(struct connection *self, const struct request *request, const char *cors)
{
    const char *empty = request->stream->views[request->door]->empty;

    take_request(self, request);
    connection_say(self, cors, strlen(cors) + 1);
    self->is_corked = true;
    start_lifetime(self);
    if (self->is_empty) {
        tell_text(self, empty);
    } else {
        enter(self, request->chat_id);
        if (self->door == DOOR_SSE)
            pump_tell(self, "", 0); /* these clients want to hear at once that it is open */
        else if (is_unknown_cursor(self, request))
            pump_tell_control(self, CONTROL_RESET, "reason", "unknown-cursor");
        catchup_take_up(self);
        catchup_begin(self);
    }
    pump_run(self);
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
        pump_run(self);
    }
}

void flow_deliver(struct connection *self)
{
    bool is_behind = !view_keeps_last(connection_view(self)) &&
                     subscriber_behind(&self->subscriber) > self->gateway->stream_bytes;

    if (is_behind)
        overflow(self);
    else if (!self->is_writing)
        pump_run(self);
}

void flow_wake(struct connection *self)
{
    bool is_placed = sync_is_placed(self->gateway->sync);

    if (self->owed == OWED_RETRY || (self->owed == OWED_SYNC && is_placed)) {
        self->owed = OWED_NOTHING;
        catchup_begin(self);
        pump_run(self);
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
    pump_run(self);
}

static void hold_on(struct connection *self)
{
    if (catchup_has_messages_to_go(self) && self->holds < HOLDS_MAX) {
        self->holds = (self->holds + 1U) & 15U;
        return;
    }
    self->may_end = true;
    pump_run(self);
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
        pump_run(self);
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
