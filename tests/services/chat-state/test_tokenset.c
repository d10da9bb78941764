#include "commands.h"
#include "test.h"
#include "tokenset.h"

enum { TOKENS = 3000, ROUNDS = 60000 };

static unsigned random_state = 1;

static unsigned pick(unsigned below)
{
    random_state = random_state * 1103515245 + 12345;
    return (random_state >> 8) % below;
}

static void assert_is(const struct tokenset *set, const int64_t expiries[TOKENS])
{
    size_t count = 0;
    char id[UUID_SIZE];

    for (unsigned i = 0; i < TOKENS; i++) {
        id_of(i, id);
        assert_int_equal(tokenset_expiry(set, id), expiries[i]);
        assert_int_equal(tokenset_has(set, id), expiries[i] != 0);
        count += expiries[i] != 0;
    }
    assert_int_equal(set->count, count);
}

/* Many leave and come again: what moves when one leaves is still found. */
static void it_holds_what_was_added_and_not_removed(void **state)
{
    static int64_t expiries[TOKENS];
    struct tokenset set = {0};
    char id[UUID_SIZE];

    (void)state;
    for (int64_t round = 1; round <= ROUNDS; round++) {
        unsigned i = pick(TOKENS);
        bool leaves = pick(5) < 2;
        id_of(i, id);
        if (leaves)
            tokenset_remove(&set, id);
        else
            tokenset_add(&set, id, round);
        expiries[i] = leaves ? 0 : round;
        if (round % 5000 == 0)
            assert_is(&set, expiries);
    }
    tokenset_sweep(&set, ROUNDS - 2000);
    for (unsigned i = 0; i < TOKENS; i++)
        if (expiries[i] <= ROUNDS - 2000)
            expiries[i] = 0;
    assert_is(&set, expiries);
    tokenset_clear(&set);
    assert_int_equal(set.count, 0);
}

static void an_expired_token_is_forgotten_and_its_memory_given_back(void **state)
{
    struct tokenset set = {0};
    char id[UUID_SIZE];

    (void)state;
    for (unsigned i = 0; i < TOKENS; i++) {
        id_of(i, id);
        tokenset_add(&set, id, i ? 100 : 101);
    }
    size_t room = set.room;
    tokenset_sweep(&set, 99);
    assert_int_equal(set.count, TOKENS);
    tokenset_sweep(&set, 100);
    assert_int_equal(set.count, 1);
    assert_true(set.room < room);
    id_of(0, id);
    assert_int_equal(tokenset_expiry(&set, id), 101);
    tokenset_clear(&set);
}

static void what_is_no_uuid_is_not_there(void **state)
{
    static const char *const texts[] = {"", "x", "00000000-0000-4000-8000-00000000000G"};
    struct tokenset set = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        tokenset_remove(&set, texts[i]);
        tokenset_add(&set, texts[i], 7);
        assert_false(tokenset_has(&set, texts[i]));
    }
    assert_int_equal(set.count, 0);
    tokenset_clear(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_what_was_added_and_not_removed),
        cmocka_unit_test(an_expired_token_is_forgotten_and_its_memory_given_back),
        cmocka_unit_test(what_is_no_uuid_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
