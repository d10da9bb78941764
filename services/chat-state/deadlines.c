#include "deadlines.h"

#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "own.h"

enum { JUMP_MS = 2000 }; /* more than a clock is pulled between two looks */

static const struct message_type *const deadline_type = &message_types[MESSAGE_deadline];

static void destroy(struct deadline *row)
{
    message_clear(deadline_type, row);
    free(row);
}

/* ---- the clock ---- */

void deadlines_begin(struct deadlines *self, int64_t now)
{
    self->now = now;
    self->wall = self->monotonic = 0;
}

void deadlines_look(struct deadlines *self, int64_t wall, int64_t monotonic)
{
    int64_t steadily = monotonic - self->monotonic;
    int64_t passed = wall - self->wall;
    bool is_first = self->monotonic == 0;
    bool is_jump = llabs(passed - steadily) > JUMP_MS;

    self->wall = wall;
    self->monotonic = monotonic;
    if (is_first)
        return;
    self->jumps += is_jump;
    if (is_jump)
        passed = steadily;
    self->now += passed > 0 ? passed : 0;
}

/* ---- in order ---- */

static int compare(const struct deadline *a, const struct deadline *b)
{
    if (a->due != b->due)
        return a->due < b->due ? -1 : 1;
    return strcmp(a->id, b->id);
}

/* Returns how many come before row: its place. */
static size_t place_of(const struct deadlines *self, const struct deadline *row)
{
    size_t least = 0;
    size_t most = self->count;

    while (least < most) {
        size_t middle = least + (most - least) / 2;
        if (compare(self->items[middle], row) < 0)
            least = middle + 1;
        else
            most = middle;
    }
    return least;
}

static void take_out(struct deadlines *self, size_t place)
{
    struct deadline *row = self->items[place];

    zhashx_delete(self->by_id, row->id);
    self->count--;
    memmove(&self->items[place], &self->items[place + 1],
            (self->count - place) * sizeof(struct deadline *));
    destroy(row);
}

/* One place is to spare, for the row that pushes out the last. */
static void make_room(struct deadlines *self)
{
    if (self->items)
        return;
    self->items = own_zero((deadlines_limit(self) + 1) * sizeof(struct deadline *));
    self->by_id = zhashx_new();
}

static void put_in(struct deadlines *self, const struct deadline *row, int64_t due)
{
    struct deadline *copy = own_zero(sizeof(*copy));

    make_room(self);
    message_copy(deadline_type, copy, row);
    copy->due = due;
    size_t place = place_of(self, copy);
    memmove(&self->items[place + 1], &self->items[place],
            (self->count - place) * sizeof(struct deadline *));
    self->items[place] = copy;
    self->count++;
    zhashx_insert(self->by_id, copy->id, copy);
}

/* ---- rows ---- */

size_t deadlines_limit(const struct deadlines *self)
{
    return self->limit ? self->limit : DEADLINES_MAX;
}

bool deadlines_wants_rows(const struct deadlines *self)
{
    return self->has_more && self->count == 0;
}

/* No later than it was to be when it was made, if it were made now. */
static int64_t due_of(const struct deadlines *self, const struct deadline *row)
{
    return row->created > self->now ? self->now + (row->due - row->created) : row->due;
}

void deadlines_fill(struct deadlines *self, const struct deadline_list *rows)
{
    while (self->count)
        take_out(self, self->count - 1);
    for (size_t i = 0; i < rows->count; i++)
        put_in(self, &rows->items[i], due_of(self, &rows->items[i]));
    self->has_more = rows->count >= deadlines_limit(self);
    if (self->has_more)
        self->horizon = self->items[self->count - 1]->due;
}

void deadlines_set(struct deadlines *self, const struct deadline *row)
{
    struct deadline *before = self->by_id ? zhashx_lookup(self->by_id, row->id) : NULL;

    if (before)
        take_out(self, place_of(self, before));
    if (!row->due || (self->has_more && row->due > self->horizon))
        return;
    put_in(self, row, row->due);
    if (self->count <= deadlines_limit(self))
        return;
    take_out(self, self->count - 1);
    self->has_more = true;
    self->horizon = self->items[self->count - 1]->due;
}

void deadlines_remove_subject(struct deadlines *self, const char *subject)
{
    for (size_t i = self->count; *subject && i > 0; i--)
        if (self->items[i - 1]->subject && streq(self->items[i - 1]->subject, subject))
            take_out(self, i - 1);
}

const struct deadline *deadlines_due(const struct deadlines *self, size_t place)
{
    return place < self->count && self->items[place]->due <= self->now ? self->items[place] : NULL;
}

const struct deadline *deadlines_find(const struct deadlines *self, const char *id)
{
    return self->by_id ? zhashx_lookup(self->by_id, id) : NULL;
}

int64_t deadlines_wait(const struct deadlines *self)
{
    if (self->count == 0)
        return self->has_more ? 0 : INT64_MAX;
    int64_t wait = self->items[0]->due - self->now;
    return wait > 0 ? wait : 0;
}

void deadlines_clear(struct deadlines *self)
{
    while (self->count)
        take_out(self, self->count - 1);
    free(self->items);
    zhashx_destroy(&self->by_id);
    *self = (struct deadlines){0};
}

void deadline_list_clear(struct deadline_list *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        message_clear(deadline_type, &rows->items[i]);
    free(rows->items);
    *rows = (struct deadline_list){0};
}
