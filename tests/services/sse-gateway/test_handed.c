#include <stdio.h>

#include "handed.h"
#include "test.h"

static void who_returns_goes_on_where_it_left(void **state)
{
    (void)state;
    struct handed *handed = handed_new(10);

    assert_int_equal(handed_take(handed, "a", 0), -1);
    handed_leave(handed, "a", 7, 0, 100);
    assert_int_equal(handed_take(handed, "b", 1), -1);
    assert_int_equal(handed_take(handed, "a", 1), 7);
    assert_int_equal(handed_take(handed, "a", 2), -1);
    assert_int_equal(handed_count(handed), 0);
    handed_destroy(&handed);
}

static void of_several_the_oldest_counts_until_all_are_back(void **state)
{
    (void)state;
    struct handed *handed = handed_new(10);

    handed_leave(handed, "a", 9, 0, 100);
    handed_leave(handed, "a", 7, 1, 100);
    handed_leave(handed, "a", 8, 2, 100);
    for (int i = 0; i < 3; i++)
        assert_int_equal(handed_take(handed, "a", 3), 7);
    assert_int_equal(handed_take(handed, "a", 4), -1);
    handed_destroy(&handed);
}

static void it_is_forgotten_in_time(void **state)
{
    (void)state;
    struct handed *handed = handed_new(10);

    handed_leave(handed, "a", 7, 0, 100);
    handed_leave(handed, "b", 7, 0, 100);
    assert_int_equal(handed_take(handed, "a", 99), 7);
    assert_int_equal(handed_take(handed, "b", 100), -1);
    handed_leave(handed, "b", 3, 100, 200);
    assert_int_equal(handed_take(handed, "b", 101), 3);
    handed_destroy(&handed);
}

static void past_the_limit_the_longest_gone_goes(void **state)
{
    (void)state;
    struct handed *handed = handed_new(3);
    char reader[8];

    for (int i = 0; i < 5; i++) {
        snprintf(reader, sizeof(reader), "r%d", i);
        handed_leave(handed, reader, i, i, 1000);
    }
    assert_int_equal(handed_count(handed), 3);
    assert_int_equal(handed_take(handed, "r1", 10), -1);
    assert_int_equal(handed_take(handed, "r2", 10), 2);
    assert_int_equal(handed_take(handed, "r4", 10), 4);
    handed_clear(handed);
    assert_int_equal(handed_count(handed), 0);
    handed_destroy(&handed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_returns_goes_on_where_it_left),
        cmocka_unit_test(of_several_the_oldest_counts_until_all_are_back),
        cmocka_unit_test(it_is_forgotten_in_time),
        cmocka_unit_test(past_the_limit_the_longest_gone_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
