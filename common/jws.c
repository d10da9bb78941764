#include "jws.h"

#include <jose/b64.h>
#include <jose/jws.h>
#include <stdlib.h>
#include <string.h>

#include "uuid.h"

enum { CLOCK_SKEW_MS = 60000 };

static const int64_t second_max = 253402300799; /* the year 9999 */

int jws_split(const char *text, struct jws *parts, char why[WHY_MAX])
{
    size_t size = strnlen(text, JWS_SIZE_MAX + 1);

    if (size > JWS_SIZE_MAX)
        return refuse(why, "the token is longer than %d bytes", JWS_SIZE_MAX);
    const char *first = memchr(text, '.', size);
    const char *second = first ? strchr(first + 1, '.') : NULL;
    if (!second || strchr(second + 1, '.'))
        return refuse(why, "the token does not have three parts");
    *parts = (struct jws){.header = text,
                          .payload = first + 1,
                          .signature = second + 1,
                          .header_size = (size_t)(first - text),
                          .payload_size = (size_t)(second - first - 1),
                          .signature_size = (size_t)(text + size - second - 1)};
    if (!parts->header_size || !parts->payload_size || !parts->signature_size)
        return refuse(why, "a part of the token is empty");
    return 0;
}

json_t *jws_decode(const char *part, size_t size)
{
    char json[JWS_SIZE_MAX];
    size_t json_size = jose_b64_dec_buf(part, size, json, sizeof(json));

    if (json_size == SIZE_MAX)
        return NULL;
    json_t *object = json_loadb(json, json_size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        return object;
    json_decref(object);
    return NULL;
}

json_t *jws_header(const struct jws *parts, char why[WHY_MAX])
{
    json_t *header = jws_decode(parts->header, parts->header_size);

    if (!header)
        refuse(why, "the token's header is not JSON");
    if (!json_object_get(header, "crit"))
        return header;
    refuse(why, "the token wants an extension"); /* RFC 7515 §4.1.11 */
    json_decref(header);
    return NULL;
}

bool jws_header_has(const json_t *header, const char *algorithm)
{
    const char *named = json_string_value(json_object_get(header, "alg"));

    return named && strcmp(named, algorithm) == 0;
}

bool jws_is_signed(const struct jws *parts, const json_t *key)
{
    json_t *jws = json_pack("{s:s%, s:s%, s:s%}", "protected", parts->header, parts->header_size,
                            "payload", parts->payload, parts->payload_size, "signature",
                            parts->signature, parts->signature_size);
    bool is_good = jws && jose_jws_ver(NULL, jws, NULL, key, true);

    json_decref(jws);
    return is_good;
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

int jws_check_claims(const json_t *claims, const char *issuer, int64_t now, struct token *token,
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

/* Claims with a meaning of their own; the others are content. */
json_t *jws_content(json_t *claims)
{
    static const char *const registered[] = {"iss", "sub", "aud", "exp", "nbf", "iat", "jti"};
    json_t *content = json_copy(claims);

    if (!content)
        abort(); /* out of memory */
    for (size_t i = 0; i < sizeof(registered) / sizeof(*registered); i++)
        json_object_del(content, registered[i]);
    return content;
}
