#include "jwks.h"

#include <jose/b64.h>
#include <stdlib.h>
#include <string.h>

#include "jws.h"
#include "own.h"

enum { KEYS_MAX = 32, MODULUS_BYTES_MIN = 256 };

struct jwks {
    json_t *keys; /* an array of JWKs, each with its alg */
};

/* ---- the set ---- */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

static bool is_or_lacks(const json_t *key, const char *name, const char *expected)
{
    return !json_object_get(key, name) || strcmp(text_of(key, name), expected) == 0;
}

/* Returns the algorithm that this key is for, NULL for none that is known. */
static const char *algorithm_of(const json_t *key)
{
    const char *type = text_of(key, "kty");
    size_t modulus_size = jose_b64_dec(json_object_get(key, "n"), NULL, 0);

    if (strcmp(type, "RSA") == 0 && modulus_size != SIZE_MAX && modulus_size >= MODULUS_BYTES_MIN)
        return "RS256";
    if (strcmp(type, "EC") == 0 && strcmp(text_of(key, "crv"), "P-256") == 0)
        return "ES256";
    return NULL;
}

/* A private half that was published by mistake stays out. */
static json_t *public_of(const json_t *key, const char *algorithm)
{
    static const char *const members[] = {"kid", "kty", "n", "e", "crv", "x", "y"};
    json_t *copy = json_object();

    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
        if (json_is_string(json_object_get(key, members[i])))
            json_object_set(copy, members[i], json_object_get(key, members[i]));
    if (json_object_set_new(copy, "alg", json_string(algorithm)) == -1)
        abort(); /* out of memory */
    return copy;
}

static void take_key(struct jwks *self, const json_t *key)
{
    const char *algorithm = algorithm_of(key);

    if (algorithm && json_array_size(self->keys) < KEYS_MAX && is_or_lacks(key, "alg", algorithm) &&
        is_or_lacks(key, "use", "sig"))
        json_array_append_new(self->keys, public_of(key, algorithm));
}

struct jwks *jwks_new(const char *text, size_t size, char why[WHY_MAX])
{
    json_t *set = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *keys = json_object_get(set, "keys");
    struct jwks *self = own_zero(sizeof(*self));

    self->keys = json_array();
    for (size_t i = 0; i < json_array_size(keys); i++)
        take_key(self, json_array_get(keys, i));
    if (!json_is_array(keys))
        refuse(why, "it is no JWK set");
    else if (json_array_size(self->keys) == 0)
        refuse(why, "the JWK set has no key for RS256 or ES256");
    json_decref(set);
    if (json_array_size(self->keys) == 0)
        jwks_destroy(&self);
    return self;
}

void jwks_destroy(struct jwks **self)
{
    if (!*self)
        return;
    json_decref((*self)->keys);
    free(*self);
    *self = NULL;
}

/* ---- a token ---- */

/* Returns the key for a token with this header, NULL when it is not here. */
static const json_t *key_for(const struct jwks *self, const json_t *header)
{
    const json_t *keys = self ? self->keys : NULL;
    const json_t *kid = json_object_get(header, "kid");

    if (!kid)
        return json_array_size(keys) == 1 ? json_array_get(keys, 0) : NULL;
    for (size_t i = 0; i < json_array_size(keys); i++)
        if (json_equal(json_object_get(json_array_get(keys, i), "kid"), kid))
            return json_array_get(keys, i);
    return NULL;
}

bool jwks_lacks(const struct jwks *self, const char *text)
{
    struct jws parts;
    char why[WHY_MAX];
    json_t *header = jws_split(text, &parts, why) == 0 ? jws_header(&parts, why) : NULL;
    bool lacks = header && (!self || json_object_get(header, "kid")) && !key_for(self, header);

    json_decref(header);
    return lacks;
}

static int check_origin(const struct jwks *self, const struct jws *parts, char why[WHY_MAX])
{
    json_t *header = jws_header(parts, why);
    const json_t *key = key_for(self, header);
    int rc = -1;

    if (!header)
        return -1;
    if (!key)
        refuse(why, "the token's key is not known");
    else if (!jws_header_has(header, text_of(key, "alg")))
        refuse(why, "the token is not %s, as its key is", text_of(key, "alg"));
    else if (!jws_is_signed(parts, key))
        refuse(why, "the token's signature is wrong");
    else
        rc = 0;
    json_decref(header);
    return rc;
}

/* NOLINTNEXTLINE(readability-function-size): as token_verify */
int jwks_verify(const struct jwks *self, const char *issuer, const char *text, int64_t now,
                struct token *token, char why[WHY_MAX])
{
    struct jws parts;
    json_t *claims = NULL;

    memset(token, 0, sizeof(*token));
    if (jws_split(text, &parts, why) == -1)
        return -1;
    claims = jws_decode(parts.payload, parts.payload_size);
    int rc = jws_check_claims(claims, issuer, now, token, why);
    if (rc == 0)
        rc = check_origin(self, &parts, why);
    if (rc == 0)
        token->content = jws_content(claims);
    else
        token_clear(token);
    json_decref(claims);
    return rc;
}
