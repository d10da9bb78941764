#include "verified.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

enum { WAYS = 4, SETS = 8192 };

struct set {
    struct verified_digest items[WAYS];
};

/* 1 MiB, of which the kernel gives what is touched. A place that was never
 * taken holds zeros, which are nobody's digest. */
struct verified {
    unsigned next; /* the place in a full set to be taken next */
    struct set sets[SETS];
};

struct verified *verified_new(void)
{
    return own_zero(sizeof(struct verified));
}

void verified_destroy(struct verified **self)
{
    free(*self);
    *self = NULL;
}

const EVP_MD *verified_sha256(void)
{
    static EVP_MD *method;

    if (!method)
        method = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!method)
        abort(); /* out of memory */
    return method;
}

struct verified_digest verified_digest(const char *text, size_t size)
{
    struct verified_digest digest;

    if (EVP_Digest(text, size, digest.bytes, NULL, verified_sha256(), NULL) != 1)
        abort(); /* out of memory */
    return digest;
}

static size_t set_of(const struct verified_digest *digest)
{
    uint32_t number;

    memcpy(&number, digest->bytes, sizeof(number));
    return number % SETS;
}

bool verified_has(const struct verified *self, const struct verified_digest *digest)
{
    const struct set *set = &self->sets[set_of(digest)];

    for (size_t i = 0; i < WAYS; i++)
        if (memcmp(&set->items[i], digest, sizeof(*digest)) == 0)
            return true;
    return false;
}

/* An empty place, while there is one. */
static size_t place_in(struct verified *self, const struct set *set)
{
    static const struct verified_digest empty;

    for (size_t i = 0; i < WAYS; i++)
        if (memcmp(&set->items[i], &empty, sizeof(empty)) == 0)
            return i;
    return self->next++ % WAYS;
}

void verified_add(struct verified *self, const struct verified_digest *digest)
{
    struct set *set = &self->sets[set_of(digest)];

    set->items[place_in(self, set)] = *digest;
}
