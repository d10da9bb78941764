#include "tokenset.h"

#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "uuid.h"

enum { ID_SIZE = 16, ROOM_MIN = 64 };

struct tokenset_entry {
    unsigned char id[ID_SIZE];
    int64_t expires_at; /* 0: nobody is here */
};

static unsigned char digit(char text)
{
    return (unsigned char)(text <= '9' ? text - '0' : text - 'a' + 10);
}

/* Returns whether the text is a UUID, and writes its bytes. */
static bool read_id(const char *text, unsigned char id[ID_SIZE])
{
    if (!uuid_is_valid(text))
        return false;
    for (size_t i = 0; i < ID_SIZE; i++) {
        text += *text == '-';
        id[i] = (unsigned char)(digit(text[0]) << 4 | digit(text[1]));
        text += 2;
    }
    return true;
}

/* Some bits of a UUID say its version, and tests count in the last ones only:
 * so all are mixed, as the finish of MurmurHash3 does. */
static size_t home_of(const struct tokenset *self, const unsigned char id[ID_SIZE])
{
    uint64_t halves[2];

    memcpy(halves, id, ID_SIZE);
    uint64_t hash = halves[0] ^ (halves[1] * 0x9e3779b97f4a7c15U);
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdU;
    return (size_t)(hash ^ (hash >> 33)) & (self->room - 1);
}

static size_t after(const struct tokenset *self, size_t place)
{
    return (place + 1) & (self->room - 1);
}

/* Returns the place of this id, or the free one where it would be. room is
 * not 0, and one place at least is free. */
static size_t place_of(const struct tokenset *self, const unsigned char id[ID_SIZE])
{
    size_t place = home_of(self, id);

    while (self->entries[place].expires_at && memcmp(self->entries[place].id, id, ID_SIZE) != 0)
        place = after(self, place);
    return place;
}

int64_t tokenset_expiry(const struct tokenset *self, const char *token_id)
{
    unsigned char id[ID_SIZE];

    if (!self->room || !read_id(token_id, id))
        return 0;
    return self->entries[place_of(self, id)].expires_at;
}

bool tokenset_has(const struct tokenset *self, const char *token_id)
{
    return tokenset_expiry(self, token_id) != 0;
}

static void put(struct tokenset *self, const unsigned char id[ID_SIZE], int64_t expires_at)
{
    struct tokenset_entry *entry = &self->entries[place_of(self, id)];

    self->count += entry->expires_at == 0;
    memcpy(entry->id, id, ID_SIZE);
    entry->expires_at = expires_at;
}

/* Makes a new table of those that expire after now. */
static void rebuild(struct tokenset *self, size_t room, int64_t now)
{
    struct tokenset old = *self;

    self->entries = own_zero(room * sizeof(*self->entries));
    self->room = room;
    self->count = 0;
    for (size_t i = 0; i < old.room; i++)
        if (old.entries[i].expires_at > now)
            put(self, old.entries[i].id, old.entries[i].expires_at);
    free(old.entries);
}

/* At most three of four places are taken, so that the ways stay short. */
static bool is_full(size_t count, size_t room)
{
    return 4 * count >= 3 * room;
}

void tokenset_add(struct tokenset *self, const char *token_id, int64_t expires_at)
{
    unsigned char id[ID_SIZE];

    if (expires_at <= 0 || !read_id(token_id, id))
        return;
    if (is_full(self->count + 1, self->room))
        rebuild(self, self->room ? 2 * self->room : ROOM_MIN, 0);
    put(self, id, expires_at);
}

/* Whether an entry at this place may move to the free one: its home is not
 * between them (Knuth, volume 3, algorithm 6.4 R). */
static bool may_move(const struct tokenset *self, size_t place, size_t to)
{
    size_t home = home_of(self, self->entries[place].id);

    return ((place - home) & (self->room - 1)) >= ((place - to) & (self->room - 1));
}

void tokenset_remove(struct tokenset *self, const char *token_id)
{
    unsigned char id[ID_SIZE];

    if (!self->room || !read_id(token_id, id))
        return;
    size_t gap = place_of(self, id);
    if (!self->entries[gap].expires_at)
        return;
    for (size_t at = after(self, gap); self->entries[at].expires_at; at = after(self, at))
        if (may_move(self, at, gap)) {
            self->entries[gap] = self->entries[at];
            gap = at;
        }
    self->entries[gap].expires_at = 0;
    self->count--;
}

static size_t count_after(const struct tokenset *self, int64_t now)
{
    size_t count = 0;

    for (size_t i = 0; i < self->room; i++)
        count += self->entries[i].expires_at > now;
    return count;
}

/* What stays moves to a table of its own size: memory that was needed once is
 * given back. */
void tokenset_sweep(struct tokenset *self, int64_t now)
{
    size_t count = count_after(self, now);
    size_t room = ROOM_MIN;

    if (count == self->count)
        return;
    while (is_full(count + count / 4 + 1, room))
        room *= 2;
    rebuild(self, room, now);
}

void tokenset_clear(struct tokenset *self)
{
    free(self->entries);
    *self = (struct tokenset){0};
}
