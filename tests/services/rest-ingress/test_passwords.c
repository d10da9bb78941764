#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "passwords.h"

enum { LIMIT = 3 };

/* What came back, and after how many answers the loop ends. */
struct outcome {
    zloop_t *loop;
    int awaited, matches;
    char *hash;
};

static int end_loop(zloop_t *loop, int timer_id, void *arguments)
{
    (void)loop;
    (void)timer_id;
    (void)arguments;
    return -1;
}

static void on_outcome(void *self, bool matches, const char *hash)
{
    struct outcome *outcome = self;

    outcome->matches += matches;
    own_replace(&outcome->hash, hash);
    if (--outcome->awaited == 0)
        zloop_timer(outcome->loop, 0, 1, end_loop, NULL);
}

static void a_password_matches_the_hash_that_was_made_of_it(void **state)
{
    struct outcome outcome = {.loop = zloop_new(), .awaited = 1};
    struct passwords *passwords = passwords_new(outcome.loop, LIMIT);

    (void)state;
    passwords_hash(passwords, "correct horse", on_outcome, &outcome);
    zloop_start(outcome.loop);
    assert_int_equal(strncmp(outcome.hash, "$y$", 3), 0);
    char *hash = own_copy(outcome.hash);
    outcome.awaited = 3;
    passwords_check(passwords, "correct horse", hash, on_outcome, &outcome);
    passwords_check(passwords, "correct hors", hash, on_outcome, &outcome);
    passwords_check(passwords, "correct horse", "", on_outcome, &outcome);
    zloop_start(outcome.loop);
    assert_int_equal(outcome.matches, 1);
    free(hash);
    free(outcome.hash);
    passwords_destroy(&passwords);
    zloop_destroy(&outcome.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_matches_the_hash_that_was_made_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
