#include "handover.h"

#include <stdio.h>

#include "catchup.h"
#include "gateway.h"

enum {
    REMEMBER_MS = 600000,
    /* An agent goes from chat to chat and reads each from the start again, and
     * some of their programs show a message twice that comes twice. */
    REMEMBER_AGENT_MS = 10000,
    READER_SIZE = 128,
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

static void name_reader(const struct connection *self, char reader[READER_SIZE])
{
    snprintf(reader, READER_SIZE, "%s %s %s", self->seat.session->token_id, subject_of(&self->only),
             self->stream->name);
}

static struct handed_mark mark_of(const struct connection *self)
{
    return (struct handed_mark){self->handed, self->handed_time};
}

static bool is_same_reader(const struct connection *self, const struct connection *other)
{
    return other != self && other->stream == self->stream && other->door == self->door &&
           other->only.subscriber.channel == self->only.subscriber.channel;
}

/* One that has just handed out a batch is about to be closed; and so may any
 * be of which its client has seen everything. */
static bool may_be_over(const struct connection *self, int64_t bound)
{
    struct handed_mark mark = mark_of(self);

    return self->is_quiet || handed_has_seen(&mark, bound);
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

static struct handed_mark find_mark(const struct connection *self)
{
    char reader[READER_SIZE];

    name_reader(self, reader);
    struct handed_mark mark = handed_take(self->gateway->handed, reader, now_of(self));
    struct connection *before = mark.seq == -1 ? predecessor(self) : NULL;
    if (!before)
        return mark;
    before->has_follower = true;
    return mark_of(before);
}

/* The bound of an agent may be the time of the newest message that it has, of
 * chat-state's clock: that lets nothing through twice, and says of no clock
 * what it showed when. */
void handover_take(struct connection *self)
{
    if (!is_remembered(self))
        return;
    struct handed_mark mark = find_mark(self);
    bool is_of_own_clock = self->stream->who == WHO_END_USER;
    self->opened = now_of(self);
    self->handed_time = mark.time > self->only.after ? mark.time : self->only.after;
    self->handed = mark.seq;
    self->only.after_seq = mark.seq > 0 ? mark.seq : 0;
    if (is_of_own_clock && self->only.after_seq && handed_has_seen(&mark, self->only.after))
        self->only.is_onward = true;
}

/* The bound was made when the stream was opened, or a little earlier. */
void handover_note(struct connection *self)
{
    self->handed_time = self->only.after + now_of(self) - self->opened;
    self->has_follower = false;
}

void handover_leave(struct connection *self)
{
    char reader[READER_SIZE];
    int64_t now = now_of(self);
    bool is_agent = self->stream->who == WHO_AGENT;
    struct handed_mark mark = mark_of(self);

    if (self->handed < 0 || self->has_follower || !is_remembered(self))
        return;
    name_reader(self, reader);
    handed_leave(self->gateway->handed, reader, &mark, now,
                 now + (is_agent ? REMEMBER_AGENT_MS : REMEMBER_MS));
}
