#include <stdio.h>

#include "handed.h"
#include "test.h"

static void leave(struct handed *self, const char *reader, int64_t seq, int64_t now,
                  int64_t expires)
{
    const struct handed_mark mark = handed_mark_from((struct handed_point){seq, 1000 + seq});

    handed_leave(self, reader, &mark, now, expires);
}

static int64_t take(struct handed *self, const char *reader, int64_t now)
{
    struct handed_mark mark;

    if (!handed_take(self, reader, &mark, now))
        return -1;
    assert_int_equal(mark.last.time, 1000 + mark.last.seq);
    return mark.last.seq;
}

static void who_returns_goes_on_where_it_left(void **state)
{
    (void)state;
    struct handed *handed = handed_new(10);

    assert_int_equal(take(handed, "a", 0), -1);
    leave(handed, "a", 7, 0, 100);
    assert_int_equal(take(handed, "b", 1), -1);
    assert_int_equal(take(handed, "a", 1), 7);
    assert_int_equal(take(handed, "a", 2), -1);
    assert_int_equal(handed_count(handed), 0);
    handed_destroy(&handed);
}

static void of_several_the_oldest_counts_until_all_are_back(void **state)
{
    (void)state;
    struct handed *handed = handed_new(10);

    leave(handed, "a", 9, 0, 100);
    leave(handed, "a", 7, 1, 100);
    leave(handed, "a", 8, 2, 100);
    for (int i = 0; i < 3; i++)
        assert_int_equal(take(handed, "a", 3), 7);
    assert_int_equal(take(handed, "a", 4), -1);
    handed_destroy(&handed);
}

static void who_does_not_come_back_soon_holds_nobody_back(void **state)
{
    (void)state;
    struct handed *handed = handed_new(10);

    leave(handed, "a", 7, 0, 600000);
    leave(handed, "a", 9, 1000, 600000);
    assert_int_equal(take(handed, "a", 1001), 7);
    leave(handed, "a", 11, 2001, 600000); /* that of 7 is not back */
    assert_int_equal(take(handed, "a", 2002), 11);
    assert_int_equal(take(handed, "a", 2003), -1);
    handed_destroy(&handed);
}

static struct handed_mark mark_with_batches(int count)
{
    struct handed_mark mark = handed_mark_from((struct handed_point){7, 5000});

    for (int i = 1; i <= count; i++) {
        mark.last.seq = 7 + i;
        handed_mark_batch(&mark, 5000 + 100 * i);
    }
    return mark;
}

static int64_t had(const struct handed_mark *mark, int64_t bound)
{
    const struct handed_point *point = handed_had(mark, bound);

    return point ? point->seq : -1;
}

static void a_bound_made_after_a_batch_had_it(void **state)
{
    (void)state;
    const struct handed_mark none = mark_with_batches(0), one = mark_with_batches(1);

    assert_int_equal(had(&none, 5000), 7);
    assert_int_equal(had(&none, 9000), 7);
    assert_int_equal(had(&one, 9000), 8);
    assert_int_equal(had(&one, 5100), 8);
}

static void a_bound_made_before_a_batch_had_what_came_before_it(void **state)
{
    (void)state;
    const struct handed_mark one = mark_with_batches(1), many = mark_with_batches(5);

    assert_int_equal(had(&one, 5090), 7);
    assert_int_equal(had(&many, 5500), 12);
    assert_int_equal(had(&many, 5490), 8);
    assert_int_equal(had(&many, 5100), 8);
    assert_int_equal(had(&many, 5090), 7);
    assert_null(handed_had(&many, 4990));
}

static void what_was_told_without_a_batch_was_had_from_the_start(void **state)
{
    (void)state;
    struct handed_mark mark = mark_with_batches(0);

    mark.last.seq = 9;
    assert_int_equal(had(&mark, 5000), 9);
    mark.last.seq = 10;
    handed_mark_batch(&mark, 5100);
    assert_int_equal(had(&mark, 5100), 10);
    assert_int_equal(had(&mark, 5000), 7);
}

static void who_closes_soon_after_its_first_batch_is_known_to_leave(void **state)
{
    (void)state;
    const struct {
        int batches;
        bool is_soon, leaves;
    } cases[] = {{0, true, false}, {1, true, true}, {1, false, false}, {2, true, false}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct handed_mark mark = mark_with_batches(cases[i].batches);
        handed_mark_close(&mark, cases[i].is_soon);
        assert_int_equal(mark.leaves, cases[i].leaves);
        mark.leaves = true;
        handed_mark_close(&mark, cases[i].is_soon);
        assert_true(mark.leaves);
    }
}

static void it_is_forgotten_in_time(void **state)
{
    (void)state;
    struct handed *handed = handed_new(10);

    leave(handed, "a", 7, 0, 100);
    leave(handed, "b", 7, 0, 100);
    assert_int_equal(take(handed, "a", 99), 7);
    assert_int_equal(take(handed, "b", 100), -1);
    leave(handed, "b", 3, 100, 200);
    assert_int_equal(take(handed, "b", 101), 3);
    handed_destroy(&handed);
}

static void past_the_limit_the_longest_gone_goes(void **state)
{
    (void)state;
    struct handed *handed = handed_new(3);
    char reader[8];

    for (int i = 0; i < 5; i++) {
        snprintf(reader, sizeof(reader), "r%d", i);
        leave(handed, reader, i, i, 1000);
    }
    assert_int_equal(handed_count(handed), 3);
    assert_int_equal(take(handed, "r1", 10), -1);
    assert_int_equal(take(handed, "r2", 10), 2);
    assert_int_equal(take(handed, "r4", 10), 4);
    handed_clear(handed);
    assert_int_equal(handed_count(handed), 0);
    handed_destroy(&handed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_returns_goes_on_where_it_left),
        cmocka_unit_test(of_several_the_oldest_counts_until_all_are_back),
        cmocka_unit_test(who_does_not_come_back_soon_holds_nobody_back),
        cmocka_unit_test(a_bound_made_after_a_batch_had_it),
        cmocka_unit_test(a_bound_made_before_a_batch_had_what_came_before_it),
        cmocka_unit_test(what_was_told_without_a_batch_was_had_from_the_start),
        cmocka_unit_test(who_closes_soon_after_its_first_batch_is_known_to_leave),
        cmocka_unit_test(it_is_forgotten_in_time),
        cmocka_unit_test(past_the_limit_the_longest_gone_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
