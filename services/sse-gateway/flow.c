#include "flow.h"

#include <stdlib.h>

#include "catchup.h"
#include "ending.h"
#include "gateway.h"
#include "handover.h"
#include "intake.h"
#include "own.h"
#include "pump.h"
#include "resume.h"
#include "rights.h"
#include "tally.h"

enum { HOLDS_MAX = 8 }; /* of the last word, each LANE_HELD long */

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
    self->owes_preview = stream_has_previews(self->stream);
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

static void begin(struct connection *self, bool has_moved)
{
    struct subscription *subscriptions = subscriptions_of(self);

    if (self->door == DOOR_SSE)
        pump_tell(self, "", 0); /* these clients want to hear at once that it is open */
    handover_take(self, has_moved);
    for (unsigned i = 0; i < self->count; i++)
        catchup_begin(&subscriptions[i]);
}

void flow_open(struct connection *self, const struct request *request, const char *cors)
{
    const char *empty = request->stream->views[request->door]->empty;

    take_request(self, request, cors);
    connection_say(self, cors, strlen(cors) + 1);
    self->is_corked = true;
    ending_expect(self);
    if (self->is_empty)
        pump_tell_text(self, empty);
    else
        begin(self, request->has_moved);
    pump_run(self);
}

/* ---- what happens to it ---- */

static void restart(struct subscription *self)
{
    struct connection *connection = self->connection;
    struct subscriber *subscriber = &self->subscriber;

    catchup_forget(self);
    self->after_seq = 0;
    self->is_onward = false;
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
    self->handed = handed_mark_from((struct handed_point){-1, self->only.after});
    self->is_unplaced = self->several != NULL;
    if (self->door == DOOR_EVENTS)
        connection_finish_frame(self);
    for (unsigned i = 0; i < self->count; i++)
        restart(&subscriptions[i]);
    pump_run(self);
}

/* One whose state is to come yet gets it as it is now. */
void flow_renew(struct connection *self)
{
    struct subscription *subscriptions = subscriptions_of(self);
    bool is_any = false;

    if (!self->stream || self->is_empty)
        return;
    for (unsigned i = 0; i < self->count; i++) {
        struct subscription *one = &subscriptions[i];
        if (!view_has_chats(one->view) || (one->owed != OWED_NOTHING && !one->is_resuming))
            continue;
        one->is_outdated = true;
        is_any = true;
    }
    if (is_any && !self->is_writing)
        pump_run(self);
}

void flow_wait(struct connection *self)
{
    pump_tell(self, "", 0);
    if (self->several) {
        free(self->several->cors);
        self->several->cors = NULL;
    }
    pump_run(self);
}

/* Its client closes before it gets any of that, and the next stream asks for
 * it; or this one does, when it is not quiet any more. */
static void ask_later(struct subscription *self)
{
    subscriber_skip_all(&self->subscriber);
    self->after_seq = self->connection->handed.last.seq;
    self->is_onward = true;
    self->owed = OWED_STATE;
}

/* More is waiting than a stream may be behind. */
static void overflow(struct subscription *self)
{
    struct connection *connection = self->connection;

    if (self->owed >= OWED_SYNC) {
        subscriber_skip_all(&self->subscriber); /* the answer to come has it all */
        catchup_forget(self);
        catchup_begin(self);
    } else if (connection_is_waiting(connection)) {
        resume_later(self);
    } else if (connection->is_quiet && connection->handed.leaves) {
        ask_later(self);
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
        pump_tell_text(self, ":\n\n");
    else if (self->is_empty || view->kind == KIND_MESSAGES)
        pump_tell_text(self, view->empty);
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

/* It may have been told more than a stream may be behind. */
static void end_quiet(struct connection *self)
{
    self->is_quiet = false;
    self->has_follower = false;
    self->handed.leaves = false;
    if (self->only.owed == OWED_STATE)
        catchup_begin(&self->only);
}

/* Its client, which is known to, has not closed yet. */
static void wait_on(struct connection *self)
{
    if (handover_is_overdue(self))
        end_quiet(self);
    beat(self);
}

static void on_quiet_over(struct connection *self)
{
    if (self->handed.leaves)
        self->has_follower = false;
    else
        end_quiet(self);
    pump_run(self);
}

void flow_due(struct connection *self, enum lane lane)
{
    const struct refusal late = refusal_of_head(408);

    switch (lane) {
    case LANE_HEAD:
        if (self->is_held)
            return; /* chat-state is away */
        self->has_head = true;
        intake_refuse(self, &late, "", METHOD_GET);
        return;
    case LANE_OPEN:
        beat(self);
        return;
    case LANE_QUIET:
        on_quiet_over(self);
        return;
    case LANE_LEAVING:
        wait_on(self);
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
