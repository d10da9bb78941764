#include <string.h>

#include "query.h"
#include "test.h"

static struct span span(const char *text)
{
    return (struct span){text, strlen(text)};
}

static const struct {
    const char *query, *name;
    enum found found;
    const char *value;
} cases[] = {
    {"chatId=1", "chatId", FOUND, "1"},
    {"a=1&chatId=2&chatId=3", "chatId", FOUND, "2"},
    {"lastRead=", "lastRead", FOUND, ""},
    {"lastRead", "lastRead", FOUND, ""},
    {"a=b=c", "a", FOUND, "b=c"},
    {"t=2023-01-01T00:00:00%2B00:00", "t", FOUND, "2023-01-01T00:00:00+00:00"},
    {"t=2023-01-01T00:00:00+00:00", "t", FOUND, "2023-01-01T00:00:00 00:00"},
    {"ch%61tId=x", "chatId", FOUND, "x"},
    {"x=%c3%A4", "x", FOUND, "\xc3\xa4"},
    {"chatid=1", "chatId", FOUND_NOT, ""},
    {"", "chatId", FOUND_NOT, ""},
    {"&&=&", "chatId", FOUND_NOT, ""},
    {"a=%", "a", FOUND_BAD, ""},
    {"a=%4", "a", FOUND_BAD, ""},
    {"a=%zz", "a", FOUND_BAD, ""},
    {"a=%00", "a", FOUND_BAD, ""},
    {"a=%0a", "a", FOUND_BAD, ""},
    {"%=1&a=2", "a", FOUND, "2"},
};

static void parameters_are_found_and_decoded(void **state)
{
    (void)state;
    char value[PARAMETER_SIZE];

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        enum found found = query_find(span(cases[i].query), cases[i].name, value);
        if (found != cases[i].found || strcmp(value, cases[i].value) != 0)
            fail_msg("%s: %d, %s", cases[i].query, (int)found, value);
    }
    assert_int_equal(query_find((struct span){NULL, 0}, "a", value), FOUND_NOT);
}

static void a_value_that_is_too_long_is_bad(void **state)
{
    (void)state;
    char query[PARAMETER_SIZE + 8] = "a=", value[PARAMETER_SIZE];

    memset(query + 2, 'x', PARAMETER_SIZE - 1);
    assert_int_equal(query_find(span(query), "a", value), FOUND);
    assert_int_equal(strlen(value), PARAMETER_SIZE - 1);
    query[PARAMETER_SIZE + 1] = 'x';
    assert_int_equal(query_find(span(query), "a", value), FOUND_BAD);
}

static void expect_cookie(const char *cookie, const char *value)
{
    struct span found = cookie_find(span(cookie), "chatJwt");

    if (value)
        assert_true(span_is(found, value));
    else
        assert_null(found.text);
}

static void cookies_are_found_by_their_whole_name(void **state)
{
    (void)state;
    expect_cookie("chatJwt=a.b-c_d", "a.b-c_d");
    expect_cookie("x=1; chatJwt=t; y=2", "t");
    expect_cookie("x=1;chatJwt=t", "t");
    expect_cookie("chatJwt=\"t\"", "t");
    expect_cookie("chatJwt=first; chatJwt=second", "first");
    expect_cookie("chatJwt=a=b", "a=b");
    expect_cookie("chatJwt=", "");
    expect_cookie("notchatJwt=t", NULL);
    expect_cookie("chatJwt", NULL);
    expect_cookie("chatjwt=t", NULL);
    expect_cookie("x=chatJwt=t", NULL);
    expect_cookie("", NULL);
    assert_null(cookie_find((struct span){NULL, 0}, "chatJwt").text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_found_and_decoded),
        cmocka_unit_test(a_value_that_is_too_long_is_bad),
        cmocka_unit_test(cookies_are_found_by_their_whole_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
