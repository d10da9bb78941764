#include "test.h"

#include <string.h>

#include "person.h"

static struct token token_of(const char *json)
{
    struct token token = {.issued_at = 1700000000000, .expires_at = 1700001800000};

    token.content = json_loads(json, 0, NULL);
    assert_non_null(token.content);
    return token;
}

static void a_person_is_whom_the_token_names(void **state)
{
    struct token token = token_of("{\"personalCode\":\"EE60001019906\",\"firstName\":\"Mari-Liis\","
                                  "\"lastName\":\"M\",\"more\":{}}");
    struct person person;
    char why[WHY_MAX] = "";

    (void)state;
    assert_int_equal(person_read(&person, &token, why), 0);
    assert_string_equal(person.code, "EE60001019906");
    assert_string_equal(person.first_name, "Mari-Liis");
    assert_string_equal(person.last_name, "M");
    token_clear(&token);
}

static void the_cookie_says_what_the_contract_says_and_nothing_else(void **state)
{
    struct token token = token_of("{\"personalCode\":\"EE60001019906\",\"firstName\":\"Mari-Liis\","
                                  "\"lastName\":\"M\",\"authMethod\":\"mobileid\",\"more\":{}}");
    json_t *expected =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "personalCode", "EE60001019906",
                  "authenticatedAs", "", "hash", "", "firstName", "Mari-Liis", "lastName", "M",
                  "authMethod", "mobileid", "fullName", "Mari-Liis M", "loggedInDate",
                  (json_int_t)1700000000000, "loginExpireDate", (json_int_t)1700001800000);
    json_t *claims = person_claims(&token);

    (void)state;
    assert_true(json_equal(claims, expected));
    json_decref(claims);
    json_decref(expected);
    token_clear(&token);
}

static void nobody_and_what_is_too_long_is_refused(void **state)
{
    static const struct {
        const char *name;
        int size; /* of its value */
        const char *reason;
    } cases[] = {
        {"firstName", 3, "the token names nobody"},
        {"personalCode", 0, "the token names nobody"},
        {"personalCode", PERSON_CODE_SIZE, NULL},
        {"personalCode", PERSON_CODE_SIZE + 1, "personalCode is too long"},
        {"lastName", PERSON_CLAIM_SIZE, "the token names nobody"},
        {"lastName", PERSON_CLAIM_SIZE + 1, "lastName is too long"},
        {"hash", PERSON_CLAIM_SIZE + 1, "hash is too long"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char value[PERSON_CLAIM_SIZE + 2] = "", why[WHY_MAX] = "";
        struct token token = {.content = NULL};
        struct person person;

        memset(value, 'x', (size_t)cases[i].size);
        token.content = json_pack("{s:s}", cases[i].name, value);
        assert_int_equal(person_read(&person, &token, why), cases[i].reason ? -1 : 0);
        assert_string_equal(why, cases[i].reason ? cases[i].reason : "");
        token_clear(&token);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_is_whom_the_token_names),
        cmocka_unit_test(the_cookie_says_what_the_contract_says_and_nothing_else),
        cmocka_unit_test(nobody_and_what_is_too_long_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
