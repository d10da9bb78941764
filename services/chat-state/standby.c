#include "standby.h"

#include "log.h"

enum {
    PAGE_EVENTS = 500, /* read at a time */
    SWEEP_MS = 60000,  /* how often expired tokens are forgotten */
    REST_MS = 60000,
};

void standby_clear(struct standby *self)
{
    memory_clear(&self->memory);
    *self = (struct standby){0};
}

static bool has_begun(const struct standby *self)
{
    return *self->memory.log_id != '\0';
}

/* One that leads may be of an older or a newer program. */
static int begin(struct standby *self, struct store *store, int64_t now)
{
    int rc = now < self->rests_until ? 0 : store_is_current(store);

    if (rc == 1)
        rc = memory_begin(&self->memory, store, now);
    self->swept_at = now;
    return rc;
}

static int read_page(struct standby *self, struct store *store)
{
    int rc = memory_read_page(&self->memory, store);

    self->is_behind = rc == 1;
    self->is_whole = rc == 0;
    if (self->is_whole)
        log_info("chat-state stands by", "seq", log_number(self->memory.tally.seq), "open_chats",
                 log_number((long long)self->memory.count));
    return rc == -1 ? -1 : 0;
}

/* ---- following the log ---- */

/* Whether events are how the log goes on: with the event that is known, if
 * known is 1, and without a hole. */
static bool goes_on(const struct memory *memory, const struct event_list *events, size_t known)
{
    const struct event *first = events->items;

    if (!events->count)
        return !known;
    if (known)
        return first->seq == memory->tally.seq &&
               memory_time_after(first->at) == memory->tally.time;
    return first->seq == memory->tally.seq + 1;
}

/* Reads the next events, and the one before them to tell whether it is the
 * same log. Returns 1, 0 when it is another, or -1. */
static int follow(struct standby *self, struct store *store)
{
    struct memory *memory = &self->memory;
    size_t known = memory->first_seq <= memory->tally.seq; /* 0: there was no event yet */
    struct events_found found = {0};
    int rc = store_read_events(store, "", memory->tally.seq - (int64_t)known, PAGE_EVENTS,
                               &found.events);

    if (rc == 0 && goes_on(memory, &found.events, known)) {
        rc = 1;
        for (size_t i = known; i < found.events.count; i++)
            memory_follow(memory, &found.events.items[i]);
        self->is_behind = found.events.count == PAGE_EVENTS;
    }
    message_clear(&message_types[MESSAGE_events_found], &found);
    return rc;
}

static void sweep(struct standby *self, int64_t now)
{
    if (now - self->swept_at < SWEEP_MS)
        return;
    tokenset_sweep(&self->memory.tokens, now);
    self->swept_at = now;
}

/* Returns as follow. */
static int step(struct standby *self, struct store *store, int64_t now)
{
    if (!has_begun(self) && begin(self, store, now) == -1)
        return -1;
    if (!has_begun(self))
        return 1; /* there is nothing to read yet */
    if (!self->is_whole)
        return read_page(self, store) == -1 ? -1 : 1;
    sweep(self, now);
    return follow(self, store);
}

int standby_step(struct standby *self, struct store *store, int64_t now)
{
    int rc = step(self, store, now);

    if (rc == 1)
        return 0;
    standby_clear(self);
    self->rests_until = now + REST_MS;
    /* It may be a question that is refused, or an event of a newer program. */
    return rc == 0 || store_answers(store) ? 0 : -1;
}

/* ---- taking over ---- */

/* Whether it pays to go on from what is known: an event costs about as much as
 * an open chat. */
static bool is_near(const struct memory *known, const struct store_head *head)
{
    int64_t missing = head->seq - known->tally.seq;

    return streq(known->log_id, head->log_id) && missing >= 0 &&
           missing <= (int64_t)known->count + PAGE_EVENTS;
}

static bool is_at(const struct memory *known, const struct store_head *head)
{
    return known->tally.seq == head->seq && known->tally.time == memory_time_after(head->time);
}

/* Returns whether self->memory is what is stored. */
static bool catch_up(struct standby *self, struct store *store, const struct store_head *head)
{
    int rc = has_begun(self) ? 1 : 0;

    while (rc == 1 && !self->is_whole)
        rc = read_page(self, store) == -1 ? -1 : 1;
    if (rc != 1 || !is_near(&self->memory, head))
        return false;
    do
        rc = follow(self, store);
    while (rc == 1 && self->is_behind);
    if (rc != 1 || !is_at(&self->memory, head))
        return false;
    self->memory.first_seq = head->first_seq;
    self->memory.tally.row = head->row;
    return true;
}

int standby_lead(struct standby *self, struct store *store, const struct store_head *head,
                 int64_t now, struct memory *memory)
{
    bool is_known = catch_up(self, store, head);

    if (is_known) {
        *memory = self->memory;
        self->memory = (struct memory){0};
    }
    standby_clear(self);
    return is_known ? 1 : memory_load(memory, store, now);
}
