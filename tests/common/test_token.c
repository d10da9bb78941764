#include "test.h"

#include <jose/b64.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forge.h"
#include "own.h"
#include "token.h"
#include "uuid.h"

#define ISSUER "https://kratt.example.ee"
#define HEADER "{\"alg\":\"RS256\",\"typ\":\"JWT\"}"
#define JTI    "\"jti\":\"0e6c2a27-fbc1-4f07-9c84-e941af4fce51\""
#define ISS    "\"iss\":\"" ISSUER "\""
#define TIMES  "\"iat\":1700000000,\"exp\":1700000100"

static const int64_t now = 1700000000000;

/* A folder with a key pair in it. */
static struct {
    char folder[64], private_path[128], public_path[128];
    struct token_key *key;
    EVP_PKEY *raw; /* the same key, to sign what token_sign never would */
} place;

static struct token_key *open_key(void)
{
    char why[WHY_MAX] = "";
    struct token_key *key = token_key_open(place.private_path, place.public_path, why);

    if (!key)
        fail_msg("%s", why);
    return key;
}

static void remove_keys(void)
{
    unlink(place.private_path);
    unlink(place.public_path);
}

static int make_place(void **state)
{
    (void)state;
    strcpy(place.folder, "/tmp/kratt-test-token-XXXXXX");
    assert_non_null(mkdtemp(place.folder));
    snprintf(place.private_path, sizeof(place.private_path), "%s/key.pem", place.folder);
    snprintf(place.public_path, sizeof(place.public_path), "%s/key.pub.pem", place.folder);
    place.key = open_key();
    FILE *file = fopen(place.private_path, "r");
    place.raw = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    return 0;
}

static int remove_place(void **state)
{
    (void)state;
    token_key_destroy(&place.key);
    token_key_destroy(&place.key); /* harmless */
    EVP_PKEY_free(place.raw);
    remove_keys();
    return rmdir(place.folder); /* fails when a temporary file was left behind */
}

/* ---- forging ---- */

static void refuses(const char *text, const char *reason)
{
    char why[WHY_MAX] = "";
    struct token token;

    if (token_verify(place.key, ISSUER, text, now, &token, why) == 0)
        fail_msg("accepted: %s", text);
    if (!strstr(why, reason))
        fail_msg("\"%s\" instead of \"%s\"", why, reason);
    assert_null(token.content);
}

static char *make_token(struct token *token)
{
    json_t *authorities = json_pack("[s]", "ROLE_ADMINISTRATOR");

    *token = (struct token){.content = json_pack("{s:s, s:o, s:s}", "idCode", "EE123",
                                                 "authorities", authorities, "sub", "ignored")};
    return token_sign(place.key, ISSUER, token, now + 999, 60000);
}

/* ---- tests ---- */

static void a_token_comes_back_as_it_was(void **state)
{
    struct token token, read;
    char why[WHY_MAX] = "";
    char *text = make_token(&token);

    (void)state;
    assert_int_equal(token.issued_at, now);
    assert_int_equal(token.expires_at, now + 60000);
    assert_true(uuid_is_valid(token.token_id));
    if (token_verify(place.key, ISSUER, text, now, &read, why) == -1)
        fail_msg("%s", why);
    assert_string_equal(read.token_id, token.token_id);
    assert_int_equal(read.issued_at, token.issued_at);
    assert_int_equal(read.expires_at, token.expires_at);
    json_object_del(token.content, "sub"); /* registered: not content */
    assert_true(json_equal(read.content, token.content));
    token_clear(&read);
    token_clear(&token);
    token_clear(&token); /* harmless */
    free(text);
}

static void the_claims_are_those_of_the_contract(void **state)
{
    struct token token;
    char *text = make_token(&token);
    char *payload = strchr(text, '.') + 1;
    char json[1024];

    (void)state;
    *strchr(payload, '.') = '\0';
    size_t size = jose_b64_dec_buf(payload, strlen(payload), json, sizeof(json));
    json_t *claims = json_loadb(json, size, 0, NULL);
    json_t *expected =
        json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:[s]}", "jti", token.token_id, "iss", ISSUER,
                  "iat", (json_int_t)1700000000, "exp", (json_int_t)1700000060, "sub", "", "idCode",
                  "EE123", "authorities", "ROLE_ADMINISTRATOR");
    assert_true(json_equal(claims, expected));
    json_decref(claims);
    json_decref(expected);
    token_clear(&token);
    free(text);
}

static void every_truncation_and_every_changed_byte_is_refused(void **state)
{
    struct token token;
    char *text = make_token(&token);
    size_t size = strlen(text);

    (void)state;
    for (size_t i = 0; i < size; i++) {
        char *part = own_copy_of(text, i);
        refuses(part, "");
        free(part);
    }
    /* The last character holds four bits that count and two that do not. */
    for (size_t i = 0; i < size - 1; i++) {
        char original = text[i];
        text[i] = original == 'A' ? 'B' : 'A';
        refuses(text, "");
        text[i] = original;
    }
    token_clear(&token);
    free(text);
}

static const struct {
    const char *header, *claims, *reason;
} wrong_claims[] = {
    {"{\"alg\":\"none\"}", "{" JTI "," ISS "," TIMES "}", "not RS256"},
    {"{\"alg\":\"HS256\"}", "{" JTI "," ISS "," TIMES "}", "not RS256"},
    {"{\"alg\":\"RS512\"}", "{" JTI "," ISS "," TIMES "}", "not RS256"},
    {"{\"alg\":\"rs256\"}", "{" JTI "," ISS "," TIMES "}", "not RS256"},
    {"{\"alg\":7}", "{" JTI "," ISS "," TIMES "}", "not RS256"},
    {"{}", "{" JTI "," ISS "," TIMES "}", "not RS256"},
    {"[]", "{" JTI "," ISS "," TIMES "}", "header is not"},
    {"{\"alg\":\"RS256\",\"alg\":\"none\"}", "{" JTI "," ISS "," TIMES "}", "header is not"},
    {"{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":false}", "{" JTI "," ISS "," TIMES "}",
     "extension"},
    {HEADER, "[]", "not a JSON object"},
    {HEADER, "x", "not a JSON object"},
    {HEADER, "{" JTI "," ISS "," TIMES "} ,", "not a JSON object"},
    {HEADER, "{" JTI "," ISS "," TIMES "," ISS "}", "not a JSON object"},
    {HEADER, "{" JTI "," TIMES "}", "issuer"},
    {HEADER, "{" JTI ",\"iss\":7," TIMES "}", "issuer"},
    {HEADER, "{" JTI ",\"iss\":\"" ISSUER "/\"," TIMES "}", "issuer"},
    {HEADER, "{" ISS "," TIMES "}", "jti"},
    {HEADER, "{\"jti\":\"7\"," ISS "," TIMES "}", "jti"},
    {HEADER, "{" JTI "," ISS ",\"iat\":1700000000}", "exp is no time"},
    {HEADER, "{" JTI "," ISS ",\"exp\":1700000100}", "iat is no time"},
    {HEADER, "{" JTI "," ISS ",\"iat\":1700000000,\"exp\":\"1700000100\"}", "exp is no time"},
    {HEADER, "{" JTI "," ISS ",\"iat\":1700000000,\"exp\":1700000100.5}", "exp is no time"},
    {HEADER, "{" JTI "," ISS ",\"iat\":-1,\"exp\":1700000100}", "iat is no time"},
    {HEADER, "{" JTI "," ISS ",\"iat\":1,\"exp\":9223372036854775807}", "exp is no time"},
    {HEADER, "{" JTI "," ISS ",\"iat\":1699999000,\"exp\":1700000000}", "expired"},
    {HEADER, "{" JTI "," ISS ",\"iat\":1700000061,\"exp\":1700000100}", "future"},
    {HEADER, "{" JTI "," ISS "," TIMES ",\"nbf\":1700000061}", "future"},
    {HEADER, "{" JTI "," ISS "," TIMES ",\"aud\":\"x\"}", "someone else"},
};

static void what_was_good_before_is_good_no_longer_than_it_says(void **state)
{
    struct token token, read;
    char why[WHY_MAX] = "";
    char *text = make_token(&token);

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(token_verify(place.key, ISSUER, text, now, &read, why), 0);
        token_clear(&read);
    }
    assert_int_equal(token_verify(place.key, ISSUER, text, token.expires_at, &read, why), -1);
    assert_non_null(strstr(why, "expired"));
    assert_int_equal(token_verify(place.key, "another", text, now, &read, why), -1);
    char *signature = strrchr(text, '.') + 1;
    *signature = *signature == 'A' ? 'B' : 'A';
    refuses(text, "signature");
    token_clear(&token);
    free(text);
}

static void what_is_signed_but_wrong_is_refused(void **state)
{

    (void)state;
    for (size_t i = 0; i < sizeof(wrong_claims) / sizeof(*wrong_claims); i++) {
        char *text = forge_signed(place.raw, wrong_claims[i].header, wrong_claims[i].claims);
        refuses(text, wrong_claims[i].reason);
        free(text);
    }
}

static void a_clock_that_is_a_minute_behind_is_forgiven(void **state)
{
    char *text =
        forge_signed(place.raw, HEADER, "{" JTI "," ISS ",\"iat\":1700000060,\"exp\":1700000100}");
    struct token token;
    char why[WHY_MAX];

    (void)state;
    assert_int_equal(token_verify(place.key, ISSUER, text, now, &token, why), 0);
    token_clear(&token);
    free(text);
}

static void forged_tokens_are_refused(void **state)
{
    static const char *const headers[] = {"{\"alg\":\"HS256\"}", HEADER};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *text =
            forge_hmac(token_key_public_pem(place.key), headers[i], "{" JTI "," ISS "," TIMES "}");
        refuses(text, i == 0 ? "not RS256" : "signature");
        free(text);
    }
    char *unsigned_text =
        forge_with(forge_input("{\"alg\":\"none\"}", "{" JTI "," ISS "," TIMES "}"), "", 0);
    refuses(unsigned_text, "empty");
    free(unsigned_text);
    struct token one, two;
    char *good = make_token(&one), *other = make_token(&two);
    memcpy(strrchr(other, '.'), strrchr(good, '.'), strlen(strrchr(good, '.')));
    refuses(other, "signature"); /* the signature of another token */
    free(good);
    free(other);
    token_clear(&one);
    token_clear(&two);
}

static void what_is_no_token_is_refused(void **state)
{
    static const char *const texts[] = {"",    ".",     "..",      "...",
                                        "a.b", "a.b.c", "a.b.c.d", "\xff.\xff.\xff"};
    char *huge = own_zero(8200);

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        refuses(texts[i], "the token");
    memset(huge, 'a', 8193);
    refuses(huge, "longer");
    huge[8192] = '\0';
    refuses(huge, "three parts");
    free(huge);
}

static void the_public_key_is_enough_to_check(void **state)
{
    char why[WHY_MAX] = "";
    struct token token, read;
    char *text = make_token(&token);
    struct token_key *key = token_key_open_public(place.public_path, why);

    (void)state;
    assert_non_null(key);
    assert_string_equal(token_key_public_pem(key), token_key_public_pem(place.key));
    assert_int_equal(token_verify(key, ISSUER, text, now, &read, why), 0);
    token_clear(&read);
    token_clear(&token);
    token_key_destroy(&key);
    free(text);
}

static void another_key_is_refused(void **state)
{
    char path[160], why[WHY_MAX] = "";
    struct token token, read;

    (void)state;
    snprintf(path, sizeof(path), "%s/other.pem", place.folder);
    struct token_key *other = token_key_open(path, NULL, why);
    assert_non_null(other);
    char *text = make_token(&token);
    assert_int_equal(token_verify(other, ISSUER, text, now, &read, why), -1);
    free(text);
    token_clear(&token);
    token_key_destroy(&other);
    unlink(path);
}

static void the_files_have_the_right_modes(void **state)
{
    struct stat status;

    (void)state;
    assert_int_equal(stat(place.private_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat(place.public_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0644);
}

static void a_lost_or_wrong_public_file_is_made_anew(void **state)
{
    char text[4096] = "";

    (void)state;
    for (int i = 0; i < 2; i++) {
        unlink(place.public_path);
        if (i) {
            FILE *wrong = fopen(place.public_path, "w");
            fputs("wrong", wrong);
            fclose(wrong);
        }
        struct token_key *key = open_key();
        FILE *file = fopen(place.public_path, "r");
        assert_non_null(file);
        text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
        fclose(file);
        assert_string_equal(text, token_key_public_pem(place.key));
        token_key_destroy(&key);
    }
}

static void key_files_that_cannot_be_used_are_refused(void **state)
{
    static const char *const contents[] = {
        "", "rubbish", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        /* encrypted: it would ask for a passphrase */
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
        /* P-256 */
        "-----BEGIN PRIVATE KEY-----\n"
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\n"
        "OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n"
        "1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n"
        "-----END PRIVATE KEY-----\n"};
    char path[160], why[WHY_MAX];

    (void)state;
    snprintf(path, sizeof(path), "%s/bad.pem", place.folder);
    for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
        FILE *file = fopen(path, "w");
        fputs(contents[i], file);
        fclose(file);
        assert_null(token_key_open(path, NULL, why));
        assert_non_null(strstr(why, "holds no RSA key"));
        assert_null(token_key_open_public(path, why));
    }
    unlink(path);
    assert_null(token_key_open_public(path, why));
    assert_non_null(strstr(why, "No such file"));
    assert_null(token_key_open("/nonexistent/key.pem", NULL, why));
    assert_non_null(strstr(why, "cannot write"));
    assert_null(token_key_open(place.private_path, "/nonexistent/key.pem", why));
}

/* Opens the key in a child process, which begins when a byte comes from start.
 * Returns the descriptor from which its public key can be read. */
static int open_in_child(int start)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    if (fork() == 0) {
        char go, why[WHY_MAX];
        if (read(start, &go, 1) != 1)
            _exit(1);
        struct token_key *key = token_key_open(place.private_path, place.public_path, why);
        const char *pem = key ? token_key_public_pem(key) : why;
        _exit(write(ends[1], pem, strlen(pem)) == -1);
    }
    close(ends[1]);
    return ends[0];
}

static void all_that_start_together_end_with_the_same_key(void **state)
{
    enum { CHILDREN = 6 };
    int start[2], ends[CHILDREN];
    char pem[CHILDREN][4096];

    (void)state;
    remove_keys();
    assert_int_equal(pipe(start), 0);
    for (size_t i = 0; i < CHILDREN; i++)
        ends[i] = open_in_child(start[0]);
    assert_int_equal(write(start[1], "gogogogo", CHILDREN), CHILDREN);
    for (size_t i = 0; i < CHILDREN; i++) {
        ssize_t size = read(ends[i], pem[i], sizeof(pem[i]) - 1);
        assert_true(size > 0);
        pem[i][size] = '\0';
        assert_string_equal(pem[i], pem[0]);
        close(ends[i]);
    }
    close(start[0]);
    close(start[1]);
    while (wait(NULL) > 0)
        ;
    struct token_key *key = open_key();
    assert_string_equal(token_key_public_pem(key), pem[0]);
    assert_string_not_equal(token_key_public_pem(key), token_key_public_pem(place.key));
    token_key_destroy(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_comes_back_as_it_was),
        cmocka_unit_test(the_claims_are_those_of_the_contract),
        cmocka_unit_test(every_truncation_and_every_changed_byte_is_refused),
        cmocka_unit_test(what_was_good_before_is_good_no_longer_than_it_says),
        cmocka_unit_test(what_is_signed_but_wrong_is_refused),
        cmocka_unit_test(a_clock_that_is_a_minute_behind_is_forgiven),
        cmocka_unit_test(forged_tokens_are_refused),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(the_public_key_is_enough_to_check),
        cmocka_unit_test(another_key_is_refused),
        cmocka_unit_test(the_files_have_the_right_modes),
        cmocka_unit_test(a_lost_or_wrong_public_file_is_made_anew),
        cmocka_unit_test(key_files_that_cannot_be_used_are_refused),
        cmocka_unit_test(all_that_start_together_end_with_the_same_key),
    };

    return cmocka_run_group_tests(tests, make_place, remove_place);
}
