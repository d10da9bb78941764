#include "idset.h"

#include <stdlib.h>
#include <string.h>

#include "own.h"

/* FNV-1a, then the finish of MurmurHash3 to spread it over all 64 bits. */
static uint64_t hash_of(const char *id)
{
    uint64_t hash = 0xcbf29ce484222325U;

    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * 0x100000001b3U;
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdU;
    hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53U;
    return hash ^ (hash >> 33);
}

/* Returns how many are less than hash: its place. */
static size_t place_of(const struct idset *self, uint64_t hash)
{
    size_t least = 0;
    size_t most = self->count;

    while (least < most) {
        size_t middle = least + (most - least) / 2;
        if (self->hashes[middle] < hash)
            least = middle + 1;
        else
            most = middle;
    }
    return least;
}

static bool is_at(const struct idset *self, size_t place, uint64_t hash)
{
    return place < self->count && self->hashes[place] == hash;
}

bool idset_has(const struct idset *self, const char *id)
{
    uint64_t hash = hash_of(id);

    return is_at(self, place_of(self, hash), hash);
}

static void add_hash(struct idset *self, uint64_t hash)
{
    size_t place = place_of(self, hash);

    if (is_at(self, place, hash))
        return;
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : 4;
        self->hashes = own_grow(self->hashes, self->room * sizeof(*self->hashes));
    }
    memmove(&self->hashes[place + 1], &self->hashes[place],
            (self->count - place) * sizeof(*self->hashes));
    self->hashes[place] = hash;
    self->count++;
}

void idset_add(struct idset *self, const char *id)
{
    add_hash(self, hash_of(id));
}

void idset_add_all(struct idset *self, const struct idset *other)
{
    for (size_t i = 0; i < other->count; i++)
        add_hash(self, other->hashes[i]);
}

void idset_clear(struct idset *self)
{
    free(self->hashes);
    *self = (struct idset){0};
}
