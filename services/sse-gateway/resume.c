#include "resume.h"

#include <string.h>

#include "catchup.h"
#include "gateway.h"
#include "pump.h"
#include "tally.h"
#include "view.h"

enum { ANSWER_MS = 5000, PAGE = 250 };

static struct gateway *gateway_of(const struct subscription *self)
{
    return self->connection->gateway;
}

static int64_t position_of(const struct subscription *self)
{
    return sync_position(gateway_of(self)->sync);
}

static bool is_list(const struct subscription *self)
{
    return view_is_list(self->view);
}

/* ---- frames ---- */

/* Frames that are made one after the other, up to a number of bytes. */
struct missed {
    struct frame *first, *last;
    int64_t room;
};

static void add(struct missed *self, const msgpack_sbuffer *bytes, int64_t seq)
{
    struct frame *frame = frame_new(bytes->data, bytes->size, seq);

    if (self->last)
        self->last->next = frame;
    else
        self->first = frame;
    self->last = frame;
    self->room -= (int64_t)bytes->size;
}

/* The value of the event is text; or, when that is NULL, still to be written. */
static void add_event(const struct subscription *self, struct missed *missed,
                      const struct event *event, struct span text)
{
    msgpack_sbuffer bytes;

    msgpack_sbuffer_init(&bytes);
    view_open(self->view, &bytes, topic_of(self), event->seq);
    if (text.text)
        msgpack_sbuffer_write(&bytes, text.text, text.size);
    else
        shape_write(self->view->shape, &bytes, event, gateway_of(self)->hides_titles);
    view_close(self->view, &bytes, topic_of(self));
    add(missed, &bytes, event->seq);
    msgpack_sbuffer_destroy(&bytes);
}

/* ---- from the ring ---- */

static void read_ring(struct subscription *self)
{
    struct ring *ring = gateway_of(self)->ring;
    struct missed missed = {.room = gateway_of(self)->stream_bytes};
    struct ring_entry *entry = ring_after(ring, subject_of(self), self->after_seq);

    for (; entry && missed.room > 0; entry = ring_next(ring, subject_of(self), entry)) {
        const struct event *event = ring_event(entry);
        if (view_shows(self->view, event))
            add_event(self, &missed, event, ring_text(ring, entry, self->view->shape));
        self->after_seq = event->seq;
    }
    if (!entry)
        self->after_seq = ring_newest(ring);
    ring_trim(ring);
    subscription_add_missed(self, missed.first);
}

/* ---- from the log ---- */

static void tell_reset(struct subscription *self, enum reset reason, int64_t first_seq)
{
    char state[128];
    bool has_query = self->stream->who == WHO_AGENT && *subject_of(self);

    snprintf(state, sizeof(state), "%s%s%s", self->stream->state, has_query ? "?chatId=" : "",
             has_query ? subject_of(self) : "");
    pump_tell_reset(self->connection, reason, first_seq, state, topic_of(self));
    self->reset = RESET_NONE;
    self->is_resuming = false;
    self->after_seq = 0;
    subscription_drop_missed(self);
    subscriber_skip_all(&self->subscriber);
    catchup_begin(self);
}

/* What the newest event is, and the oldest, says whether it can go on. */
static enum reset verdict(const struct subscription *self, const struct events_found *found)
{
    if (self->reset)
        return (enum reset)self->reset;
    if (self->after_seq == -1 || self->after_seq > found->seq)
        return RESET_UNKNOWN_CURSOR;
    if (self->after_seq < found->first_seq - 1)
        return RESET_TOO_OLD;
    /* The list missed the events of all chats; those it has, or nothing. */
    return is_list(self) && self->after_seq < position_of(self) ? RESET_TOO_OLD : RESET_NONE;
}

/* Takes what this gateway has itself told by now: on a stream with several
 * topics, another one may have to say something before the rest. */
static void take_page(struct subscription *self, const struct events_found *found)
{
    struct missed missed = {.room = gateway_of(self)->stream_bytes};
    int64_t position = position_of(self);
    int64_t end = found->seq < position ? found->seq : position;
    size_t i = 0;

    for (; i < found->events.count && missed.room > 0; i++) {
        const struct event *event = &found->events.items[i];
        if (event->seq > position)
            break;
        if (view_shows(self->view, event))
            add_event(self, &missed, event, (struct span){NULL, 0});
        self->after_seq = event->seq;
    }
    bool is_last =
        !found->events.count || (i < found->events.count && found->events.items[i].seq > position);
    if (is_last && self->after_seq < end)
        self->after_seq = end;
    subscription_add_missed(self, missed.first);
}

/* What was made for its channel and not offered yet, it has. */
static void go_live(struct subscription *self)
{
    self->owed = OWED_NOTHING;
    self->is_resuming = false;
    subscriber_skip(&self->subscriber, self->after_seq);
}

static void on_events(void *arg, enum message_id type, const void *answer)
{
    struct subscription *self = arg;
    const struct events_found *found = answer;
    int64_t before = self->after_seq;

    reactor_turn(gateway_of(self)->reactor);
    self->ticket = 0;
    self->owed = OWED_MISSED;
    if (type == MESSAGE_request_refused) {
        catchup_refuse(self, answer);
        return;
    }
    enum reset reason = verdict(self, found);
    if (reason) {
        tell_reset(self, reason, found->first_seq);
    } else if (self->after_seq >= position_of(self)) {
        go_live(self); /* its client was at a gateway that is ahead of this one */
    } else {
        take_page(self, found);
        if (self->after_seq == before && !ring_covers(gateway_of(self)->ring, before))
            self->owed = OWED_RETRY; /* the answer does not know the log as far as we do */
    }
    pump_run(self->connection);
}

/* The list, and who only wants to know where the log begins, asks for no more
 * than that. */
static void ask(struct subscription *self)
{
    bool is_for_bounds = is_list(self) || self->reset || self->after_seq == -1;
    struct events_get question = {.after_seq = is_for_bounds ? position_of(self) : self->after_seq,
                                  .limit = is_for_bounds ? 1 : PAGE};

    memcpy(question.chat_id, subject_of(self), UUID_SIZE);
    tally_catch_up();
    self->owed = OWED_ANSWER;
    self->ticket = caller_ask(gateway_of(self)->commands, MESSAGE_events_get, &question, ANSWER_MS,
                              on_events, self);
}

/* ---- from there on ---- */

void resume_begin(struct subscription *self)
{
    subscriber_skip_all(&self->subscriber);
    self->owed = OWED_MISSED;
    if (self->reset)
        ask(self);
}

void resume_go_on(struct subscription *self)
{
    struct gateway *gateway = gateway_of(self);

    while (self->owed == OWED_MISSED && !self->missed) {
        if (!sync_is_placed(gateway->sync)) {
            self->owed = OWED_SYNC;
        } else if (self->after_seq == position_of(self) ||
                   self->after_seq == ring_newest(gateway->ring)) {
            go_live(self);
        } else if (ring_covers(gateway->ring, self->after_seq)) {
            read_ring(self);
        } else {
            ask(self);
        }
    }
}

void resume_later(struct subscription *self)
{
    connection_finish_frame(self->connection);
    const struct frame *next = subscriber_next(&self->subscriber);
    if (!next)
        return;
    self->after_seq = next->seq - 1;
    self->is_resuming = true;
    self->owed = OWED_MISSED;
    subscriber_skip_all(&self->subscriber);
}
