#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "cookie.h"
#include "cors.h"
#include "view.h"

static void assert_bytes(msgpack_sbuffer *out, const char *expected)
{
    assert_int_equal(out->size, strlen(expected));
    assert_memory_equal(out->data, expected, out->size);
    out->size = 0;
}

static void a_value_is_in_the_envelope_under_its_name(void **state)
{
    msgpack_sbuffer out, value;

    (void)state;
    msgpack_sbuffer_init(&out);
    msgpack_sbuffer_init(&value);
    view_text(&value, "[1]");
    answer_data(&out, "get_x", &value);
    assert_bytes(&out, "{\"data\":{\"get_x\":[1]},\"error\":null}");
    answer_data(&out, NULL, &value);
    assert_bytes(&out, "{\"data\":[1],\"error\":null}");
    msgpack_sbuffer_destroy(&out);
    msgpack_sbuffer_destroy(&value);
}

static void an_error_has_a_code_and_a_sentence(void **state)
{
    msgpack_sbuffer out;

    (void)state;
    msgpack_sbuffer_init(&out);
    answer_error(&out, ENVELOPE_DATA, "some_code", "A \"sentence\".");
    assert_bytes(&out, "{\"data\":null,\"error\":{\"code\":\"some_code\","
                       "\"message\":\"A \\\"sentence\\\".\"}}");
    answer_error(&out, ENVELOPE_RESPONSE, "some_code", "A sentence.");
    assert_bytes(&out, "{\"response\":null,\"error\":{\"code\":\"some_code\","
                       "\"message\":\"A sentence.\"}}");
    msgpack_sbuffer_destroy(&out);
}

static void a_cookie_is_closed_to_scripts_and_other_sites(void **state)
{
    const struct cookie_rules plain = {false, ""}, strict = {true, "example.ee"};
    char *cookie = cookie_make(&plain, "chatJwt", "abc", 7200);

    (void)state;
    assert_string_equal(cookie, "chatJwt=abc; Max-Age=7200; Path=/; HttpOnly; SameSite=Lax");
    free(cookie);
    cookie = cookie_make(&strict, "customJwtCookie", "", 0);
    assert_string_equal(cookie, "customJwtCookie=; Max-Age=0; Path=/; Domain=example.ee; Secure; "
                                "HttpOnly; SameSite=Lax");
    free(cookie);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_in_the_envelope_under_its_name),
        cmocka_unit_test(an_error_has_a_code_and_a_sentence),
        cmocka_unit_test(a_cookie_is_closed_to_scripts_and_other_sites),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
