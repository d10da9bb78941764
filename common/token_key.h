/* token_key.h - the key behind token.h, for token.c alone. */
#ifndef TOKEN_KEY_H
#define TOKEN_KEY_H

#include "claims.h"
#include "token.h"
#include "verified.h"

/* Both are lent by the key. The private one exists only when the key was read
 * from a private file. */
const json_t *token_key_private_jwk(const struct token_key *self);
const json_t *token_key_public_jwk(const struct token_key *self);

/* The tokens that this key was found to have signed; lent. */
struct verified *token_key_verified(const struct token_key *self);

/* What they say; lent. NULL when the key was read from a public file: a stream
 * shows its token once. */
struct claims_table *token_key_claims(const struct token_key *self);

#endif
