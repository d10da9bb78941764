#include "test.h"

#include <stdio.h>
#include <string.h>

#include "verified.h"

enum { MANY = 100000, FEW = 10000 };

static struct verified_digest digest_of(int number)
{
    char text[32];
    int size = snprintf(text, sizeof(text), "text %d", number);

    return verified_digest(text, (size_t)size);
}

static void only_what_was_added_is_known(void **state)
{
    struct verified *verified = verified_new();
    struct verified_digest one = digest_of(1), other = digest_of(2);

    (void)state;
    assert_false(verified_has(verified, &one));
    verified_add(verified, &one);
    assert_true(verified_has(verified, &one));
    assert_false(verified_has(verified, &other));
    verified_destroy(&verified);
    assert_null(verified);
}

static size_t count_known(const struct verified *verified, int from, int count)
{
    size_t known = 0;

    for (int i = from; i < from + count; i++) {
        struct verified_digest digest = digest_of(i);
        known += verified_has(verified, &digest);
    }
    return known;
}

static void add_all(struct verified *verified, int from, int count)
{
    for (int i = from; i < from + count; i++) {
        struct verified_digest digest = digest_of(i);
        verified_add(verified, &digest);
    }
}

static void of_ten_thousand_nearly_all_stay_known(void **state)
{
    struct verified *verified = verified_new();

    (void)state;
    add_all(verified, 0, FEW);
    assert_true(count_known(verified, 0, FEW) > FEW * 95 / 100);
    verified_destroy(&verified);
}

static void the_newest_is_known_however_many_there_were(void **state)
{
    struct verified *verified = verified_new();

    (void)state;
    for (int i = 0; i < MANY; i++) {
        add_all(verified, i, 1);
        assert_int_equal(count_known(verified, i, 1), 1);
    }
    assert_true(count_known(verified, 0, MANY) < MANY / 2);
    verified_destroy(&verified);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_was_added_is_known),
        cmocka_unit_test(of_ten_thousand_nearly_all_stay_known),
        cmocka_unit_test(the_newest_is_known_however_many_there_were),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
