/* tokenset.h - the tokens that are good, in 24 bytes each and some room: so
 * many that every end user and agent of the last hours has one.
 *
 * A table by the token's own 16 bytes, which are random (RFC 9562), with open
 * addresses; a place that is given up is filled from behind, so that nothing
 * is ever left over. Pure. */
#ifndef TOKENSET_H
#define TOKENSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is the empty set. */
struct tokenset {
    struct tokenset_entry *entries; /* owned */
    size_t count;
    size_t room; /* a power of two, or 0 */
};

/* token_id: a UUID as text; of any other text, "" too, none is there. */
bool tokenset_has(const struct tokenset *self, const char *token_id);

/* Returns when this token expires, 0 when it is not there. */
int64_t tokenset_expiry(const struct tokenset *self, const char *token_id);

/* expires_at: wall milliseconds, more than 0. One that is there gets this one. */
void tokenset_add(struct tokenset *self, const char *token_id, int64_t expires_at);

void tokenset_remove(struct tokenset *self, const char *token_id);

/* Removes what expires at now or has expired before. */
void tokenset_sweep(struct tokenset *self, int64_t now);

void tokenset_clear(struct tokenset *self);

#endif
