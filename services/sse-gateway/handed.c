#include "handed.h"

#include <czmq.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "own.h"

enum {
    RETURN_MS = 2000, /* a reader that closes to open anew is back by then */
    ROUNDING_MS = 2,  /* of two differences of whole milliseconds */
};

struct entry {
    struct link place;       /* by the time of the last leave, oldest first */
    struct handed_mark mark; /* the oldest that was left */
    int64_t left;            /* when */
    int64_t expires;
    unsigned gone; /* streams that left and are not back */
    char reader[];
};

struct handed {
    zhashx_t *entries; /* by reader, which is inside the entry */
    struct link order;
    size_t limit;
};

struct handed *handed_new(size_t limit)
{
    struct handed *self = own_zero(sizeof(*self));

    self->entries = zhashx_new();
    zhashx_set_key_duplicator(self->entries, NULL);
    zhashx_set_key_destructor(self->entries, NULL);
    link_init(&self->order);
    self->limit = limit;
    return self;
}

static void forget(struct handed *self, struct entry *entry)
{
    link_remove(&entry->place);
    zhashx_delete(self->entries, entry->reader);
    free(entry);
}

void handed_clear(struct handed *self)
{
    for (struct link *at = self->order.next, *next; at != &self->order; at = next) {
        next = at->next;
        forget(self, LINK_OWNER(at, struct entry, place));
    }
}

void handed_destroy(struct handed **self)
{
    if (!*self)
        return;
    handed_clear(*self);
    zhashx_destroy(&(*self)->entries);
    free(*self);
    *self = NULL;
}

static void make_room(struct handed *self, int64_t now)
{
    for (struct link *at = self->order.next, *next; at != &self->order; at = next) {
        struct entry *entry = LINK_OWNER(at, struct entry, place);
        next = at->next;
        if (entry->expires > now && zhashx_size(self->entries) < self->limit)
            return;
        forget(self, entry);
    }
}

static struct entry *add(struct handed *self, const char *reader, int64_t now)
{
    size_t size = strlen(reader) + 1;

    make_room(self, now);
    struct entry *entry = own_zero(sizeof(*entry) + size);
    memcpy(entry->reader, reader, size);
    link_init(&entry->place);
    zhashx_insert(self->entries, entry->reader, entry);
    return entry;
}

/* Returns the entry, NULL when there is none that is still good. */
static struct entry *find(struct handed *self, const char *reader, int64_t now)
{
    struct entry *entry = zhashx_lookup(self->entries, reader);

    if (entry && entry->expires <= now) {
        forget(self, entry);
        return NULL;
    }
    return entry;
}

void handed_leave(struct handed *self, const char *reader, const struct handed_mark *mark,
                  int64_t now, int64_t expires)
{
    struct entry *entry = find(self, reader, now);

    if (!entry)
        entry = add(self, reader, now);
    if (now - entry->left > RETURN_MS)
        entry->gone = 0;
    if (!entry->gone || mark->last.seq < entry->mark.last.seq) {
        entry->mark = *mark;
        entry->left = now;
    }
    entry->gone++;
    entry->expires = expires;
    link_remove(&entry->place);
    link_append(&self->order, &entry->place);
}

bool handed_take(struct handed *self, const char *reader, struct handed_mark *mark, int64_t now)
{
    struct entry *entry = find(self, reader, now);

    if (!entry)
        return false;
    *mark = entry->mark;
    if (--entry->gone == 0)
        forget(self, entry);
    return true;
}

bool handed_is_awaited(struct handed *self, const char *reader, int64_t now)
{
    const struct entry *entry = find(self, reader, now);

    return entry && entry->mark.leaves && now - entry->left <= RETURN_MS;
}

struct handed_mark handed_mark_from(struct handed_point start)
{
    return (struct handed_mark){start, start, start, false};
}

static bool is_same(struct handed_point a, struct handed_point b)
{
    return a.seq == b.seq && a.time == b.time;
}

void handed_mark_batch(struct handed_mark *self, int64_t time)
{
    self->last.time = time;
    if (is_same(self->first, self->start))
        self->first = self->last;
}

/* Who has read several batches and is cut off behind one of them does not close
 * after each. */
void handed_mark_close(struct handed_mark *self, bool is_soon)
{
    bool has_one = is_same(self->first, self->last) && !is_same(self->first, self->start);

    self->leaves = self->leaves || (is_soon && has_one);
}

const struct handed_point *handed_had(const struct handed_mark *self, int64_t bound)
{
    bound += ROUNDING_MS;
    if (bound >= self->last.time)
        return &self->last;
    if (bound >= self->first.time)
        return &self->first;
    return bound >= self->start.time ? &self->start : NULL;
}

size_t handed_count(const struct handed *self)
{
    return zhashx_size(self->entries);
}
