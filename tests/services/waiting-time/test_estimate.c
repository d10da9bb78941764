#include "estimate.h"
#include "test.h"

static const struct {
    const char *name;
    int64_t window;
    int64_t waits_ms[5]; /* ends at a 0 */
    int64_t want;
} cases[] = {
    {"nothing yet", 3, {0}, 0},
    {"one wait is the estimate", 3, {100000}, 100},
    {"the mean of a few", 3, {10000, 20000, 60000}, 30},
    {"the oldest is forgotten", 2, {100000, 10000, 20000}, 15},
    {"half a second rounds up", 3, {1000, 2000}, 2},
    {"less rounds down", 3, {1000, 1998}, 1},
    {"a clock that was set back counts as no wait", 3, {-5000, 10000}, 5},
    {"an absurd wait is cut to a hundred years", 3, {INT64_MAX, INT64_MAX}, 3153600000},
};

static void the_estimate_is_the_mean_of_the_last_waits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct estimate *estimate = estimate_new(cases[i].window);
        for (int w = 0; cases[i].waits_ms[w]; w++)
            estimate_add(estimate, cases[i].waits_ms[w]);
        if (estimate_seconds(estimate) != cases[i].want)
            fail_msg("%s: got %ld, want %ld", cases[i].name, (long)estimate_seconds(estimate),
                     (long)cases[i].want);
        estimate_destroy(&estimate);
        assert_null(estimate);
    }
}

/* Against the sum of the last waits, added up anew each time. */
static void any_series_of_waits_has_the_mean_of_its_end(void **state)
{
    enum { COUNT = 500, WINDOW = 20 };
    struct estimate *estimate = estimate_new(WINDOW);
    int64_t waits[COUNT];
    unsigned seed = 7;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        seed = seed * 1103515245 + 12345;
        waits[i] = seed / 8 % 900000;
        estimate_add(estimate, waits[i]);
        int64_t sum = 0;
        int from = i < WINDOW ? 0 : i - WINDOW + 1;
        for (int w = from; w <= i; w++)
            sum += waits[w];
        int64_t unit = (i - from + 1) * INT64_C(1000);
        assert_int_equal(estimate_seconds(estimate), (sum + unit / 2) / unit);
    }
    estimate_destroy(&estimate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_estimate_is_the_mean_of_the_last_waits),
        cmocka_unit_test(any_series_of_waits_has_the_mean_of_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
