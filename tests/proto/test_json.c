#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "own.h"
#include "sample.h"
#include "test.h"

static void every_message_survives_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        const struct message_type *type = &message_types[i];
        void *sent = own_zero(type->size), *got = own_zero(type->size);
        char why[WHY_MAX] = "";

        sample_fill(type, sent, (unsigned)i);
        char *one = message_to_json(type, sent);
        if (message_from_json(type, got, one, why) == -1)
            fail_msg("%s: %s", type->wire, why);
        char *two = message_to_json(type, got);
        assert_string_equal(one, two);

        free(one);
        free(two);
        message_clear(type, sent);
        message_clear(type, got);
        free(sent);
        free(got);
    }
}

static void any_text_survives_json(void **state)
{
    struct role sent = {.name = (char *)"\"a\\b\b\f\n\r\t/\x01\x1f\x7f\u00e4"}, got;
    char *json = message_to_json(&message_types[MESSAGE_role], &sent);
    char why[WHY_MAX];

    (void)state;
    assert_string_equal(json, "{\"name\":\"\\\"a\\\\b\\b\\f\\n\\r\\t/\\u0001\\u001f\x7f\u00e4\"}");
    assert_int_equal(message_from_json(&message_types[MESSAGE_role], &got, json, why), 0);
    assert_string_equal(got.name, sent.name);
    message_clear(&message_types[MESSAGE_role], &got);
    free(json);
}

static const struct {
    const char *text;
    const char *want; /* reason, or NULL when it is accepted */
} cases[] = {
    {"{\"token_id\":\"00000000-0000-4000-8000-000000000000\",\"expires_at\":5}", NULL},
    {"{\"token_id\":\"00000000-0000-4000-8000-000000000000\",\"expires_at\":5,\"new\":1}", NULL},
    {"{\"expires_at\":5}", "token_id is missing"},
    {"{\"token_id\":7}", "token_id is not text"},
    {"{\"token_id\":\"x\"}", "token_id is not a lower-case UUID"},
    {"{\"token_id\":\"00000000-0000-4000-8000-0000000000001\"}",
     "token_id is not a lower-case UUID"},
    {"{\"expires_at\":\"5\"}", "expires_at is not a whole number"},
    {"{\"token_id\":\"00000000-0000-4000-8000-000000000000\",\"expires_at\":-5}",
     "expires_at is before 1970"},
    {"[]", "not a JSON object"},
    {"{\"expires_at\":5,\"expires_at\":5}", "expires_at is given twice"},
    {"{\"expires_at\":1.5}", "expires_at is not a whole number"},
    {"{\"expires_at\":9223372036854775808}", "expires_at is not a whole number"},
    {"{\"expires_at\":null}", "expires_at is not a whole number"},
    {" { \"new\" : [ 1 , { \"a\" : [ ] } , -0.5e+3 , \"]\\\"\" , null , true ] , \n\t\"token_id\" "
     ": \"00000000-0000-4000-8000-000000000000\" , \"expires_at\" : 5 } \r\n",
     NULL},
};

static void json_is_checked_against_the_schema(void **state)
{
    (void)state;
    const struct message_type *type = &message_types[MESSAGE_revocation];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct revocation got;
        char why[WHY_MAX] = "";
        int rc = message_from_json(type, &got, cases[i].text, why);

        print_message("%s\n", cases[i].text);
        assert_int_equal(rc, cases[i].want ? -1 : 0);
        if (cases[i].want)
            assert_string_equal(why, cases[i].want);
    }
}

static void what_is_escaped_is_read_as_what_it_stands_for(void **state)
{
    static const char *const texts[][2] = {
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
        {"\\u0041\\u00e4\\u00E4\\u20ac", "A\u00e4\u00e4\u20ac"},
        {"a\\ud83d\\ude00b", "a\U0001f600b"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct role got;
        char json[64], why[WHY_MAX];

        snprintf(json, sizeof(json), "{\"name\":\"%s\"}", texts[i][0]);
        assert_int_equal(message_from_json(&message_types[MESSAGE_role], &got, json, why), 0);
        assert_string_equal(got.name, texts[i][1]);
        message_clear(&message_types[MESSAGE_role], &got);
    }
}

static const char *const broken[] = {
    "{",
    "{\"name\"",
    "{\"name\":\"x\"",
    "{\"name\":\"x",
    "{\"name\":\"x\",}",
    "{\"name\":\"x\"}}",
    "{\"name\":\"x\" \"new\":1}",
    "{name:\"x\"}",
    "{\"na\\u006de\":\"x\"}",
    "{\"name\":\"\n\"}",
    "{\"name\":\"\\x\"}",
    "{\"name\":\"\\\"}",
    "{\"name\":\"\\u00g0\"}",
    "{\"name\":\"\\u00\"}",
    "{\"name\":\"\\u0000\"}",
    "{\"name\":\"\\ud83d\"}",
    "{\"name\":\"\\ud83dx\"}",
    "{\"name\":\"\\ud83d\\u0041\"}",
    "{\"name\":\"\\ude00\"}",
    "{\"name\":\"x\",\"new\":01}",
    "{\"name\":\"x\",\"new\":1.}",
    "{\"name\":\"x\",\"new\":1e}",
    "{\"name\":\"x\",\"new\":nul}",
    "{\"name\":\"x\",\"new\":[1,]}",
    "{\"name\":\"x\",\"new\":[1}}",
    "{\"name\":\"x\",\"new\":{\"a\"}}",
    "{\"name\":\"x\",\"new\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}",
};

static void broken_json_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct role got;
        char why[WHY_MAX] = "";

        print_message("%s\n", broken[i]);
        assert_int_equal(message_from_json(&message_types[MESSAGE_role], &got, broken[i], why), -1);
        assert_non_null(strstr(why, "not JSON"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_text_survives_json),
        cmocka_unit_test(every_message_survives_json),
        cmocka_unit_test(json_is_checked_against_the_schema),
        cmocka_unit_test(what_is_escaped_is_read_as_what_it_stands_for),
        cmocka_unit_test(broken_json_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
