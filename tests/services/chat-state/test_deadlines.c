/* The deadlines in memory, and the clock that they are measured with. */
#include "test.h"

#include "codec.h"
#include "deadlines.h"
#include "own.h"

static const int64_t NOON = 1000000, HOUR = 3600000;

static struct deadline row_of(const char *id, int64_t due)
{
    return (struct deadline){.id = (char *)id, .kind = (char *)"kind", .due = due};
}

static void set(struct deadlines *self, const char *id, int64_t due)
{
    struct deadline row = row_of(id, due);

    deadlines_set(self, &row);
}

static struct deadlines begun(void)
{
    struct deadlines self = {0};

    deadlines_begin(&self, NOON);
    deadlines_look(&self, NOON, 1);
    return self;
}

static void is_due(const struct deadlines *self, size_t place, const char *id)
{
    const struct deadline *row = deadlines_due(self, place);

    assert_string_equal(row ? row->id : "none", id);
}

static void what_is_due_comes_in_order(void **state)
{
    struct deadlines self = begun();

    (void)state;
    set(&self, "late", NOON + 30);
    set(&self, "early", NOON + 10);
    set(&self, "also early", NOON + 10);
    is_due(&self, 0, "none");
    assert_int_equal(deadlines_wait(&self), 10);
    deadlines_look(&self, NOON + 10, 11);
    is_due(&self, 0, "also early");
    is_due(&self, 1, "early");
    is_due(&self, 2, "none");
    assert_int_equal(deadlines_wait(&self), 0);
    deadlines_clear(&self);
}

static void one_that_is_set_again_moves_and_one_that_is_taken_back_goes(void **state)
{
    struct deadlines self = begun();

    (void)state;
    set(&self, "one", NOON + 10);
    set(&self, "one", NOON + 50);
    set(&self, "other", NOON + 20);
    set(&self, "other", 0);
    assert_null(deadlines_find(&self, "other"));
    assert_int_equal(deadlines_find(&self, "one")->due, NOON + 50);
    assert_int_equal(deadlines_wait(&self), 50);
    set(&self, "one", 0);
    assert_int_equal(deadlines_wait(&self), INT64_MAX);
    deadlines_clear(&self);
}

static void those_of_a_subject_go_together(void **state)
{
    struct deadlines self = begun();
    struct deadline row = row_of("one", NOON + 1);

    (void)state;
    row.subject = (char *)"chat";
    deadlines_set(&self, &row);
    row.id = (char *)"two";
    deadlines_set(&self, &row);
    set(&self, "of nobody", NOON + 2);
    deadlines_remove_subject(&self, "");
    assert_int_equal(self.count, 3);
    deadlines_remove_subject(&self, "chat");
    assert_int_equal(self.count, 1);
    assert_non_null(deadlines_find(&self, "of nobody"));
    deadlines_clear(&self);
}

static void a_wall_clock_that_jumps_ahead_makes_nothing_due(void **state)
{
    struct deadlines self = begun();

    (void)state;
    set(&self, "one", NOON + 100);
    deadlines_look(&self, NOON + 5 * HOUR, 51);
    is_due(&self, 0, "none");
    assert_int_equal(deadlines_wait(&self), 50);
    assert_int_equal(self.jumps, 1);
    deadlines_look(&self, NOON + 5 * HOUR + 50, 101);
    is_due(&self, 0, "one");
    deadlines_clear(&self);
}

static void a_wall_clock_that_jumps_back_holds_nothing_up(void **state)
{
    struct deadlines self = begun();

    (void)state;
    set(&self, "one", NOON + 100);
    deadlines_look(&self, NOON - 5 * HOUR, 51);
    assert_int_equal(deadlines_wait(&self), 50);
    deadlines_look(&self, NOON - 5 * HOUR + 50, 101);
    is_due(&self, 0, "one");
    deadlines_clear(&self);
}

static void a_wall_clock_that_is_pulled_is_followed(void **state)
{
    struct deadlines self = begun();

    (void)state;
    for (int i = 1; i <= 100; i++)
        deadlines_look(&self, NOON + (int64_t)i * 1010, 1 + (int64_t)i * 1000);
    assert_int_equal(self.now, NOON + 101000);
    assert_int_equal(self.jumps, 0);
    deadlines_clear(&self);
}

static void time_never_goes_back(void **state)
{
    struct deadlines self = begun();

    (void)state;
    deadlines_look(&self, NOON + 1000, 1001);
    deadlines_look(&self, NOON + 500, 1002);
    assert_int_equal(self.now, NOON + 1000);
    deadlines_clear(&self);
}

static void after_a_restart_with_a_clock_behind_no_row_waits_longer_than_it_was_to(void **state)
{
    struct deadlines self = begun();
    struct deadline row = row_of("one", NOON + 5 * HOUR + 10);
    const struct deadline_list rows = {&row, 1};

    (void)state;
    row.created = NOON + 5 * HOUR; /* by a clock that was ahead */
    deadlines_fill(&self, &rows);
    assert_int_equal(deadlines_wait(&self), 10);
    deadlines_clear(&self);
}

static void after_a_restart_what_was_due_meanwhile_is_due_now(void **state)
{
    struct deadlines self = begun();
    struct deadline row = row_of("one", NOON - 5 * HOUR);
    const struct deadline_list rows = {&row, 1};

    (void)state;
    row.created = NOON - 6 * HOUR;
    deadlines_fill(&self, &rows);
    is_due(&self, 0, "one");
    deadlines_clear(&self);
}

/* ---- against a model: all rows in a plain array, and a clock that is true ---- */

enum { IDS = 24, STEPS = 20000, LIMIT = 4 };

struct model {
    struct deadlines deadlines;
    char names[IDS][8];
    int64_t due[IDS]; /* as stored; 0: not set */
    int64_t now;      /* true time */
    int64_t wall;     /* what the wall shows beyond that */
};

static uint32_t seed;

static int64_t random_below(int64_t bound)
{
    seed = seed * 1664525 + 1013904223;
    return (int64_t)(seed >> 8) % bound;
}

static void look(struct model *self)
{
    deadlines_look(&self->deadlines, self->now + self->wall, self->now);
}

/* The earliest rows, as the database would give them. */
static void read_rows(struct model *self)
{
    struct deadline_list rows = {0};
    bool taken[IDS] = {false};

    while (rows.count < LIMIT) {
        int best = -1;
        for (int i = 0; i < IDS; i++)
            if (self->due[i] && !taken[i] && (best == -1 || self->due[i] < self->due[best]))
                best = i;
        if (best == -1)
            break;
        taken[best] = true;
        struct deadline *row = list_append((struct list *)&rows, &message_types[MESSAGE_deadline]);
        row->id = own_copy(self->names[best]);
        row->kind = own_copy("kind");
        row->due = self->due[best];
    }
    deadlines_fill(&self->deadlines, &rows);
    deadline_list_clear(&rows);
}

static void restart(struct model *self)
{
    deadlines_clear(&self->deadlines);
    self->deadlines.limit = LIMIT;
    self->wall = 0;
    deadlines_begin(&self->deadlines, self->now);
    look(self);
    read_rows(self);
}

static void change(struct model *self)
{
    int64_t i = random_below(IDS);
    bool is_set = random_below(3) > 0;

    self->due[i] = is_set ? self->deadlines.now + 1 + random_below(200) : 0;
    set(&self->deadlines, self->names[i], self->due[i]);
}

/* Does what is due, and checks that it is that and nothing else. */
static void run(struct model *self)
{
    const struct deadline *row;

    for (;;) {
        if (deadlines_wants_rows(&self->deadlines))
            read_rows(self);
        row = deadlines_due(&self->deadlines, 0);
        if (!row)
            break;
        long i = strtol(row->id, NULL, 10);
        assert_int_equal(row->due, self->due[i]);
        assert_true(self->due[i] <= self->now);
        self->due[i] = 0;
        set(&self->deadlines, self->names[i], 0);
    }
    for (int i = 0; i < IDS; i++)
        assert_true(self->due[i] == 0 || self->due[i] > self->now);
    assert_true(self->deadlines.count <= LIMIT);
}

static void step(struct model *self)
{
    switch (random_below(20)) {
    case 0:
        restart(self);
        break;
    case 1:
        self->wall = random_below(10 * HOUR) - 5 * HOUR;
        break;
    default:
        change(self);
    }
    self->now += random_below(30);
    look(self);
    run(self);
}

static void whatever_happens_each_is_done_once_and_at_its_time(void **state)
{
    struct model model = {.now = NOON, .deadlines.limit = LIMIT};

    (void)state;
    seed = 4;
    for (int i = 0; i < IDS; i++)
        snprintf(model.names[i], sizeof(model.names[i]), "%d", i);
    restart(&model);
    for (int i = 0; i < STEPS; i++)
        step(&model);
    deadlines_clear(&model.deadlines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_due_comes_in_order),
        cmocka_unit_test(one_that_is_set_again_moves_and_one_that_is_taken_back_goes),
        cmocka_unit_test(those_of_a_subject_go_together),
        cmocka_unit_test(a_wall_clock_that_jumps_ahead_makes_nothing_due),
        cmocka_unit_test(a_wall_clock_that_jumps_back_holds_nothing_up),
        cmocka_unit_test(a_wall_clock_that_is_pulled_is_followed),
        cmocka_unit_test(time_never_goes_back),
        cmocka_unit_test(after_a_restart_with_a_clock_behind_no_row_waits_longer_than_it_was_to),
        cmocka_unit_test(after_a_restart_what_was_due_meanwhile_is_due_now),
        cmocka_unit_test(whatever_happens_each_is_done_once_and_at_its_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
