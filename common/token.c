#include "token.h"

#include <jose/b64.h>
#include <jose/jws.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "token_key.h"
#include "uuid.h"

enum { TEXT_MAX = 8192, CLOCK_SKEW_MS = 60000 };

static const int64_t second_max = 253402300799; /* the year 9999 */

/* Claims with a meaning of their own; the others are content. */
static const char *const registered[] = {"iss", "sub", "aud", "exp", "nbf", "iat", "jti"};

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

/* The three parts of a compact token, as their lengths. */
struct parts {
    const char *header, *payload, *signature;
    size_t header_size, payload_size, signature_size;
};

static int split(const char *text, struct parts *parts, char why[WHY_MAX])
{
    size_t size = strnlen(text, TEXT_MAX + 1);

    if (size > TEXT_MAX)
        return refuse(why, "the token is longer than %d bytes", TEXT_MAX);
    const char *first = memchr(text, '.', size);
    const char *second = first ? strchr(first + 1, '.') : NULL;
    if (!second || strchr(second + 1, '.'))
        return refuse(why, "the token does not have three parts");
    *parts = (struct parts){.header = text,
                            .payload = first + 1,
                            .signature = second + 1,
                            .header_size = (size_t)(first - text),
                            .payload_size = (size_t)(second - first - 1),
                            .signature_size = (size_t)(text + size - second - 1)};
    if (!parts->header_size || !parts->payload_size || !parts->signature_size)
        return refuse(why, "a part of the token is empty");
    return 0;
}

/* Returns the JSON object in this part, NULL when there is none. */
static json_t *decode(const char *part, size_t size)
{
    char json[TEXT_MAX];
    size_t json_size = jose_b64_dec_buf(part, size, json, sizeof(json));

    if (json_size == SIZE_MAX)
        return NULL;
    json_t *object = json_loadb(json, json_size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

static int check_header(const struct parts *parts, char why[WHY_MAX])
{
    json_t *header = decode(parts->header, parts->header_size);
    const char *algorithm = json_string_value(json_object_get(header, "alg"));
    int rc = 0;

    if (!header)
        rc = refuse(why, "the token's header is not JSON");
    else if (!algorithm || strcmp(algorithm, "RS256") != 0)
        rc = refuse(why, "the token is not RS256");
    else if (json_object_get(header, "crit"))
        rc = refuse(why, "the token wants an extension"); /* RFC 7515 §4.1.11 */
    json_decref(header);
    return rc;
}

static int read_second(const json_t *claims, const char *name, int64_t *second, char why[WHY_MAX])
{
    const json_t *value = json_object_get(claims, name);

    *second = json_integer_value(value);
    if (!json_is_integer(value) || *second < 0 || *second > second_max)
        return refuse(why, "%s is no time", name);
    return 0;
}

static int check_times(const json_t *claims, int64_t now, struct token *token, char why[WHY_MAX])
{
    int64_t issued, expires, not_before = 0;

    if (read_second(claims, "iat", &issued, why) == -1 ||
        read_second(claims, "exp", &expires, why) == -1)
        return -1;
    if (json_object_get(claims, "nbf") && read_second(claims, "nbf", &not_before, why) == -1)
        return -1;
    token->issued_at = issued * 1000;
    token->expires_at = expires * 1000;
    if (token->issued_at > now + CLOCK_SKEW_MS || not_before * 1000 > now + CLOCK_SKEW_MS)
        return refuse(why, "the token is from the future");
    if (token->expires_at <= now)
        return refuse(why, "the token has expired");
    return 0;
}

static int check_claims(const json_t *claims, const char *issuer, int64_t now, struct token *token,
                        char why[WHY_MAX])
{
    const char *token_id = json_string_value(json_object_get(claims, "jti"));
    const char *from = json_string_value(json_object_get(claims, "iss"));

    if (!claims)
        return refuse(why, "the token's payload is not a JSON object");
    if (!from || strcmp(from, issuer) != 0)
        return refuse(why, "the token is from another issuer");
    if (json_object_get(claims, "aud"))
        return refuse(why, "the token is for someone else"); /* RFC 7519 §4.1.3 */
    if (!token_id || !uuid_is_valid(token_id))
        return refuse(why, "jti is no UUID");
    memcpy(token->token_id, token_id, UUID_SIZE);
    return check_times(claims, now, token, why);
}

static bool is_signed(const struct token_key *key, const struct parts *parts)
{
    json_t *jws = json_pack("{s:s%, s:s%, s:s%}", "protected", parts->header, parts->header_size,
                            "payload", parts->payload, parts->payload_size, "signature",
                            parts->signature, parts->signature_size);
    bool is_good = jws && jose_jws_ver(NULL, jws, NULL, token_key_public_jwk(key), true);

    json_decref(jws);
    return is_good;
}

/* What this key signed before needs no second look at its header and
 * signature: nobody else can make the same text. */
static int check_origin(const struct token_key *key, const struct parts *parts,
                        const struct verified_digest *digest, char why[WHY_MAX])
{
    struct verified *verified = token_key_verified(key);

    if (verified_has(verified, digest))
        return 0;
    if (check_header(parts, why) == -1)
        return -1;
    if (!is_signed(key, parts))
        return refuse(why, "the token's signature is wrong");
    verified_add(verified, digest);
    return 0;
}

static json_t *content_of(json_t *claims)
{
    json_t *content = or_abort(json_copy(claims));

    for (size_t i = 0; i < sizeof(registered) / sizeof(*registered); i++)
        json_object_del(content, registered[i]);
    return content;
}

/* What a call checks: the text, and for whom and when. */
struct occasion {
    const struct token_key *key;
    const char *issuer;
    int64_t now;
};

/* What costs little is checked first, the signature last. */
static int verify_new(const struct occasion *occasion, const struct parts *parts,
                      const struct verified_digest *digest, struct token *token, char why[WHY_MAX])
{
    struct claims_table *table = token_key_claims(occasion->key);
    struct claims claims = {.all = decode(parts->payload, parts->payload_size)};

    if (check_claims(claims.all, occasion->issuer, occasion->now, token, why) == -1 ||
        check_origin(occasion->key, parts, digest, why) == -1) {
        json_decref(claims.all);
        return -1;
    }
    claims.content = content_of(claims.all);
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
    struct parts parts = {0};

    if (split(text, &parts, why) == -1)
        return -1;
    const char *end = parts.signature + parts.signature_size;
    struct verified_digest digest = verified_digest(text, (size_t)(end - text));
    if (table)
        known = claims_find(table, &digest);
    if (!known.all)
        return verify_new(occasion, &parts, &digest, token, why);
    token->content = json_incref(known.content);
    return check_claims(known.all, occasion->issuer, occasion->now, token, why);
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
