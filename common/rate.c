#include "rate.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "own.h"

/* Of a key only a hash is kept, so that a long key costs nothing. Its seed is
 * random: nobody outside can find two keys that share a count. */
struct use {
    uint64_t hash; /* 0: a free place */
    int64_t count;
};

struct rate {
    int64_t limit, window_ms;
    int64_t window_ends_at;
    uint64_t seed;
    size_t keys, keys_max;
    size_t places; /* a power of two, at least twice keys_max */
    struct use *uses;
};

struct rate *rate_new(int64_t limit, int64_t window_ms, size_t keys_max)
{
    struct rate *self = own_zero(sizeof(*self));

    *self = (struct rate){.limit = limit,
                          .window_ms = window_ms,
                          .window_ends_at = INT64_MIN,
                          .keys_max = keys_max,
                          .places = 2};
    while (self->places < 2 * keys_max)
        self->places *= 2;
    self->uses = own_zero(self->places * sizeof(*self->uses));
    if (getrandom(&self->seed, sizeof(self->seed), 0) != sizeof(self->seed))
        abort();
    return self;
}

void rate_destroy(struct rate **self_p)
{
    struct rate *self = *self_p;

    *self_p = NULL;
    if (!self)
        return;
    free(self->uses);
    free(self);
}

/* FNV-1a, begun with the seed, and mixed once more at the end. */
static uint64_t hash_of(const struct rate *self, const char *key)
{
    uint64_t hash = self->seed ^ 0xcbf29ce484222325;

    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 0x100000001b3;
    hash ^= hash >> 32;
    return hash ? hash : 1;
}

/* Returns the place of this hash, or the free one where it belongs. Half of
 * the places are always free, so there is one. */
static struct use *find(const struct rate *self, uint64_t hash)
{
    size_t place = hash & (self->places - 1);

    while (self->uses[place].hash && self->uses[place].hash != hash)
        place = (place + 1) & (self->places - 1);
    return &self->uses[place];
}

static void begin_window(struct rate *self, int64_t now)
{
    memset(self->uses, 0, self->places * sizeof(*self->uses));
    self->keys = 0;
    self->window_ends_at = now + self->window_ms;
}

bool rate_allows(struct rate *self, const char *key, int64_t now)
{
    if (now >= self->window_ends_at)
        begin_window(self, now);
    uint64_t hash = hash_of(self, key);
    struct use *use = find(self, hash);
    if (!use->hash) {
        if (self->keys == self->keys_max)
            return false;
        self->keys++;
        use->hash = hash;
    }
    if (use->count >= self->limit)
        return false;
    use->count++;
    return true;
}
