/* jwks.h - the public keys of someone else who signs tokens, as a JWK set
 * (RFC 7517 §5), and the check of such a token. RS256 with 2048 bits at least,
 * and ES256; the key's type decides which. Pure. */
#ifndef JWKS_H
#define JWKS_H

#include <stddef.h>

#include "token.h"

struct jwks;

/* Keys of another kind or use are not looked at. Returns NULL with the reason
 * in why, also when no key is left. */
struct jwks *jwks_new(const char *text, size_t size, char why[WHY_MAX]);
void jwks_destroy(struct jwks **self);

/* Whether text is a token of which the key is not here: it names another one,
 * or there is no set (self is NULL). */
bool jwks_lacks(const struct jwks *self, const char *text);

/* As token_verify. A token that names no key is checked with the only one of
 * the set; if there are more, it is refused. self may be NULL: no token is
 * good. */
int jwks_verify(const struct jwks *self, const char *issuer, const char *text, int64_t now,
                struct token *token, char why[WHY_MAX]);

#endif
