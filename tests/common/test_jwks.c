#include "test.h"

#include <jose/openssl.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forge.h"
#include "jwks.h"
#include "own.h"

#define ISSUER "https://log-in.example.ee"
#define CLAIMS                                                                                     \
    "{\"jti\":\"0e6c2a27-fbc1-4f07-9c84-e941af4fce51\",\"iss\":\"" ISSUER                          \
    "\",\"iat\":1700000000,\"exp\":1700000100,\"personalCode\":\"EE60001019906\"}"

static const int64_t now = 1700000000000;

/* Keys of those who sign, and of one who does not. */
static struct {
    EVP_PKEY *one, *two, *curve, *stranger;
} keys;

static int make_keys(void **state)
{
    (void)state;
    keys.one = EVP_RSA_gen(2048);
    keys.two = EVP_RSA_gen(2048);
    keys.curve = EVP_EC_gen("P-256");
    keys.stranger = EVP_RSA_gen(2048);
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(keys.one);
    EVP_PKEY_free(keys.two);
    EVP_PKEY_free(keys.curve);
    EVP_PKEY_free(keys.stranger);
    return 0;
}

/* ---- sets ---- */

/* The private half stays in: a set that was published by mistake. */
static json_t *jwk(EVP_PKEY *key, const char *kid)
{
    json_t *made = jose_openssl_jwk_from_EVP_PKEY(NULL, key);

    assert_non_null(made);
    if (kid)
        json_object_set_new(made, "kid", json_string(kid));
    return made;
}

/* Takes keys. */
static struct jwks *set_of(json_t *list, char why[WHY_MAX])
{
    json_t *set = json_pack("{s:o}", "keys", list);
    char *text = json_dumps(set, JSON_COMPACT);
    struct jwks *made = jwks_new(text, strlen(text), why);

    json_decref(set);
    free(text);
    return made;
}

static struct jwks *set_of_all(void)
{
    char why[WHY_MAX];
    struct jwks *made = set_of(json_pack("[o, o, o]", jwk(keys.one, "one"), jwk(keys.two, "two"),
                                         jwk(keys.curve, "curve")),
                               why);

    assert_non_null(made);
    return made;
}

/* ---- tokens ---- */

static void accepts(const struct jwks *set, EVP_PKEY *key, const char *header)
{
    char *text = forge_signed(key, header, CLAIMS), why[WHY_MAX] = "";
    struct token token;

    assert_false(jwks_lacks(set, text));
    if (jwks_verify(set, ISSUER, text, now, &token, why) == -1)
        fail_msg("%s", why);
    assert_string_equal(json_string_value(json_object_get(token.content, "personalCode")),
                        "EE60001019906");
    assert_int_equal(token.expires_at, now + 100000);
    token_clear(&token);
    free(text);
}

/* Takes text. */
static void refuses(const struct jwks *set, char *text, const char *reason)
{
    char why[WHY_MAX] = "";
    struct token token;

    assert_int_equal(jwks_verify(set, ISSUER, text, now, &token, why), -1);
    if (!strstr(why, reason))
        fail_msg("\"%s\" instead of \"%s\"", why, reason);
    assert_null(token.content);
    free(text);
}

/* ---- tests ---- */

static void a_token_is_checked_with_the_key_it_names(void **state)
{
    struct jwks *set = set_of_all();

    (void)state;
    accepts(set, keys.one, "{\"alg\":\"RS256\",\"kid\":\"one\"}");
    accepts(set, keys.two, "{\"alg\":\"RS256\",\"kid\":\"two\"}");
    accepts(set, keys.curve, "{\"alg\":\"ES256\",\"kid\":\"curve\"}");
    refuses(set, forge_signed(keys.two, "{\"alg\":\"RS256\",\"kid\":\"one\"}", CLAIMS),
            "signature");
    refuses(set, forge_signed(keys.stranger, "{\"alg\":\"RS256\",\"kid\":\"one\"}", CLAIMS),
            "signature");
    jwks_destroy(&set);
    jwks_destroy(&set); /* harmless */
}

static void the_key_decides_the_algorithm(void **state)
{
    struct jwks *set = set_of_all();
    BIO *memory = BIO_new(BIO_s_mem());
    char pem[2048] = "";

    (void)state;
    PEM_write_bio_PUBKEY(memory, keys.one);
    BIO_read(memory, pem, sizeof(pem) - 1);
    BIO_free(memory);
    refuses(set, forge_signed(keys.one, "{\"alg\":\"ES256\",\"kid\":\"one\"}", CLAIMS),
            "not RS256");
    refuses(set, forge_signed(keys.curve, "{\"alg\":\"RS256\",\"kid\":\"curve\"}", CLAIMS),
            "not ES256");
    refuses(set, forge_hmac(pem, "{\"alg\":\"HS256\",\"kid\":\"one\"}", CLAIMS), "not RS256");
    refuses(set, forge_hmac(pem, "{\"alg\":\"RS256\",\"kid\":\"one\"}", CLAIMS), "signature");
    refuses(set, forge_with(forge_input("{\"alg\":\"none\",\"kid\":\"one\"}", CLAIMS), "", 0),
            "empty");
    refuses(set, forge_with(forge_input("{\"alg\":\"none\",\"kid\":\"one\"}", CLAIMS), "x", 1),
            "not RS256");
    refuses(
        set,
        forge_signed(keys.one, "{\"alg\":\"RS256\",\"kid\":\"one\",\"crit\":[\"b64\"]}", CLAIMS),
        "extension");
    jwks_destroy(&set);
}

static void what_it_says_is_checked_as_in_any_token(void **state)
{
    static const struct {
        const char *claims, *reason;
    } cases[] = {
        {"{}", "issuer"},
        {"[]", "not a JSON object"},
        {"{\"iss\":\"" ISSUER "/\"}", "issuer"},
        {"{\"iss\":\"" ISSUER "\"}", "jti"},
        {"{\"jti\":\"0e6c2a27-fbc1-4f07-9c84-e941af4fce51\",\"iss\":\"" ISSUER
         "\",\"iat\":1699999000,\"exp\":1700000000}",
         "expired"},
    };
    struct jwks *set = set_of_all();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        refuses(set, forge_signed(keys.one, "{\"alg\":\"RS256\",\"kid\":\"one\"}", cases[i].claims),
                cases[i].reason);
    jwks_destroy(&set);
}

static void a_token_that_names_no_key_is_good_only_if_there_is_one_key(void **state)
{
    char why[WHY_MAX];
    struct jwks *all = set_of_all();
    struct jwks *only = set_of(json_pack("[o]", jwk(keys.one, NULL)), why);

    (void)state;
    accepts(only, keys.one, "{\"alg\":\"RS256\"}");
    refuses(only, forge_signed(keys.two, "{\"alg\":\"RS256\"}", CLAIMS), "signature");
    refuses(all, forge_signed(keys.one, "{\"alg\":\"RS256\"}", CLAIMS), "not known");
    jwks_destroy(&all);
    jwks_destroy(&only);
}

static void a_key_that_is_not_there_is_missed(void **state)
{
    static const struct {
        const char *header;
        bool is_missed, is_missed_by_none;
    } cases[] = {
        {"{\"alg\":\"RS256\",\"kid\":\"one\"}", false, true},
        {"{\"alg\":\"RS256\",\"kid\":\"three\"}", true, true},
        {"{\"alg\":\"RS256\",\"kid\":3}", true, true},
        {"{\"alg\":\"RS256\"}", false, true},
        {"no header", false, false},
    };
    struct jwks *set = set_of_all();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = forge_signed(keys.one, cases[i].header, CLAIMS);
        assert_int_equal(jwks_lacks(set, text), cases[i].is_missed);
        assert_int_equal(jwks_lacks(NULL, text), cases[i].is_missed_by_none);
        free(text);
    }
    assert_false(jwks_lacks(NULL, "no token"));
    refuses(set, forge_signed(keys.one, "{\"alg\":\"RS256\",\"kid\":\"three\"}", CLAIMS),
            "not known");
    refuses(NULL, forge_signed(keys.one, "{\"alg\":\"RS256\",\"kid\":\"one\"}", CLAIMS),
            "not known");
    jwks_destroy(&set);
}

static json_t *changed(const char *member, const char *value)
{
    json_t *key = jwk(keys.one, "one");

    json_object_set_new(key, member, json_string(value));
    return key;
}

static void keys_of_another_kind_or_use_are_left_out(void **state)
{
    EVP_PKEY *small = EVP_RSA_gen(1024), *other_curve = EVP_EC_gen("P-384");
    json_t *left_out[] = {changed("use", "enc"),
                          changed("alg", "RS512"),
                          changed("kty", "oct"),
                          changed("n", "!"),
                          jwk(small, "small"),
                          jwk(other_curve, "P-384"),
                          json_pack("{s:s, s:s}", "kty", "oct", "k", "c2VjcmV0"),
                          json_null(),
                          json_string("a key")};
    char why[WHY_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
        why[0] = '\0';
        assert_null(set_of(json_pack("[O]", left_out[i]), why));
        assert_string_equal(why, "the JWK set has no key for RS256 or ES256");
        struct jwks *set = set_of(json_pack("[o, o]", left_out[i], jwk(keys.two, "two")), why);
        accepts(set, keys.two, "{\"alg\":\"RS256\",\"kid\":\"two\"}");
        jwks_destroy(&set);
    }
    EVP_PKEY_free(small);
    EVP_PKEY_free(other_curve);
}

static void what_is_no_set_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "no JSON",
                                        "[]",
                                        "{}",
                                        "7",
                                        "{\"keys\":{}}",
                                        "{\"keys\":[]}",
                                        "{\"keys\":[],\"keys\":[]}"};
    char why[WHY_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        why[0] = '\0';
        assert_null(jwks_new(texts[i], strlen(texts[i]), why));
        assert_string_not_equal(why, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_checked_with_the_key_it_names),
        cmocka_unit_test(the_key_decides_the_algorithm),
        cmocka_unit_test(what_it_says_is_checked_as_in_any_token),
        cmocka_unit_test(a_token_that_names_no_key_is_good_only_if_there_is_one_key),
        cmocka_unit_test(a_key_that_is_not_there_is_missed),
        cmocka_unit_test(keys_of_another_kind_or_use_are_left_out),
        cmocka_unit_test(what_is_no_set_is_refused),
    };

    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
