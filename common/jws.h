/* jws.h - a token taken apart, and what every good one says, whoever signed it
 * (RFC 7515 §7.1, RFC 7519; contract §5.2). For token.c and jwks.c alone. */
#ifndef JWS_H
#define JWS_H

#include "token.h"

enum { JWS_SIZE_MAX = 8192 };

/* The three parts of a compact token, lent by it. */
struct jws {
    const char *header, *payload, *signature;
    size_t header_size, payload_size, signature_size;
};

/* Returns 0, or -1 with the reason in why. */
int jws_split(const char *text, struct jws *parts, char why[WHY_MAX]);

/* Returns the JSON object in a part, NULL when there is none. The caller
 * releases it. */
json_t *jws_decode(const char *part, size_t size);

/* Returns the header, unless it is none or wants what is not known here: NULL
 * with the reason in why. The caller releases it. */
json_t *jws_header(const struct jws *parts, char why[WHY_MAX]);

/* Whether this is the algorithm that the header names. */
bool jws_header_has(const json_t *header, const char *algorithm);

/* key is a JWK that names its algorithm. */
bool jws_is_signed(const struct jws *parts, const json_t *key);

/* Checks what token_verify does, but for the signature, and fills token but
 * for its content. claims: what jws_decode returned. Returns 0, or -1 with the
 * reason in why. */
int jws_check_claims(const json_t *claims, const char *issuer, int64_t now, struct token *token,
                     char why[WHY_MAX]);

/* Returns the claims that are not registered ones. The caller releases them. */
json_t *jws_content(json_t *claims);

#endif
