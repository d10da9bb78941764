#include "jobs.h"
#include "own.h"
#include "test.h"

enum { LIMIT = 3 };

/* A piece of work is a number, which is doubled. */
static int destroyed;

static int *number(int value)
{
    int *work = own_zero(sizeof(*work));

    *work = value;
    return work;
}

static void twice(void *work)
{
    *(int *)work *= 2;
}

static void destroy(void *work)
{
    destroyed++;
    free(work);
}

/* What came back, and after how many the loop ends. */
struct outcome {
    zloop_t *loop;
    struct jobs *jobs;
    int awaited, count, told[LIMIT];
};

static int end_loop(zloop_t *loop, int timer_id, void *arguments)
{
    (void)loop;
    (void)timer_id;
    (void)arguments;
    return -1;
}

static void on_outcome(void *self, void *work)
{
    struct outcome *outcome = self;

    outcome->told[outcome->count++] = *(int *)work;
    if (outcome->count == outcome->awaited)
        zloop_timer(outcome->loop, 0, 1, end_loop, NULL);
}

static void open_jobs(struct outcome *self)
{
    destroyed = 0;
    self->loop = zloop_new();
    self->jobs = jobs_new(self->loop, LIMIT, twice, destroy);
}

static void close_jobs(struct outcome *self)
{
    jobs_destroy(&self->jobs);
    zloop_destroy(&self->loop);
}

static void work_is_done_and_told_in_the_order_it_came(void **state)
{
    struct outcome outcome = {.awaited = LIMIT};

    (void)state;
    open_jobs(&outcome);
    for (int i = 0; i < LIMIT; i++)
        assert_true(jobs_add(outcome.jobs, number(i + 1), on_outcome, &outcome) > 0);
    zloop_start(outcome.loop);
    for (int i = 0; i < LIMIT; i++)
        assert_int_equal(outcome.told[i], 2 * (i + 1));
    close_jobs(&outcome);
    assert_int_equal(destroyed, LIMIT);
}

static void one_more_than_the_limit_is_refused(void **state)
{
    struct outcome outcome = {.awaited = LIMIT};

    (void)state;
    open_jobs(&outcome);
    for (int i = 0; i < LIMIT; i++)
        assert_true(jobs_add(outcome.jobs, number(i), on_outcome, &outcome) > 0);
    assert_int_equal(jobs_add(outcome.jobs, number(9), on_outcome, &outcome), 0);
    assert_int_equal(destroyed, 1);
    zloop_start(outcome.loop);
    assert_true(jobs_add(outcome.jobs, number(9), on_outcome, &outcome) > 0);
    close_jobs(&outcome);
    assert_int_equal(destroyed, LIMIT + 2);
}

static void what_was_forgotten_is_not_told_and_leaves_its_place(void **state)
{
    struct outcome outcome = {.awaited = 2}, forgotten = {0};
    uint64_t tickets[LIMIT];

    (void)state;
    open_jobs(&outcome);
    for (int i = 0; i < LIMIT; i++)
        tickets[i] = jobs_add(outcome.jobs, number(i), on_outcome, i == 2 ? &outcome : &forgotten);
    jobs_forget(outcome.jobs, tickets[0]);
    jobs_forget(outcome.jobs, tickets[1]);
    jobs_forget(outcome.jobs, tickets[1]);
    assert_true(jobs_add(outcome.jobs, number(7), on_outcome, &outcome) > 0);
    zloop_start(outcome.loop);
    assert_int_equal(forgotten.count, 0);
    assert_int_equal(outcome.told[0], 4);
    assert_int_equal(outcome.told[1], 14);
    close_jobs(&outcome);
    assert_int_equal(destroyed, LIMIT + 1);
}

static void what_waits_at_the_end_is_released(void **state)
{
    struct outcome outcome = {0};

    (void)state;
    open_jobs(&outcome);
    for (int i = 0; i < LIMIT; i++)
        jobs_add(outcome.jobs, number(i), on_outcome, &outcome);
    close_jobs(&outcome);
    assert_int_equal(destroyed, LIMIT);
    assert_int_equal(outcome.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_is_done_and_told_in_the_order_it_came),
        cmocka_unit_test(one_more_than_the_limit_is_refused),
        cmocka_unit_test(what_was_forgotten_is_not_told_and_leaves_its_place),
        cmocka_unit_test(what_waits_at_the_end_is_released),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
