#include "subscription.h"

#include <assert.h>
#include <stdlib.h>

static const struct frame *first_of(const struct subscription *self)
{
    return self->missed ? self->missed : subscriber_next(&self->subscriber);
}

static uint32_t written_of(const struct subscription *self)
{
    return self->missed ? self->missed_written : self->subscriber.written;
}

bool subscription_has_next(const struct subscription *self)
{
    return first_of(self) != NULL;
}

void subscription_add_missed(struct subscription *self, struct frame *frames)
{
    struct frame **place = &self->missed;

    while (*place)
        place = &(*place)->next;
    *place = frames;
}

static void drop_first(struct subscription *self)
{
    struct frame *frame = self->missed;

    self->missed = frame->next;
    self->missed_written = 0;
    free(frame);
}

void subscription_drop_missed(struct subscription *self)
{
    while (self->missed)
        drop_first(self);
}

struct subscription *subscriptions_begun(struct subscription *self, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (written_of(&self[i]))
            return &self[i];
    return NULL;
}

/* Returns the frame after this one; NULL: it is not here, or not yet. */
static const struct frame *after_of(const struct subscription *self, const struct frame *frame)
{
    if (self->missed)
        return frame->next;
    return self->subscriber.channel->keeps_last ? NULL : subscriber_after(&self->subscriber, frame);
}

static bool goes_before(const struct subscription *a, const struct frame *frame_a,
                        const struct subscription *b, const struct frame *frame_b)
{
    if (frame_a->seq != frame_b->seq)
        return frame_a->seq < frame_b->seq;
    return view_part(a->view) < view_part(b->view);
}

/* Returns whose frame goes first, count when none may. at: the next of each. */
static unsigned first_to_go(const struct subscription *self, unsigned count,
                            const struct frame *const at[])
{
    unsigned first = count;

    for (unsigned i = 0; i < count; i++) {
        if (!at[i] && self[i].owed == OWED_MISSED)
            return count; /* what it has yet to read may go before all others */
        if (at[i] && (first == count || goes_before(&self[i], at[i], &self[first], at[first])))
            first = i;
    }
    return first;
}

int subscriptions_due(struct subscription *self, unsigned count, struct due *due,
                      struct iovec *vectors, int limit)
{
    const struct frame *at[SUBSCRIPTIONS_MAX];
    const struct subscription *begun = subscriptions_begun(self, count);
    int filled = 0;

    assert(count <= SUBSCRIPTIONS_MAX);
    for (unsigned i = 0; i < count; i++)
        at[i] = first_of(&self[i]);
    while (filled < limit) {
        unsigned i = begun ? (unsigned)(begun - self) : first_to_go(self, count, at);
        if (i == count)
            break;
        size_t written = at[i] == first_of(&self[i]) ? written_of(&self[i]) : 0;
        due[filled] = (struct due){&self[i], at[i]};
        vectors[filled++] = (struct iovec){(char *)at[i]->bytes + written, at[i]->size - written};
        at[i] = after_of(&self[i], at[i]);
        begun = NULL;
    }
    return filled;
}

static int64_t missed_wrote(struct subscription *self, size_t size)
{
    self->missed_written += (uint32_t)size;
    if (self->missed_written < self->missed->size)
        return 0;
    int64_t seq = self->missed->seq;
    drop_first(self);
    return seq;
}

int64_t subscriptions_wrote(const struct due *due, int count, size_t size)
{
    int64_t seq = 0;

    for (int i = 0; i < count && size; i++) {
        struct subscription *self = due[i].subscription;
        size_t rest = first_of(self)->size - written_of(self);
        size_t part = size < rest ? size : rest;
        int64_t whole =
            self->missed ? missed_wrote(self, part) : subscriber_wrote(&self->subscriber, part);
        seq = whole ? whole : seq;
        size -= part;
    }
    return seq;
}
