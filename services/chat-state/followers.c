#include "followers.h"

#include <string.h>

#include "log.h"

static struct follower_seen *find(struct followers *self, const char *id)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->items[i].id, id) == 0)
            return &self->items[i];
    return NULL;
}

static void forget_silent(struct followers *self, int64_t now)
{
    size_t kept = 0;

    for (size_t i = 0; i < self->count; i++)
        if (now - self->items[i].heard_at < FOLLOWER_SILENT_MS)
            self->items[kept++] = self->items[i];
    self->count = kept;
}

static struct follower_seen *add(struct followers *self, const char *id, int64_t now)
{
    if (self->count == FOLLOWERS_MAX)
        forget_silent(self, now);
    if (self->count == FOLLOWERS_MAX)
        return NULL;
    struct follower_seen *item = &self->items[self->count++];
    *item = (struct follower_seen){.holds_since = -1};
    memcpy(item->id, id, UUID_SIZE);
    return item;
}

void followers_hear(struct followers *self, const char *id, int64_t position, int64_t now)
{
    struct follower_seen *item = find(self, id);

    if (!item)
        item = add(self, id, now);
    if (!item) {
        self->refused++;
        return;
    }
    item->position = position;
    item->heard_at = now;
}

/* Returns whether the log is kept for it. It is given up once, and may hold
 * again when it has caught up. */
static bool holds(struct followers *self, struct follower_seen *item, int64_t bound, int64_t now)
{
    if (item->position >= bound) {
        item->holds_since = -1;
        item->is_given_up = false;
        return false;
    }
    if (item->holds_since == -1)
        item->holds_since = now;
    if (now - item->holds_since < FOLLOWER_HOLD_MS)
        return true;
    if (!item->is_given_up) {
        item->is_given_up = true;
        self->given_up++;
        log_warn("a follower is too far behind, the log is not kept for it", "follower", item->id,
                 "position", log_number(item->position));
    }
    return false;
}

int64_t followers_allow(struct followers *self, int64_t bound, int64_t now)
{
    int64_t allowed = bound;

    forget_silent(self, now);
    for (size_t i = 0; i < self->count; i++)
        if (holds(self, &self->items[i], bound, now) && self->items[i].position < allowed)
            allowed = self->items[i].position;
    return allowed;
}
