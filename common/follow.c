#include "follow.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

enum {
    ASK_EVERY_MS = 50, /* questions, in the long run */
    ASK_BURST = 20,    /* questions at once */
    PAUSE_MIN_MS = 100,
    PAUSE_MAX_MS = 2000,
};

struct follow {
    on_followed *apply;
    void *self;
    bool placed;        /* it knows where it stands */
    bool asking;        /* a range was asked for */
    bool held_back;     /* the next question waits; counted */
    int64_t paid_until; /* all questions so far are paid for at this time */
    int64_t pause_ms;   /* after questions that led nowhere, 0 for none */
    int64_t pause_until;
    char log_id[UUID_SIZE]; /* the log it stands in */
    int64_t position;
    int64_t asked_after; /* position when the range was asked for */
    int64_t newest;      /* the newest event it has heard of */
    struct follow_counts counts;
    struct event *aside; /* in order of arrival */
    size_t aside_count;
    size_t aside_limit;
};

static const struct message_type *const event_type = &message_types[MESSAGE_event];

struct follow *follow_new(size_t limit, on_followed *apply, void *self)
{
    assert(limit > 0);
    struct follow *follow = own_zero(sizeof(*follow));
    follow->aside = own_zero(limit * sizeof(*follow->aside));
    follow->aside_limit = limit;
    follow->apply = apply;
    follow->self = self;
    return follow;
}

/* Drops the first count events that were kept aside. */
static void drop_aside(struct follow *self, size_t count)
{
    for (size_t i = 0; i < count; i++)
        message_clear(event_type, &self->aside[i]);
    self->aside_count -= count;
    memmove(self->aside, self->aside + count, self->aside_count * sizeof(*self->aside));
}

void follow_destroy(struct follow **self)
{
    if (!*self)
        return;
    drop_aside(*self, (*self)->aside_count);
    free((*self)->aside);
    free(*self);
    *self = NULL;
}

void follow_reset(struct follow *self)
{
    self->placed = false;
    self->asking = false;
    self->held_back = false;
    self->newest = 0;
    drop_aside(self, self->aside_count);
}

/* An event that finds no room is not lost: newest tells of it, and it is
 * asked for. */
static void keep_aside(struct follow *self, const struct event *event)
{
    if (self->aside_count < self->aside_limit)
        message_copy(event_type, &self->aside[self->aside_count++], event);
}

static void hear_of(struct follow *self, int64_t seq)
{
    if (seq > self->newest)
        self->newest = seq;
}

/* Returns whether the event is behind us now. */
static bool take(struct follow *self, const struct event *event)
{
    if (event->seq > self->position + 1)
        return false;
    if (event->seq == self->position + 1) {
        self->position++;
        self->apply(self->self, event);
    }
    return true;
}

static void take_aside(struct follow *self)
{
    size_t taken = 0;

    while (taken < self->aside_count && take(self, &self->aside[taken]))
        taken++;
    drop_aside(self, taken);
}

/* A question costs ASK_EVERY_MS of time; ASK_BURST of them may be in debt. */
static bool may_ask(const struct follow *self, int64_t now)
{
    return now >= self->pause_until && self->paid_until - now <= (ASK_BURST - 1L) * ASK_EVERY_MS;
}

/* Held back, it is asked for at the next event or log.head after the pause. */
static enum follow_step ask(struct follow *self, int64_t now)
{
    if (!may_ask(self, now)) {
        self->counts.held_back += !self->held_back;
        self->held_back = true;
        return FOLLOW_GO_ON;
    }
    self->paid_until = (self->paid_until > now ? self->paid_until : now) + ASK_EVERY_MS;
    self->held_back = false;
    self->asking = true;
    self->asked_after = self->position;
    self->counts.asked++;
    return FOLLOW_ASK;
}

static enum follow_step ask_for_gap(struct follow *self, int64_t now)
{
    enum follow_step step = ask(self, now);

    self->counts.gaps += step == FOLLOW_ASK;
    return step;
}

static void pause_longer(struct follow *self, int64_t now)
{
    self->pause_ms = self->pause_ms ? 2 * self->pause_ms : PAUSE_MIN_MS;
    if (self->pause_ms > PAUSE_MAX_MS)
        self->pause_ms = PAUSE_MAX_MS;
    self->pause_until = now + self->pause_ms;
}

static void end_pause(struct follow *self)
{
    self->pause_ms = 0;
    self->pause_until = 0;
}

enum follow_step follow_begin(struct follow *self, const struct log_head *at, int64_t newest,
                              int64_t now)
{
    memcpy(self->log_id, at->log_id, UUID_SIZE);
    self->placed = true;
    self->asking = false;
    self->position = at->seq;
    hear_of(self, newest);
    take_aside(self);
    hear_of(self, self->position);
    return self->newest > self->position ? ask(self, now) : FOLLOW_GO_ON;
}

enum follow_step follow_event(struct follow *self, const struct event *event, int64_t now)
{
    hear_of(self, event->seq);
    if (self->placed && take(self, event)) {
        take_aside(self);
        return FOLLOW_GO_ON;
    }
    keep_aside(self, event);
    return self->placed && !self->asking ? ask_for_gap(self, now) : FOLLOW_GO_ON;
}

enum follow_step follow_head(struct follow *self, const struct log_head *head, int64_t now)
{
    if (!self->placed)
        return FOLLOW_GO_ON;
    if (strcmp(head->log_id, self->log_id) != 0)
        return FOLLOW_RESTART;
    hear_of(self, head->seq);
    if (self->asking)
        return FOLLOW_GO_ON;
    /* An old word, which an answer overtook, or a log that went back: only an
     * answer can tell. */
    if (head->seq < self->position)
        return ask(self, now);
    return self->newest > self->position ? ask_for_gap(self, now) : FOLLOW_GO_ON;
}

enum follow_step follow_found(struct follow *self, const struct events_found *found, int64_t now)
{
    int64_t before = self->position;

    if (!self->placed || !self->asking)
        return FOLLOW_GO_ON;
    self->asking = false;
    if (strcmp(found->log_id, self->log_id) != 0 || found->seq < self->asked_after ||
        found->first_seq > self->position + 1)
        return FOLLOW_RESTART;
    hear_of(self, found->seq);
    for (size_t i = 0; i < found->events.count && take(self, &found->events.items[i]); i++)
        ;
    take_aside(self);
    if (self->newest <= self->position || self->position > before)
        end_pause(self);
    else
        pause_longer(self, now); /* a question at once would get the same answer */
    return self->newest > self->position ? ask(self, now) : FOLLOW_GO_ON;
}

void follow_lost(struct follow *self, int64_t now)
{
    if (!self->asking)
        return;
    self->asking = false;
    pause_longer(self, now);
}

int64_t follow_position(const struct follow *self)
{
    return self->position;
}

const struct follow_counts *follow_counts(const struct follow *self)
{
    return &self->counts;
}
