#include "channel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

struct frame *frame_new(const void *bytes, size_t size, int64_t seq)
{
    assert(size > 0 && size <= UINT32_MAX);
    struct frame *frame = own_grow(NULL, sizeof(*frame) + size);

    *frame = (struct frame){.seq = seq, .size = (uint32_t)size};
    memcpy(frame->bytes, bytes, size);
    return frame;
}

void channel_init(struct channel *self, bool keeps_last)
{
    *self = (struct channel){.keeps_last = keeps_last};
    link_init(&self->subscribers);
}

void channel_clear(struct channel *self)
{
    assert(link_is_alone(&self->subscribers));
    while (self->oldest) {
        struct frame *frame = self->oldest;
        self->oldest = frame->next;
        free(frame);
    }
    self->newest = NULL;
    self->fresh = NULL;
}

void channel_add(struct channel *self, struct frame *frame)
{
    frame->at = self->end;
    self->end += frame->size;
    if (self->newest)
        self->newest->next = frame;
    else
        self->oldest = frame;
    self->newest = frame;
    if (!self->fresh)
        self->fresh = frame;
}

/* In a queue the oldest goes first, and none that was not offered yet. */
static void trim_queue(struct channel *self)
{
    while (self->oldest && !self->oldest->readers && self->oldest != self->fresh) {
        struct frame *frame = self->oldest;
        self->oldest = frame->next;
        if (!self->oldest)
            self->newest = NULL;
        free(frame);
    }
}

/* Here only the newest counts, and those that somebody is in the middle of;
 * there are as many of them as different ones were begun, at most. */
static void trim_to_last(struct channel *self)
{
    for (struct frame **place = &self->oldest; *place != self->newest;) {
        struct frame *frame = *place;
        if (frame->readers) {
            place = &frame->next;
        } else {
            *place = frame->next;
            free(frame);
        }
    }
}

static void trim(struct channel *self)
{
    if (self->keeps_last)
        trim_to_last(self);
    else
        trim_queue(self);
}

/* Leaves the trimming to the caller. */
static void stand_at(struct subscriber *self, struct frame *frame)
{
    if (self->cursor)
        self->cursor->readers--;
    if (frame)
        frame->readers++;
    self->cursor = frame;
    self->written = 0;
}

static struct frame *frame_after(const struct subscriber *self, const struct frame *frame)
{
    const struct channel *channel = self->channel;

    if (!channel->keeps_last)
        return frame->next == channel->fresh ? NULL : frame->next;
    return frame == channel->newest ? NULL : channel->newest;
}

/* Leaves the trimming to the caller, too. */
static void pass_over(struct subscriber *self)
{
    while (self->cursor && !self->written && self->cursor->seq && self->cursor->seq <= self->seen)
        stand_at(self, frame_after(self, self->cursor));
}

void channel_offer(struct channel *self)
{
    struct frame *fresh = self->fresh;

    if (!fresh)
        return;
    if (self->keeps_last)
        fresh = self->newest;
    self->fresh = NULL;
    for (struct link *at = self->subscribers.next; at != &self->subscribers; at = at->next) {
        struct subscriber *subscriber = LINK_OWNER(at, struct subscriber, place);
        if (!subscriber->cursor || (self->keeps_last && !subscriber->written))
            stand_at(subscriber, fresh);
        pass_over(subscriber);
    }
    trim(self);
}

void channel_join(struct channel *self, struct subscriber *subscriber)
{
    channel_offer(self); /* what is there by now is for those who are there by now */
    *subscriber = (struct subscriber){.channel = self};
    link_append(&self->subscribers, &subscriber->place);
}

void channel_leave(struct subscriber *subscriber)
{
    struct channel *self = subscriber->channel;

    if (!self)
        return;
    stand_at(subscriber, NULL);
    link_remove(&subscriber->place);
    subscriber->channel = NULL;
    trim(self);
}

const struct frame *subscriber_next(const struct subscriber *self)
{
    return self->cursor;
}

const struct frame *subscriber_after(const struct subscriber *self, const struct frame *frame)
{
    return frame_after(self, frame);
}

int64_t subscriber_wrote(struct subscriber *self, size_t size)
{
    int64_t seq = 0;

    while (self->cursor && size >= self->cursor->size - self->written) {
        size -= self->cursor->size - self->written;
        seq = self->cursor->seq;
        stand_at(self, frame_after(self, self->cursor));
    }
    self->written += (uint32_t)size;
    if (self->channel)
        trim(self->channel);
    return seq;
}

void subscriber_skip(struct subscriber *self, int64_t seq)
{
    if (seq > self->seen)
        self->seen = seq;
    pass_over(self);
    if (self->channel)
        trim(self->channel);
}

void subscriber_skip_all(struct subscriber *self)
{
    stand_at(self, NULL);
    if (self->channel)
        trim(self->channel);
}

void subscriber_repeat(struct subscriber *self)
{
    assert(self->channel->keeps_last && !self->cursor);
    stand_at(self, self->channel->newest);
}

int64_t subscriber_behind(const struct subscriber *self)
{
    return self->cursor ? self->channel->end - self->cursor->at - self->written : 0;
}
