#include "follow.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

struct follow {
    on_followed *apply;
    void *self;
    bool placed;            /* it knows where it stands */
    bool asking;            /* a range was asked for */
    char log_id[UUID_SIZE]; /* the log it stands in */
    int64_t position;
    int64_t newest; /* the newest event it has heard of */
    int64_t gaps;
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

static enum follow_step ask(struct follow *self)
{
    self->asking = true;
    return FOLLOW_ASK;
}

static enum follow_step ask_for_gap(struct follow *self)
{
    self->gaps++;
    return ask(self);
}

enum follow_step follow_begin(struct follow *self, const char *log_id, int64_t position,
                              int64_t newest)
{
    memcpy(self->log_id, log_id, UUID_SIZE);
    self->placed = true;
    self->asking = false;
    self->position = position;
    hear_of(self, newest);
    take_aside(self);
    hear_of(self, self->position);
    return self->newest > self->position ? ask(self) : FOLLOW_GO_ON;
}

enum follow_step follow_event(struct follow *self, const struct event *event)
{
    hear_of(self, event->seq);
    if (!self->placed || self->asking) {
        keep_aside(self, event);
        return FOLLOW_GO_ON;
    }
    if (take(self, event)) {
        take_aside(self);
        return FOLLOW_GO_ON;
    }
    keep_aside(self, event);
    return ask_for_gap(self);
}

enum follow_step follow_head(struct follow *self, const struct log_head *head)
{
    if (!self->placed)
        return FOLLOW_GO_ON;
    if (strcmp(head->log_id, self->log_id) != 0)
        return FOLLOW_RESTART;
    hear_of(self, head->seq);
    if (self->newest <= self->position || self->asking)
        return FOLLOW_GO_ON;
    return ask_for_gap(self);
}

enum follow_step follow_found(struct follow *self, const struct events_found *found)
{
    int64_t before = self->position;

    if (!self->placed || !self->asking)
        return FOLLOW_GO_ON;
    self->asking = false;
    if (strcmp(found->log_id, self->log_id) != 0)
        return FOLLOW_RESTART;
    hear_of(self, found->seq);
    if (found->first_seq > self->position + 1)
        return FOLLOW_RESTART;
    for (size_t i = 0; i < found->events.count && take(self, &found->events.items[i]); i++)
        ;
    take_aside(self);
    /* Without progress a question at once would get the same answer; the
     * next log.head asks again. */
    return self->newest > self->position && self->position > before ? ask(self) : FOLLOW_GO_ON;
}

void follow_lost(struct follow *self)
{
    self->asking = false;
}

int64_t follow_position(const struct follow *self)
{
    return self->position;
}

int64_t follow_gaps(const struct follow *self)
{
    return self->gaps;
}
