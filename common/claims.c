#include "claims.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

enum { WAYS = 4, SETS = 512 };

struct place {
    struct verified_digest digest;
    struct claims claims; /* of NULLs where nothing was kept */
};

struct set {
    unsigned next; /* the place to be taken next */
    struct place places[WAYS];
};

struct claims_table {
    struct set sets[SETS];
};

struct claims_table *claims_table_new(void)
{
    return own_zero(sizeof(struct claims_table));
}

static void place_clear(struct place *self)
{
    json_decref(self->claims.all);
    json_decref(self->claims.content);
}

void claims_table_destroy(struct claims_table **self)
{
    for (size_t i = 0; *self && i < SETS; i++)
        for (size_t j = 0; j < WAYS; j++)
            place_clear(&(*self)->sets[i].places[j]);
    free(*self);
    *self = NULL;
}

static size_t set_of(const struct verified_digest *digest)
{
    uint32_t number;

    memcpy(&number, digest->bytes, sizeof(number));
    return number % SETS;
}

struct claims claims_find(const struct claims_table *self, const struct verified_digest *digest)
{
    const struct set *set = &self->sets[set_of(digest)];

    for (size_t i = 0; i < WAYS; i++)
        if (set->places[i].claims.all &&
            memcmp(&set->places[i].digest, digest, sizeof(*digest)) == 0)
            return set->places[i].claims;
    return (struct claims){NULL, NULL};
}

void claims_keep(struct claims_table *self, const struct verified_digest *digest,
                 const struct claims *claims)
{
    struct set *set = &self->sets[set_of(digest)];
    struct place *place = &set->places[set->next++ % WAYS];

    place_clear(place);
    place->digest = *digest;
    place->claims = (struct claims){json_incref(claims->all), json_incref(claims->content)};
}
