#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "rate.h"

static void a_key_is_allowed_up_to_the_limit(void **state)
{
    struct rate *rate = rate_new(3, 1000, 10);

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(rate_allows(rate, "a", 5));
    assert_false(rate_allows(rate, "a", 5));
    assert_false(rate_allows(rate, "a", 1004));
    assert_true(rate_allows(rate, "b", 1004)); /* each key for itself */
    rate_destroy(&rate);
    assert_null(rate);
    rate_destroy(&rate);
}

static void counts_begin_anew_with_a_window(void **state)
{
    struct rate *rate = rate_new(1, 1000, 10);

    (void)state;
    for (int64_t now = -5000; now < 5000; now += 1000) {
        assert_true(rate_allows(rate, "a", now));
        assert_false(rate_allows(rate, "a", now + 999));
    }
    rate_destroy(&rate);
}

static void past_the_most_keys_every_new_one_is_over_the_limit(void **state)
{
    enum { KEYS = 1000 };
    struct rate *rate = rate_new(2, 1000, KEYS);
    char key[32];

    (void)state;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < KEYS; i++) {
            snprintf(key, sizeof(key), "10.0.%d.%d", i / 256, i % 256);
            assert_true(rate_allows(rate, key, 0));
        }
    assert_false(rate_allows(rate, "one more", 0));
    assert_false(rate_allows(rate, "10.0.0.0", 999)); /* a known one, by its count */
    assert_true(rate_allows(rate, "one more", 1000));
    rate_destroy(&rate);
}

static void long_and_empty_keys_are_keys(void **state)
{
    struct rate *rate = rate_new(1, 1000, 4);
    char *key = own_zero(100001);

    (void)state;
    memset(key, 'k', 100000);
    assert_true(rate_allows(rate, key, 0));
    assert_false(rate_allows(rate, key, 0));
    key[99999] = 'x';
    assert_true(rate_allows(rate, key, 0));
    assert_true(rate_allows(rate, "", 0));
    assert_false(rate_allows(rate, "", 0));
    free(key);
    rate_destroy(&rate);
}

static void no_keys_or_no_uses_allow_nothing(void **state)
{
    struct rate *none = rate_new(5, 1000, 0), *never = rate_new(0, 1000, 5);

    (void)state;
    assert_false(rate_allows(none, "a", 0));
    assert_false(rate_allows(never, "a", 0));
    rate_destroy(&none);
    rate_destroy(&never);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_allowed_up_to_the_limit),
        cmocka_unit_test(counts_begin_anew_with_a_window),
        cmocka_unit_test(past_the_most_keys_every_new_one_is_over_the_limit),
        cmocka_unit_test(long_and_empty_keys_are_keys),
        cmocka_unit_test(no_keys_or_no_uses_allow_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
