#include "token.h"

#include <jose/b64.h>
#include <jose/jws.h>
#include <stdlib.h>
#include <string.h>

#include "jws.h"
#include "token_key.h"
#include "uuid.h"

static json_t *or_abort(json_t *value)
{
    if (!value)
        abort(); /* out of memory */
    return value;
}

/* ---- signing ---- */

static json_t *claims_of(const char *issuer, const struct token *token)
{
    json_t *own = or_abort(json_pack("{s:s, s:s, s:I, s:I, s:s}", "jti", token->token_id, "iss",
                                     issuer, "iat", (json_int_t)(token->issued_at / 1000), "exp",
                                     (json_int_t)(token->expires_at / 1000), "sub", ""));

    if (token->content)
        json_object_update_missing(own, token->content);
    return own;
}

/* Returns "header.payload.signature" of a flattened JWS (RFC 7515 §7.1). */
static char *compact(const json_t *jws)
{
    const char *header = json_string_value(json_object_get(jws, "protected"));
    const char *payload = json_string_value(json_object_get(jws, "payload"));
    const char *signature = json_string_value(json_object_get(jws, "signature"));
    char *text;

    if (asprintf(&text, "%s.%s.%s", header, payload, signature) == -1)
        abort(); /* out of memory */
    return text;
}

char *token_sign(const struct token_key *key, const char *issuer, struct token *token, int64_t now,
                 int64_t lives_ms)
{
    if (!*token->token_id)
        uuid_make(token->token_id);
    token->issued_at = now / 1000 * 1000;
    token->expires_at = token->issued_at + lives_ms / 1000 * 1000;

    json_t *claims = claims_of(issuer, token);
    json_t *jws = or_abort(json_pack("{s:o}", "payload", or_abort(jose_b64_enc_dump(claims))));
    json_t *header =
        or_abort(json_pack("{s:{s:s, s:s}}", "protected", "alg", "RS256", "typ", "JWT"));
    if (!jose_jws_sig(NULL, jws, header, token_key_private_jwk(key)))
        abort(); /* the key was tried when it was read: out of memory */
    char *text = compact(jws);
    json_decref(header);
    json_decref(jws);
    json_decref(claims);
    return text;
}

/* ---- checking ---- */

static int check_header(const struct jws *parts, char why[WHY_MAX])
{
    json_t *header = jws_header(parts, why);
    int rc = 0;

    if (!header)
        return -1;
    if (!jws_header_has(header, "RS256"))
        rc = refuse(why, "the token is not RS256");
    json_decref(header);
    return rc;
}

/* What this key signed before needs no second look at its header and
 * signature: nobody else can make the same text. */
static int check_origin(const struct token_key *key, const struct jws *parts,
                        const struct verified_digest *digest, char why[WHY_MAX])
{
    struct verified *verified = token_key_verified(key);

    if (verified_has(verified, digest))
        return 0;
    if (check_header(parts, why) == -1)
        return -1;
    if (!jws_is_signed(parts, token_key_public_jwk(key)))
        return refuse(why, "the token's signature is wrong");
    verified_add(verified, digest);
    return 0;
}

/* What a call checks: the text, and for whom and when. */
struct occasion {
    const struct token_key *key;
    const char *issuer;
    int64_t now;
};

/* What costs little is checked first, the signature last. */
static int verify_new(const struct occasion *occasion, const struct jws *parts,
                      const struct verified_digest *digest, struct token *token, char why[WHY_MAX])
{
    struct claims_table *table = token_key_claims(occasion->key);
    struct claims claims = {.all = jws_decode(parts->payload, parts->payload_size)};

    if (jws_check_claims(claims.all, occasion->issuer, occasion->now, token, why) == -1 ||
        check_origin(occasion->key, parts, digest, why) == -1) {
        json_decref(claims.all);
        return -1;
    }
    claims.content = jws_content(claims.all);
    if (table)
        claims_keep(table, digest, &claims);
    json_decref(claims.all);
    token->content = claims.content;
    return 0;
}

static int verify(const struct occasion *occasion, const char *text, struct token *token,
                  char why[WHY_MAX])
{
    const struct claims_table *table = token_key_claims(occasion->key);
    struct claims known = {NULL, NULL};
    struct jws parts = {0};

    if (jws_split(text, &parts, why) == -1)
        return -1;
    const char *end = parts.signature + parts.signature_size;
    struct verified_digest digest = verified_digest(text, (size_t)(end - text));
    if (table)
        known = claims_find(table, &digest);
    if (!known.all)
        return verify_new(occasion, &parts, &digest, token, why);
    token->content = json_incref(known.content);
    return jws_check_claims(known.all, occasion->issuer, occasion->now, token, why);
}

/* NOLINTNEXTLINE(readability-function-size): each of the six is the caller's to give */
int token_verify(const struct token_key *key, const char *issuer, const char *text, int64_t now,
                 struct token *token, char why[WHY_MAX])
{
    const struct occasion occasion = {key, issuer, now};

    memset(token, 0, sizeof(*token));
    if (verify(&occasion, text, token, why) == 0)
        return 0;
    token_clear(token);
    return -1;
}

void token_clear(struct token *self)
{
    json_decref(self->content);
    memset(self, 0, sizeof(*self));
}
