#include "pump.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "answer.h"
#include "catchup.h"
#include "clock.h"
#include "gateway.h"
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
    char text[CONTROL_SIZE];

    tally_control(control);
    control_write(control, text, key, value);
    say_text(self, text);
}

static void say_expiring(struct connection *self)
{
    char time[ISO_TIME_SIZE];

    iso_time_format(self->session->expires_at, time);
    say_control(self, CONTROL_TOKEN_EXPIRING, "expiresAt", time);
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
    if (self->session && self->session->is_ending)
        say_expiring(self);
}

void pump_tell(struct connection *self, const void *bytes, size_t size)
{
    if (self->is_corked)
        uncork(self);
    connection_finish_frame(self);
    if (size)
        connection_say(self, bytes, size);
}

void pump_tell_control(struct connection *self, enum control control, const char *key,
                       const char *value)
{
    pump_tell(self, "", 0);
    say_control(self, control, key, value);
}

void pump_tell_retry(struct connection *self, unsigned soonest, unsigned spread)
{
    pump_tell(self, "", 0);
    say_retry(self, soonest, spread);
    say_text(self, "\n");
}

void pump_tell_expiring(struct connection *self)
{
    if (self->is_corked)
        return; /* it hears it with its head */
    pump_tell(self, "", 0);
    say_expiring(self);
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
        pump_tell(self, "", 0);
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

void pump_run(struct connection *self)
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
