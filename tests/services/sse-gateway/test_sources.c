#include <stdio.h>

#include "sources.h"
#include "test.h"

enum { MOST = 3, MANY = 1000 };

static void an_address_has_its_most_and_no_more(void **state)
{
    (void)state;
    struct sources *sources = sources_new(MOST);
    struct source *held[MOST], *other, *refused;

    for (int i = 0; i < MOST; i++)
        assert_true(sources_enter(sources, "192.0.2.1", &held[i]));
    assert_false(sources_enter(sources, "192.0.2.1", &refused));
    assert_null(refused);
    assert_true(sources_enter(sources, "2001:db8::1", &other));
    sources_leave(sources, held[0]);
    assert_true(sources_enter(sources, "192.0.2.1", &held[0]));
    assert_false(sources_enter(sources, "192.0.2.1", &refused));
    for (int i = 0; i < MOST; i++)
        sources_leave(sources, held[i]);
    assert_true(sources_enter(sources, "192.0.2.1", &held[0])); /* forgotten when it was gone */
    sources_destroy(&sources);
    assert_null(sources);
}

static void without_a_limit_nothing_is_counted(void **state)
{
    (void)state;
    struct sources *sources = sources_new(0);
    struct source *source;

    for (int i = 0; i < MANY; i++) {
        assert_true(sources_enter(sources, "192.0.2.1", &source));
        assert_null(source);
    }
    sources_leave(sources, source);
    sources_destroy(&sources);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_its_most_and_no_more),
        cmocka_unit_test(without_a_limit_nothing_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
