#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "own.h"
#include "password.h"

static void a_password_matches_its_own_hash_only(void **state)
{
    char *hash = password_hash("s\xc3\xb5na");

    (void)state;
    assert_memory_equal(hash, "$y$", 3);
    assert_true(password_matches("s\xc3\xb5na", hash));
    assert_false(password_matches("s\xc3\xb5n", hash));
    assert_false(password_matches("s\xc3\xb5na ", hash));
    assert_false(password_matches("", hash));
    free(hash);
}

static void the_same_password_has_another_hash_each_time(void **state)
{
    char *a = password_hash("x"), *b = password_hash("x");

    (void)state;
    assert_string_not_equal(a, b);
    free(a);
    free(b);
}

static void a_hash_that_is_none_matches_nothing(void **state)
{
    static const char *const hashes[] = {"", "*0", "*", "x", "$y$", "$y$j9T$", "secret"};

    (void)state;
    for (size_t i = 0; i < sizeof(hashes) / sizeof(*hashes); i++) {
        assert_false(password_matches("secret", hashes[i]));
        assert_false(password_matches("", hashes[i]));
    }
}

static void a_password_may_be_long_but_not_endless(void **state)
{
    char *password = own_zero(100001);

    (void)state;
    memset(password, 'p', PASSWORD_LENGTH_MAX);
    char *hash = password_hash(password);
    assert_true(password_matches(password, hash));
    password[PASSWORD_LENGTH_MAX - 1] = 'q'; /* the last one counts, too */
    assert_false(password_matches(password, hash));
    memset(password, 'p', 100000);
    assert_false(password_matches(password, hash));
    assert_null(password_hash(password));
    free(hash);
    free(password);
}

static double seconds_for(const char *hash)
{
    struct timespec from, to;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    assert_false(password_matches("wrong", hash));
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

/* Whoever is not there must not be found out by a quick refusal. */
static void an_empty_hash_takes_as_long_as_a_real_one(void **state)
{
    char *hash = password_hash("right");
    double real = seconds_for(hash), empty = seconds_for("");

    (void)state;
    assert_true(empty > real / 3 && empty < real * 3);
    free(hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_matches_its_own_hash_only),
        cmocka_unit_test(the_same_password_has_another_hash_each_time),
        cmocka_unit_test(a_hash_that_is_none_matches_nothing),
        cmocka_unit_test(a_password_may_be_long_but_not_endless),
        cmocka_unit_test(an_empty_hash_takes_as_long_as_a_real_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
