/* claims.h - what the tokens say that were shown last, so that a cookie that
 * comes with each request is decoded once: that costs ten times as much as
 * finding it here. Only for tokens whose signature was good; whether they still
 * hold is checked each time, by who finds them (token.c). A table of fixed
 * size, 2 to 4 MiB when it is full of agents: the oldest make room. */
#ifndef CLAIMS_H
#define CLAIMS_H

#include <jansson.h>
#include <stdbool.h>

#include "verified.h"

struct claims_table;

struct claims {
    json_t *all;
    json_t *content; /* those that are not registered ones; not to be changed */
};

struct claims_table *claims_table_new(void);
void claims_table_destroy(struct claims_table **self);

/* Returns the claims of the token with this digest, lent until the next
 * claims_keep; those of none are NULL. */
struct claims claims_find(const struct claims_table *self, const struct verified_digest *digest);

/* Keeps what is not there yet; takes references of its own. */
void claims_keep(struct claims_table *self, const struct verified_digest *digest,
                 const struct claims *claims);

#endif
