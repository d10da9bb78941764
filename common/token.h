/* token.h - RS256 tokens: signed by rest-ingress, checked wherever a cookie
 * arrives (contract §5.2, RFC 7519). With jws.c and jwks.c the only one that
 * knows libjose.
 *
 * The key type decides the algorithm: an HS256 token made with the public
 * key, or alg none, is refused. */
#ifndef TOKEN_H
#define TOKEN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "codec.h"

struct token_key;

/* Reads the private key in this PEM file, or makes one of 2048 bits there
 * (mode 0600, in place at once or not at all) with its public half in
 * public_path. When several start together, all end with the same key.
 * Returns NULL with the reason in why. */
struct token_key *token_key_open(const char *path, const char *public_path, char why[WHY_MAX]);

/* Reads the public key in this PEM file. Returns NULL with the reason in why,
 * also while there is no such file yet. */
struct token_key *token_key_open_public(const char *path, char why[WHY_MAX]);

void token_key_destroy(struct token_key **self);

/* Returns the public half as PEM, lent by the key. */
const char *token_key_public_pem(const struct token_key *self);

struct token {
    char token_id[UUID_SIZE]; /* jti */
    int64_t issued_at;        /* wall milliseconds; iat and exp are whole seconds */
    int64_t expires_at;
    json_t *content; /* the claims that are not registered ones; owned */
};

/* Returns a signed token (the caller frees it), and fills
 * issued_at and expires_at of token, and token_id with a new one when it is "".
 * content is lent. lives_ms: from now, at least 1000. */
char *token_sign(const struct token_key *key, const char *issuer, struct token *token, int64_t now,
                 int64_t lives_ms);

/* Checks signature, issuer, jti, iat (not in the future by more than a
 * minute) and exp. Returns 0, and token must then be released with
 * token_clear(); or -1 with the reason in why. text is at most 8 KiB. The
 * signature of a text that was good before is not computed again (verified.h),
 * and where the private key is, what it says is not decoded again (claims.h);
 * all else is checked each time. token->content is not to be changed. */
int token_verify(const struct token_key *key, const char *issuer, const char *text, int64_t now,
                 struct token *token, char why[WHY_MAX]);

void token_clear(struct token *self);

#endif
