#include "handover.h"

#include <stdio.h>

#include "catchup.h"
#include "clock.h"
#include "gateway.h"
#include "tally.h"

enum {
    REMEMBER_MS = 600000,
    /* An agent goes from chat to chat and reads each from the start again, and
     * some of their programs show a message twice that comes twice. */
    REMEMBER_AGENT_MS = 10000,
    READER_SIZE = 128,
    REPEAT_MS = HANDOVER_PATIENCE_MS + 5000,
};

static int64_t now_of(const struct connection *self)
{
    return reactor_now(self->gateway->reactor);
}

/* Only a stream that starts at its reader's own clock can miss something. */
static bool is_remembered(const struct connection *self)
{
    return view_is_array(connection_view(self)) && self->seat.session &&
           self->only.subscriber.channel && self->only.has_bound;
}

/* By whose the token is, and not by the token: that is extended while a chat
 * goes on. Each kind of reader has one stream of messages. */
static void name_reader(const struct connection *self, char reader[READER_SIZE])
{
    const struct session *session = self->seat.session;

    if (session->kind == IDENTITY_AGENT)
        snprintf(reader, READER_SIZE, "agent %s %s", session->id_code, subject_of(&self->only));
    else
        snprintf(reader, READER_SIZE, "user %s", session->chat_id);
}

static bool is_same_reader(const struct connection *self, const struct connection *other)
{
    return other != self && other->stream == self->stream && other->door == self->door &&
           other->only.subscriber.channel == self->only.subscriber.channel;
}

/* One that has just handed out a batch is about to be closed; and so may any
 * be of which its client has seen a batch. */
static bool may_be_over(const struct connection *self, int64_t bound)
{
    const struct handed_point *had = handed_had(&self->handed, bound);

    return self->is_quiet || (had && had->seq >= 0 && had != &self->handed.start);
}

/* A client closes and opens at once, and the new stream may be here before the
 * end of the old one is seen. */
static struct connection *predecessor(const struct connection *self)
{
    const struct link *streams_of = &self->seat.session->streams;

    for (struct link *at = streams_of->next; at != streams_of; at = at->next) {
        struct connection *other = LINK_OWNER(at, struct seat, place)->connection;
        if (is_same_reader(self, other) && !other->has_follower &&
            may_be_over(other, self->only.after))
            return other;
    }
    return NULL;
}

/* If it is still open after a while, the other was of another page. */
static void follow(struct connection *self)
{
    self->has_follower = true;
    if (self->lane == LANE_LEAVING)
        reactor_stand(self->gateway->reactor, self, LANE_QUIET);
}

/* Returns whether this reader is known. */
static bool find_mark(const struct connection *self, struct handed_mark *mark)
{
    char reader[READER_SIZE];

    name_reader(self, reader);
    if (handed_take(self->gateway->handed, reader, mark, now_of(self)))
        return true;
    struct connection *before = predecessor(self);
    if (!before)
        return false;
    follow(before);
    *mark = before->handed;
    handed_mark_close(mark, before->is_quiet);
    return true;
}

/* Goes on with what its reader did not have when it made the bound; when it is
 * not known how far that was, with what is newer than the bound before. */
static struct handed_point go_on(struct subscription *self, const struct handed_mark *mark)
{
    const struct handed_point *had = handed_had(mark, self->after);

    self->is_onward = had && had->seq > 0;
    if (had && had->seq < 0)
        self->after = had->time;
    return had ? *had : (struct handed_point){mark->start.seq, self->after};
}

/* Where it was before it may have been waited for, and its clock may be fast. */
static void repeat(struct subscription *self)
{
    int64_t now = clock_wall_ms();

    tally_moved();
    self->after = (self->after < now ? self->after : now) - REPEAT_MS;
}

/* The bound of an agent may be the time of the newest message that it has, of
 * chat-state's clock: that lets nothing through twice, and says of no clock
 * what it showed when. */
void handover_take(struct connection *self, bool has_moved)
{
    struct handed_mark mark = {.leaves = false};
    struct handed_point start = {-1, self->only.after};

    if (!is_remembered(self))
        return;
    self->reader_clock = self->only.after - now_of(self);
    if (find_mark(self, &mark))
        start = self->stream->who == WHO_END_USER ? go_on(&self->only, &mark) : mark.last;
    else if (has_moved)
        repeat(&self->only);
    self->handed = handed_mark_from(start);
    self->handed.leaves = mark.leaves;
    self->only.after_seq = start.seq > 0 ? start.seq : 0;
}

/* The bound was made when the stream was opened, or a little earlier. */
void handover_note(struct connection *self)
{
    handed_mark_batch(&self->handed, now_of(self) + self->reader_clock);
    self->has_follower = false;
}

bool handover_is_overdue(const struct connection *self)
{
    return now_of(self) + self->reader_clock - self->handed.last.time >= HANDOVER_PATIENCE_MS;
}

void handover_leave(struct connection *self)
{
    char reader[READER_SIZE];
    int64_t now = now_of(self);
    bool is_agent = self->stream->who == WHO_AGENT;

    if (self->handed.last.seq < 0 || self->has_follower || !is_remembered(self))
        return;
    name_reader(self, reader);
    handed_mark_close(&self->handed, self->is_quiet);
    handed_leave(self->gateway->handed, reader, &self->handed, now,
                 now + (is_agent ? REMEMBER_AGENT_MS : REMEMBER_MS));
}

bool handover_is_awaited(const struct connection *self)
{
    char reader[READER_SIZE];

    if (self->door != DOOR_SSE || !self->seat.session || self->seat.session->kind == IDENTITY_AGENT)
        return false;
    name_reader(self, reader);
    return handed_is_awaited(self->gateway->handed, reader, now_of(self));
}
