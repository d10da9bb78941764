#include "pump.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "answer.h"
#include "catchup.h"
#include "clock.h"
#include "gateway.h"
#include "handover.h"
#include "preview.h"
#include "resume.h"
#include "tally.h"

enum { FRAMES_A_WRITE = 64 };

static void say_text(struct connection *self, const char *text)
{
    connection_say(self, text, strlen(text));
}

static void say_retry(struct connection *self, unsigned soonest, unsigned spread)
{
    char line[32];

    snprintf(line, sizeof(line), "retry: %" PRIu32 "\n", soonest + arc4random_uniform(spread + 1));
    say_text(self, line);
}

static void say_control(struct connection *self, enum control control, const char *key,
                        const char *value)
{
    msgpack_sbuffer bytes;

    tally_control(control);
    msgpack_sbuffer_init(&bytes);
    control_write(control, &bytes, key, value);
    connection_say(self, bytes.data, bytes.size);
    msgpack_sbuffer_destroy(&bytes);
}

static void say_expiring(struct connection *self, const struct session *session)
{
    char time[ISO_TIME_SIZE];

    iso_time_format(session->expires_at, time);
    say_control(self, CONTROL_TOKEN_EXPIRING, "expiresAt", time);
}

static void warn_of(struct connection *self, const struct seat *seat)
{
    if (seat->session && seat->session->is_ending)
        say_expiring(self, seat->session);
}

/* The head: of a native stream with what its client has to know first. */
static void uncork(struct connection *self)
{
    struct outgoing *cors = self->own;
    msgpack_sbuffer head;

    self->is_corked = false;
    self->own = NULL;
    msgpack_sbuffer_init(&head);
    answer_stream(&head, cors->bytes);
    free(cors);
    connection_say(self, head.data, head.size);
    msgpack_sbuffer_destroy(&head);
    if (self->door != DOOR_EVENTS)
        return;
    say_retry(self, COMEBACK_MS, COMEBACK_SPREAD_MS);
    warn_of(self, &self->seat);
    if (self->several)
        warn_of(self, &self->several->seat);
}

void pump_tell(struct connection *self, const void *bytes, size_t size)
{
    if (self->is_corked)
        uncork(self);
    connection_finish_frame(self);
    if (size)
        connection_say(self, bytes, size);
}

void pump_tell_text(struct connection *self, const char *text)
{
    pump_tell(self, text, strlen(text));
}

void pump_tell_control(struct connection *self, enum control control, const char *key,
                       const char *value)
{
    pump_tell(self, "", 0);
    say_control(self, control, key, value);
}

void pump_tell_reset(struct connection *self, enum reset reason, int64_t first_seq,
                     const char *state, const char *topic)
{
    msgpack_sbuffer bytes;

    tally_control(CONTROL_RESET);
    msgpack_sbuffer_init(&bytes);
    control_write_reset(&bytes, reason, first_seq, state, topic);
    pump_tell(self, bytes.data, bytes.size);
    msgpack_sbuffer_destroy(&bytes);
}

void pump_tell_retry(struct connection *self, unsigned soonest, unsigned spread)
{
    pump_tell(self, "", 0);
    say_retry(self, soonest, spread);
    say_text(self, "\n");
}

void pump_tell_expiring(struct connection *self, const struct session *session)
{
    if (self->is_corked)
        return; /* it hears it with its head */
    pump_tell(self, "", 0);
    say_expiring(self, session);
}

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
    if (seq > self->handed.last.seq)
        self->handed.last.seq = seq;
}

/* Its client is about to close. */
static void end_batch(struct connection *self)
{
    self->is_quiet = true;
    handover_note(self);
}

/* Of several topics none is told before it is known that all may be had. */
static bool is_withheld(struct connection *self)
{
    return self->is_corked || (self->several && self->several->cors && connection_is_waiting(self));
}

static bool write_own(struct connection *self, bool *has_moved)
{
    size_t sent;

    if (!self->own || is_withheld(self))
        return true;
    if (self->several) {
        free(self->several->cors);
        self->several->cors = NULL;
    }
    enum wrote wrote = connection_write_own(self, &sent);
    if (!account(self, wrote, sent))
        return false;
    *has_moved = true;
    hand_out(self, self->own_seq);
    self->own_seq = 0;
    if (self->is_batch)
        end_batch(self);
    self->is_batch = false;
    return true;
}

/* An array goes out alone, after which its client closes; so what waits
 * together has to be in one. */
static bool write_frames(struct connection *self, bool *has_moved)
{
    bool is_array = view_is_array(connection_view(self));
    const struct subscriber *subscriber = &self->only.subscriber;
    size_t sent;
    int64_t seq;

    if (self->is_corked)
        pump_tell(self, "", 0);
    if (is_array && !subscriber->written &&
        subscriber_after(subscriber, subscriber_next(subscriber)))
        connection_merge(self);
    if (self->own)
        return true; /* that goes first */
    enum wrote wrote = connection_write_frames(self, is_array ? 1 : FRAMES_A_WRITE, &sent, &seq);
    hand_out(self, seq);
    self->is_quiet = false;
    if (is_array && seq)
        end_batch(self);
    if (!account(self, wrote, sent))
        return false;
    *has_moved = true;
    return true;
}

static bool is_held_back(const struct connection *self)
{
    return self->door == DOOR_SSE && self->only.view->kind == KIND_CHAT &&
           subscriber_next(&self->only.subscriber)->is_last_word && !self->may_end;
}

static bool has_frames(struct connection *self)
{
    const struct subscription *subscriptions = subscriptions_of(self);

    for (unsigned i = 0; i < self->count; i++)
        if (subscription_has_next(&subscriptions[i]))
            return true;
    return false;
}

/* Until its client has closed: what comes behind a batch it would throw away. */
static enum lane quiet_lane(const struct connection *self)
{
    return self->handed.leaves && !self->has_follower ? LANE_LEAVING : LANE_QUIET;
}

/* Returns where it has to wait, LANE_COUNT when it may write. */
static enum lane next_lane(struct connection *self)
{
    if (self->is_ending)
        return LANE_LINGER;
    if (connection_is_waiting(self))
        return LANE_OPEN;
    if (self->is_quiet)
        return quiet_lane(self);
    if (self->only.owed == OWED_STATE)
        return LANE_HELD;
    if (!has_frames(self))
        return LANE_OPEN;
    return is_held_back(self) ? LANE_HELD : LANE_COUNT;
}

/* Sees to what is due before any frame: states, what was missed, and where
 * several topics stand together. */
static void prepare(struct connection *self)
{
    struct subscription *subscriptions = subscriptions_of(self);

    for (unsigned i = 0; i < self->count; i++) {
        struct subscription *one = &subscriptions[i];
        catchup_renew(one);
        if (one->owed == OWED_STATE && !self->is_quiet && catchup_state(one))
            one->owed = one->owed == OWED_STATE ? OWED_NOTHING : one->owed;
    }
    for (unsigned i = 0; i < self->count && !connection_is_waiting(self); i++)
        if (subscriptions[i].owed == OWED_MISSED)
            resume_go_on(&subscriptions[i]);
    if (connection_is_waiting(self))
        return;
    if (self->is_unplaced)
        catchup_place(self);
    if (self->is_corked)
        pump_tell(self, "", 0); /* it is open, though there may be nothing to tell */
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

void pump_run(struct connection *self)
{
    bool has_moved = false;
    enum lane lane;

    if (self->fd == -1)
        return;
    do {
        prepare(self);
        if (!write_own(self, &has_moved))
            return;
        lane = preview_tell(self) ? LANE_COUNT : next_lane(self);
        if (lane == LANE_COUNT && !write_frames(self, &has_moved))
            return;
    } while (lane == LANE_COUNT);
    stand(self, lane, has_moved);
}
