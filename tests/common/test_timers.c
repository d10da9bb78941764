#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "timers.h"

enum { TIMERS = 40, ROUNDS = 20000, SPAN = 50 };

/* The model: what is set, by hand. A timer that is due when a run begins has
 * `due`; running, setting or cancelling it takes that away. */
struct model {
    struct timers *timers;
    struct entry {
        struct model *model;
        struct timer timer;
        bool set, due;
        int64_t at;
    } entries[TIMERS];
    unsigned seed;
    bool running;
    int64_t now;
    int64_t last_at; /* of the callback before this one */
    size_t calls;
};

static int pick(struct model *self, int most)
{
    return rand_r(&self->seed) % most;
}

static void set_one(struct model *self)
{
    struct entry *entry = &self->entries[pick(self, TIMERS)];

    entry->at = self->now - 3 + pick(self, SPAN);
    entry->set = true;
    entry->due = false;
    timers_set(self->timers, &entry->timer, entry->at);
}

static void cancel_one(struct model *self)
{
    struct entry *entry = &self->entries[pick(self, TIMERS)];

    entry->set = false;
    entry->due = false;
    timers_cancel(self->timers, &entry->timer);
}

static void check_next(const struct model *self)
{
    int64_t earliest = INT64_MAX;

    for (int i = 0; i < TIMERS; i++) {
        const struct entry *entry = &self->entries[i];
        if (entry->set && entry->at < earliest)
            earliest = entry->at;
        assert_int_equal(entry->timer.place != 0, entry->set);
    }
    assert_true(timers_next(self->timers) == earliest);
}

static void on_time(void *arg)
{
    struct entry *entry = arg;
    struct model *self = entry->model;

    assert_true(self->running);
    assert_true(entry->set && entry->due); /* once, and not what was set just now */
    assert_true(entry->at >= self->last_at);
    for (int i = 0; i < TIMERS; i++)
        assert_true(!self->entries[i].due || self->entries[i].at >= entry->at);
    entry->set = false;
    entry->due = false;
    self->last_at = entry->at;
    self->calls++;
    for (int i = pick(self, 4); i > 0; i--)
        pick(self, 3) ? cancel_one(self) : set_one(self);
    check_next(self);
}

static void run(struct model *self)
{
    self->now += pick(self, 10);
    self->last_at = INT64_MIN;
    for (int i = 0; i < TIMERS; i++)
        self->entries[i].due = self->entries[i].set && self->entries[i].at <= self->now;
    self->running = true;
    timers_run(self->timers, self->now);
    self->running = false;
    for (int i = 0; i < TIMERS; i++)
        assert_false(self->entries[i].due);
}

static void timers_do_what_a_list_of_deadlines_would(void **state)
{
    struct model model = {.timers = timers_new(), .seed = 7};

    (void)state;
    for (int i = 0; i < TIMERS; i++) {
        model.entries[i].model = &model;
        model.entries[i].timer.on_time = on_time;
        model.entries[i].timer.self = &model.entries[i];
    }
    for (int round = 0; round < ROUNDS; round++) {
        int what = pick(&model, 8);
        if (what < 5)
            set_one(&model);
        else if (what < 7)
            cancel_one(&model);
        else
            run(&model);
        check_next(&model);
    }
    assert_true(model.calls > 1000);
    timers_destroy(&model.timers);
    assert_null(model.timers);
}

struct counter {
    struct timers *timers;
    struct timer timer;
    int calls;
};

static void on_count(void *arg)
{
    struct counter *self = arg;

    self->calls++;
    timers_set(self->timers, &self->timer, 0);
}

static void a_timer_that_sets_itself_at_once_runs_once_a_run(void **state)
{
    struct counter counter = {.timers = timers_new(), .timer = {.on_time = on_count}};

    (void)state;
    counter.timer.self = &counter;
    timers_set(counter.timers, &counter.timer, 5);
    timers_run(counter.timers, 4);
    assert_int_equal(counter.calls, 0);
    for (int i = 1; i <= 3; i++) {
        timers_run(counter.timers, 5);
        assert_int_equal(counter.calls, i);
    }
    timers_destroy(&counter.timers);
}

static void nothing_set_is_no_deadline(void **state)
{
    struct timers *timers = timers_new();
    struct timer timer = {0};

    (void)state;
    assert_true(timers_next(timers) == INT64_MAX);
    timers_cancel(timers, &timer);
    timers_run(timers, INT64_MAX);
    timers_destroy(&timers);
    timers_destroy(&timers);
}

/* ---- in a loop ---- */

struct step {
    struct timer timer;
    int64_t due_at, ran_at;
    zloop_t *loop;
    bool last;
};

static int on_end(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    (void)arg;
    return -1;
}

static void on_step(void *arg)
{
    struct step *self = arg;

    self->ran_at = clock_monotonic_ms();
    if (self->last)
        zloop_timer(self->loop, 0, 1, on_end, NULL);
}

static void the_loop_wakes_for_the_earliest_deadline(void **state)
{
    static const int after_ms[] = {60, 20, 40, 0, 1, 20, 59};
    enum { STEPS = sizeof(after_ms) / sizeof(*after_ms) };
    struct step steps[STEPS] = {0};
    zloop_t *loop = zloop_new();
    struct timers *timers = timers_new();

    (void)state;
    timers_attach(timers, loop);
    for (int i = 0; i < STEPS; i++) {
        steps[i].loop = loop;
        steps[i].last = after_ms[i] == 60;
        steps[i].timer.on_time = on_step;
        steps[i].timer.self = &steps[i];
        steps[i].due_at = clock_monotonic_ms() + after_ms[i];
        timers_set(timers, &steps[i].timer, steps[i].due_at);
    }
    zloop_start(loop);
    for (int i = 0; i < STEPS; i++)
        assert_true(steps[i].ran_at >= steps[i].due_at);
    assert_true(timers_next(timers) == INT64_MAX);
    zloop_destroy(&loop);
    timers_destroy(&timers);
}

static void an_idle_loop_is_not_woken(void **state)
{
    struct step step = {.last = true, .timer = {.on_time = on_step}};
    struct timer far = {.on_time = on_step};
    zloop_t *loop = zloop_new();
    struct timers *timers = timers_new();

    (void)state;
    step.loop = loop;
    step.timer.self = &step;
    timers_set(timers, &far, INT64_MAX / 2); /* before it is attached */
    timers_attach(timers, loop);
    timers_set(timers, &step.timer, clock_monotonic_ms() + 100);
    clock_t before = clock();
    zloop_start(loop);
    assert_true((clock() - before) * 1000 / CLOCKS_PER_SEC < 50); /* milliseconds of work */
    assert_true(step.ran_at > 0);
    zloop_destroy(&loop);
    timers_destroy(&timers);
}

static void count_run(void *runs)
{
    ++*(int *)runs;
}

struct again {
    struct timers *timers;
    struct timer timer;
    int runs;
};

static void set_again(void *arg)
{
    struct again *self = arg;

    self->runs++;
    timers_set(self->timers, &self->timer, TIMERS_SOON);
}

static void what_is_to_run_soon_runs_at_the_end_of_the_outermost_call(void **state)
{
    int runs = 0;
    struct timer soon = {.on_time = count_run, .self = &runs};
    struct timer later = soon;
    struct timers *timers = timers_new();

    (void)state;
    timers_begin(timers);
    timers_set(timers, &soon, TIMERS_SOON);
    timers_set(timers, &later, 1);
    timers_begin(timers);
    timers_end(timers);
    assert_int_equal(runs, 0);
    timers_end(timers);
    assert_int_equal(runs, 1); /* the other has to wait for its time */
    timers_cancel(timers, &later);
    timers_destroy(&timers);
}

static void what_is_always_to_run_soon_does_not_keep_the_loop(void **state)
{
    struct timers *timers = timers_new();
    struct again again = {.timers = timers, .timer = {.on_time = set_again, .self = &again}};

    (void)state;
    timers_begin(timers);
    timers_set(timers, &again.timer, TIMERS_SOON);
    timers_end(timers);
    assert_in_range(again.runs, 1, 10);
    timers_cancel(timers, &again.timer);
    timers_destroy(&timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_do_what_a_list_of_deadlines_would),
        cmocka_unit_test(a_timer_that_sets_itself_at_once_runs_once_a_run),
        cmocka_unit_test(nothing_set_is_no_deadline),
        cmocka_unit_test(the_loop_wakes_for_the_earliest_deadline),
        cmocka_unit_test(an_idle_loop_is_not_woken),
        cmocka_unit_test(what_is_to_run_soon_runs_at_the_end_of_the_outermost_call),
        cmocka_unit_test(what_is_always_to_run_soon_does_not_keep_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
