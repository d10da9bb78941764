#include "ending.h"

#include <stdlib.h>
#include <string.h>

#include "catchup.h"
#include "gateway.h"
#include "handover.h"
#include "intake.h"
#include "own.h"
#include "pump.h"
#include "tally.h"

/* When a client comes back whose stream was ended for its age alone. */
enum { ROTATION_MS = 100, ROTATION_SPREAD_MS = 900 };

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

static void forget_questions(struct connection *self)
{
    struct subscription *subscriptions = subscriptions_of(self);

    for (unsigned i = 0; i < self->count; i++)
        catchup_forget(&subscriptions[i]);
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

void ending_close(struct connection *self)
{
    link_remove(&self->held);
    sources_leave(self->gateway->sources, self->source);
    self->source = NULL;
    if (!self->stream)
        return;
    timers_cancel(frame_timers(self->gateway->frame), &self->rotation);
    forget_questions(self);
    handover_leave(self);
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

void ending_warn(struct connection *self, const struct session *session)
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
void ending_lose(struct connection *self, enum session_end how)
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
        pump_tell_text(self, connection_view(self)->empty);
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

void ending_refuse(struct subscription *one, const struct refusal *refusal)
{
    struct connection *self = one->connection;
    struct refusal named = *refusal;
    char sentence[TOPIC_SIZE + 128];
    char *cors = self->door == DOOR_EVENTS ? take_cors(self) : NULL;

    if (cors) {
        named.sentence = request_name(sentence, sizeof(sentence), topic_of(one), refusal->sentence);
        self->is_corked = false;
        ending_close(self);
        intake_refuse(self, &named, cors, METHOD_GET);
        free(cors);
        return;
    }
    if (self->door == DOOR_SSE)
        pump_tell_text(self, connection_view(self)->empty);
    lose(self);
    if (self->door == DOOR_EVENTS)
        end_after_own(self, CLOSED_RIGHT_ENDED, COMEBACK_MS, COMEBACK_SPREAD_MS);
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

void ending_drain(struct connection *self)
{
    if (self->stream && self->door == DOOR_EVENTS && !self->is_ending)
        rotate_within(self, 0, self->gateway->drain_ms);
}

/* The lifetime of each is another, so that they do not come back all at once:
 * up to a fifth more or less. */
void ending_expect(struct connection *self)
{
    int64_t lifetime_ms = self->gateway->lifetime_s * 1000;

    if (self->door == DOOR_EVENTS && lifetime_ms)
        rotate_within(self, lifetime_ms * 4 / 5, lifetime_ms * 2 / 5);
}
