#include "flow.h"

#include <stdlib.h>

#include "catchup.h"
#include "gateway.h"
#include "intake.h"
#include "own.h"
#include "pump.h"
#include "resume.h"
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

static void leave_channels(struct connection *self)
{
    struct subscription *subscriptions = subscriptions_of(self);

    connection_finish_frame(self);
    for (unsigned i = 0; i < self->count; i++) {
        struct channel *channel = subscriptions[i].subscriber.channel;
        subscription_drop_missed(&subscriptions[i]);
        if (!channel)
            continue;
        channel_leave(&subscriptions[i].subscriber);
        topics_release(self->gateway->topics, outlet_of(channel));
    }
}

static void forget_question(struct subscription *self)
{
    if (self->ticket)
        caller_forget(self->connection->gateway->commands, self->ticket);
    self->ticket = 0;
    self->owed = OWED_NOTHING;
}

static void forget_questions(struct connection *self)
{
    struct subscription *subscriptions = subscriptions_of(self);

    for (unsigned i = 0; i < self->count; i++)
        forget_question(&subscriptions[i]);
}

static void leave_seat(struct connection *self, struct seat *seat)
{
    if (seat->session)
        session_leave(self->gateway->sessions, seat->session, &seat->place);
    seat->session = NULL;
}

static void leave_sessions(struct connection *self)
{
    leave_seat(self, &self->seat);
    if (self->several)
        leave_seat(self, &self->several->seat);
}

static void free_several(struct connection *self)
{
    if (self->several)
        free(self->several->cors);
    free(self->several);
    self->several = NULL;
    self->count = 0;
}

void flow_close(struct connection *self)
{
    sources_leave(self->gateway->sources, self->source);
    self->source = NULL;
    if (!self->stream)
        return;
    timers_cancel(frame_timers(self->gateway->frame), &self->rotation);
    forget_questions(self);
    catchup_leave(self);
    leave_channels(self);
    leave_sessions(self);
    free_several(self);
    tally_stream(self->stream, self->door, -1);
    self->stream = NULL;
}

/* ---- the right to it ---- */

/* Turns what it was given a right to into its own bytes. */
static void take_rest(struct connection *self)
{
    struct subscription *subscriptions = subscriptions_of(self);
    bool is_any = false;

    for (unsigned i = 0; i < self->count; i++) {
        if (subscriptions[i].subscriber.channel)
            channel_offer(subscriptions[i].subscriber.channel);
        is_any = is_any || subscription_has_next(&subscriptions[i]);
    }
    if (self->is_corked && is_any)
        pump_tell(self, "", 0);
    connection_take_rest(self);
}

static bool owes_anything(struct connection *self)
{
    const struct subscription *subscriptions = subscriptions_of(self);

    for (unsigned i = 0; i < self->count; i++)
        if (subscriptions[i].owed)
            return true;
    return false;
}

static void end_after_own(struct connection *self, enum closing why, unsigned soonest,
                          unsigned spread)
{
    timers_cancel(frame_timers(self->gateway->frame), &self->rotation);
    self->is_ending = true;
    self->ending = why;
    pump_tell_retry(self, soonest, spread);
}

void flow_warn(struct connection *self, const struct session *session)
{
    if (self->door != DOOR_EVENTS || self->is_ending)
        return;
    pump_tell_expiring(self, session);
    pump_run(self);
}

/* From now on there is nothing more for it than what is its own already. Who
 * has not been told yet what it missed must not get what came after that: its
 * cursor would pass over it. */
static void lose(struct connection *self)
{
    if (self->door == DOOR_SSE || !owes_anything(self))
        take_rest(self);
    leave_channels(self);
    forget_questions(self);
    leave_sessions(self);
    self->is_quiet = false;
    self->is_empty = true;
}

/* What a client of /sse/ that sees its right end is shown: who ended its chat
 * has still the last word to read. */
void flow_lose(struct connection *self, enum session_end how)
{
    static const struct {
        const char *reason;
        enum closing closing;
    } ends[] = {
        [SESSION_EXPIRED] = {"token-expired", CLOSED_EXPIRED},
        [SESSION_REVOKED] = {"token-revoked", CLOSED_REVOKED},
        [SESSION_ROLE_LOST] = {"role-lost", CLOSED_ROLE_LOST},
    };

    lose(self);
    if (self->door == DOOR_EVENTS) {
        pump_tell_control(self, CONTROL_REVOKED, "reason", ends[how].reason);
        end_after_own(self, ends[how].closing, COMEBACK_MS, COMEBACK_SPREAD_MS);
    } else if (how != SESSION_REVOKED) {
        tell_text(self, connection_view(self)->empty);
    }
    pump_run(self);
}

/* Returns the CORS lines while nothing was written, which the caller frees;
 * NULL when it is too late for a refusal. */
static char *take_cors(struct connection *self)
{
    char *cors = NULL;

    if (self->several) {
        cors = self->several->cors;
        self->several->cors = NULL;
    } else if (self->is_corked) {
        cors = own_copy(self->own->bytes);
    }
    return cors;
}

void flow_refuse(struct subscription *one, const struct refusal *refusal)
{
    struct connection *self = one->connection;
    struct refusal named = *refusal;
    char sentence[TOPIC_SIZE + 128];
    char *cors = self->door == DOOR_EVENTS ? take_cors(self) : NULL;

    if (cors) {
        named.sentence = request_name(sentence, sizeof(sentence), topic_of(one), refusal->sentence);
        self->is_corked = false;
        flow_close(self);
        intake_refuse(self, &named, cors, METHOD_GET);
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

static void restart(struct subscription *self)
{
    struct connection *connection = self->connection;
    struct subscriber *subscriber = &self->subscriber;

    forget_question(self);
    self->after_seq = 0;
    self->is_resuming = false;
    self->has_state = false;
    subscriber->seen = 0;
    subscription_drop_missed(self);
    if (connection->door == DOOR_EVENTS && view_is_of_log(self->view)) {
        self->has_bound = false;
        self->after = 0;
        self->reset = RESET_NEW_LOG;
    }
    if (!view_keeps_last(self->view) && !subscriber->written)
        subscriber_skip_all(subscriber);
    catchup_begin(self);
}

void flow_restart(struct connection *self)
{
    struct subscription *subscriptions = subscriptions_of(self);

    if (!self->stream || self->is_empty)
        return;
    self->handed = -1;
    self->is_unplaced = self->several != NULL;
    if (self->door == DOOR_EVENTS)
        connection_finish_frame(self);
    for (unsigned i = 0; i < self->count; i++)
        restart(&subscriptions[i]);
    pump_run(self);
}

/* ---- how long it lives ---- */

/* What waits in the channel is left there, as the client's cursor asks for it. */
static void rotate(void *arg)
{
    struct connection *self = arg;
    struct gateway *gateway = self->gateway;

    reactor_turn(gateway->reactor);
    leave_channels(self);
    forget_questions(self);
    leave_sessions(self);
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

static void sit(struct connection *self, struct seat *seat, struct session *session)
{
    seat->session = session;
    seat->connection = self;
    link_init(&seat->place);
    session_join(self->gateway->sessions, session, &seat->place);
    rights_expect(self->gateway);
}

/* There are two kinds of sessions, so it has no more than two. */
static void join_session(struct connection *self, struct session *session)
{
    if (!session || self->seat.session == session)
        return;
    if (!self->seat.session)
        sit(self, &self->seat, session);
    else if (!self->several->seat.session)
        sit(self, &self->several->seat, session);
}

/* An event may make several frames on one stream: after a cursor, those parts
 * of its event that come later are still to come. */
static int64_t cursor_of(const struct request *request, const struct view *view)
{
    bool is_later = view_part(view) > request->cursor_part;

    return request->cursor > 0 && is_later ? request->cursor - 1 : request->cursor;
}

static void subscribe(struct subscription *self, const struct request *request,
                      const struct wish *wish)
{
    struct connection *connection = self->connection;

    self->stream = wish->stream;
    self->view = wish->stream->views[request->door];
    self->is_resuming = request->has_cursor && view_is_of_log(self->view);
    self->has_bound = wish->has_bound && !request->has_cursor;
    self->after = self->has_bound ? wish->after : 0;
    self->after_seq = self->is_resuming ? cursor_of(request, self->view) : 0;
    if (request->is_empty)
        return;
    join_session(connection, wish->session);
    struct outlet *outlet = topics_outlet(connection->gateway->topics, wish->chat_id, self->view,
                                          connection->several ? wish->name : NULL);
    channel_join(&outlet->channel, &self->subscriber);
}

static void take_request(struct connection *self, const struct request *request, const char *cors)
{
    self->stream = request->stream;
    self->door = request->door;
    self->is_empty = request->is_empty;
    self->count = (unsigned char)request->count;
    if (connection_view(self)->kind == KIND_SEVERAL) {
        self->several = own_zero(sizeof(*self->several) +
                                 request->count * sizeof(*self->several->subscriptions));
        self->several->cors = own_copy(cors);
        self->is_unplaced = true;
    }
    struct subscription *subscriptions = subscriptions_of(self);
    for (unsigned i = 0; i < self->count; i++) {
        subscriptions[i].connection = self;
        subscribe(&subscriptions[i], request, &request->wishes[i]);
    }
    tally_stream(self->stream, self->door, 1);
}

static void begin(struct connection *self)
{
    struct subscription *subscriptions = subscriptions_of(self);

    if (self->door == DOOR_SSE)
        pump_tell(self, "", 0); /* these clients want to hear at once that it is open */
    catchup_take_up(self);
    for (unsigned i = 0; i < self->count; i++)
        catchup_begin(&subscriptions[i]);
}

void flow_open(struct connection *self, const struct request *request, const char *cors)
{
    const char *empty = request->stream->views[request->door]->empty;

    take_request(self, request, cors);
    connection_say(self, cors, strlen(cors) + 1);
    self->is_corked = true;
    start_lifetime(self);
    if (self->is_empty)
        tell_text(self, empty);
    else
        begin(self);
    pump_run(self);
}

/* ---- what happens to it ---- */

void flow_wait(struct connection *self)
{
    pump_tell(self, "", 0);
    if (self->several) {
        free(self->several->cors);
        self->several->cors = NULL;
    }
    pump_run(self);
}

/* More is waiting than a stream may be behind. */
static void overflow(struct subscription *self)
{
    struct connection *connection = self->connection;

    if (self->owed >= OWED_SYNC) {
        subscriber_skip_all(&self->subscriber); /* the answer to come has it all */
        forget_question(self);
        catchup_begin(self);
    } else if (connection_is_waiting(connection)) {
        resume_later(self);
    } else if (connection->is_writing) {
        reactor_close(connection->gateway->reactor, connection, CLOSED_BEHIND);
    } else {
        connection->is_quiet = false;
        connection->may_end = true;
        pump_run(connection);
    }
}

static int64_t bytes_behind(struct connection *self)
{
    const struct subscription *subscriptions = subscriptions_of(self);
    int64_t bytes = 0;

    for (unsigned i = 0; i < self->count; i++)
        if (!view_keeps_last(subscriptions[i].view))
            bytes += subscriber_behind(&subscriptions[i].subscriber);
    return bytes;
}

void flow_deliver(struct subscription *self)
{
    struct connection *connection = self->connection;

    if (self->is_resuming) /* it reads that from the ring or the log */
        subscriber_skip_all(&self->subscriber);
    else if (subscription_has_next(self) && !view_keeps_last(self->view) &&
             bytes_behind(connection) > connection->gateway->stream_bytes)
        overflow(self);
    else if (!connection->is_writing)
        pump_run(connection);
}

void flow_wake(struct connection *self)
{
    struct subscription *subscriptions = subscriptions_of(self);
    bool is_placed = sync_is_placed(self->gateway->sync);
    bool is_any = false;

    for (unsigned i = 0; i < self->count; i++) {
        struct subscription *one = &subscriptions[i];
        if (one->owed == OWED_RETRY || (one->owed == OWED_SYNC && is_placed)) {
            one->owed = OWED_NOTHING;
            catchup_begin(one);
            is_any = true;
        }
    }
    if (is_any)
        pump_run(self);
}

/* Nothing was said for a while. */
static void beat(struct connection *self)
{
    const struct view *view = connection_view(self);

    if (self->door == DOOR_EVENTS || (self->only.owed && !self->is_empty))
        tell_text(self, ":\n\n");
    else if (self->is_empty || view->kind == KIND_MESSAGES)
        tell_text(self, view->empty);
    else if (view_keeps_last(view))
        subscriber_repeat(&self->only.subscriber);
    else
        self->only.owed = OWED_STATE;
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
