#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

static const int64_t sample = 1674046612159; /* 2023-01-18T12:56:52.159Z */
static const int64_t year_9999 = 253402300799999;

static void a_time_is_written_as_the_clients_expect(void **state)
{
    static const struct {
        int64_t wall_ms;
        const char *text;
    } cases[] = {
        {1674046612159, "2023-01-18T12:56:52.159+00:00"},
        {0, "1970-01-01T00:00:00.000+00:00"},
        {951782400000, "2000-02-29T00:00:00.000+00:00"},
        {253402300799999, "9999-12-31T23:59:59.999+00:00"},
        {253402300800000, "9999-12-31T23:59:59.999+00:00"},
        {INT64_MAX, "9999-12-31T23:59:59.999+00:00"},
        {-1, "1970-01-01T00:00:00.000+00:00"},
        {INT64_MIN, "1970-01-01T00:00:00.000+00:00"},
    };
    char text[ISO_TIME_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        iso_time_format(cases[i].wall_ms, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void every_form_of_a_time_is_read(void **state)
{
    static const struct {
        const char *text;
        int64_t less; /* than the sample, in milliseconds */
    } cases[] = {
        {"2023-01-18T12:56:52.159Z", 0},
        {"2023-01-18T12:56:52.159", 0},
        {"2023-01-18T12:56:52.159+00:00", 0},
        {"2023-01-18T12:56:52.159+0000", 0},
        {"2023-01-18T12:56:52.159-00:00", 0},
        {"2023-01-18T14:56:52.159+02:00", 0},
        {"2023-01-18T14:56:52.159 02:00", 0},
        {"2023-01-18T14:56:52.159 0200", 0},
        {"2023-01-18T14:56:52.159+0200", 0},
        {"2023-01-18T07:26:52.159-05:30", 0},
        {"2023-01-19T00:56:52.159+12:00", 0},
        {"2023-01-18T12:56:52.1599999Z", 0},
        {"2023-01-18T12:56:52.159000000000000000000Z", 0},
        {"2023-01-18T12:56:52.15Z", 9},
        {"2023-01-18T12:56:52.1", 59},
        {"2023-01-18T12:56:52Z", 159},
        {"2023-01-18T12:56:52", 159},
        {"2023-01-18T12:56Z", 52159},
        {"2023-01-18T12:56", 52159},
        {"2023-01-18T14:56+02:00", 52159},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int64_t wall_ms = -1;
        if (!iso_time_parse(cases[i].text, &wall_ms) || wall_ms != sample - cases[i].less)
            fail_msg("%s: %lld", cases[i].text, (long long)wall_ms);
    }
}

static const char *const no_times[] = {
    "",
    "now",
    "1674046612159",
    "2023-01-18",
    "2023-01-18T",
    "2023-01-18T12",
    "2023-01-18T12:",
    "2023-01-18T12:5",
    "2023-01-18T12:56:",
    "2023-01-18T12:56:5",
    "2023-01-18T12:56:52.",
    "2023-01-18T12:56:52.Z",
    "2023-01-18T12:56.5Z",
    "2023-01-18 12:56:52Z",
    "2023-1-18T12:56:52Z",
    "23-01-18T12:56:52Z",
    "12023-01-18T12:56:52Z",
    "2023-00-18T12:56:52Z",
    "2023-13-18T12:56:52Z",
    "2023-01-00T12:56:52Z",
    "2023-01-32T12:56:52Z",
    "2023-02-29T12:56:52Z",
    "2023-04-31T12:56:52Z",
    "1900-02-29T12:56:52Z",
    "2023-01-18T24:00:00Z",
    "2023-01-18T12:60:00Z",
    "2023-01-18T12:56:60Z",
    "2023-01-18T12:56:52Zz",
    "2023-01-18T12:56:52Z ",
    " 2023-01-18T12:56:52Z",
    "2023-01-18T12:56:52+2",
    "2023-01-18T12:56:52+02",
    "2023-01-18T12:56:52+02:",
    "2023-01-18T12:56:52+02:0",
    "2023-01-18T12:56:52+02:60",
    "2023-01-18T12:56:52+24:00",
    "2023-01-18T12:56:52+02:00Z",
    "2023-01-18T12:56:52+-2:00",
    "-023-01-18T12:56:52Z",
    "2023-01-18T12:-6:52Z",
    "2023-01-18T12:56:52.1\xd9\xa1Z",
};

static void what_is_no_time_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(no_times) / sizeof(*no_times); i++) {
        int64_t wall_ms = 42;
        if (iso_time_parse(no_times[i], &wall_ms) || wall_ms != 42)
            fail_msg("taken: %s", no_times[i]);
    }
}

static void the_years_are_1970_to_9999_in_utc(void **state)
{
    int64_t wall_ms;

    (void)state;
    assert_true(iso_time_parse("1970-01-01T00:00:00.000Z", &wall_ms));
    assert_true(wall_ms == 0);
    assert_true(iso_time_parse("1969-12-31T23:00:00.000-01:00", &wall_ms));
    assert_true(wall_ms == 0);
    assert_true(iso_time_parse("9999-12-31T23:59:59.999Z", &wall_ms));
    assert_true(wall_ms == year_9999);
    assert_false(iso_time_parse("1969-12-31T23:59:59.999Z", &wall_ms));
    assert_false(iso_time_parse("1970-01-01T00:59:59.999+01:00", &wall_ms));
    assert_false(iso_time_parse("0000-01-01T00:00:00Z", &wall_ms));
    assert_false(iso_time_parse("9999-12-31T23:59:59.999-00:01", &wall_ms));
}

static void every_time_survives_the_round_trip(void **state)
{
    char text[ISO_TIME_SIZE];

    (void)state;
    for (int64_t wall_ms = 0; wall_ms <= year_9999; wall_ms += INT64_C(86399999) * 7) {
        int64_t read = -1;
        iso_time_format(wall_ms, text);
        assert_true(iso_time_parse(text, &read));
        assert_true(read == wall_ms);
    }
}

static void the_zone_of_the_machine_changes_nothing(void **state)
{
    char text[ISO_TIME_SIZE];
    int64_t wall_ms;

    (void)state;
    setenv("TZ", "Europe/Tallinn", 1);
    iso_time_format(sample, text);
    assert_string_equal(text, "2023-01-18T12:56:52.159+00:00");
    assert_true(iso_time_parse("2023-07-18T12:56:52", &wall_ms));
    assert_true(wall_ms == 1689685012000);
    unsetenv("TZ");
}

static void the_clocks_go_forward(void **state)
{
    int64_t wall_ms = clock_wall_ms();
    int64_t monotonic_ms = clock_monotonic_ms();

    (void)state;
    assert_true(wall_ms > sample);
    assert_true(clock_monotonic_ms() >= monotonic_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_written_as_the_clients_expect),
        cmocka_unit_test(every_form_of_a_time_is_read),
        cmocka_unit_test(what_is_no_time_is_refused_and_changes_nothing),
        cmocka_unit_test(the_years_are_1970_to_9999_in_utc),
        cmocka_unit_test(every_time_survives_the_round_trip),
        cmocka_unit_test(the_zone_of_the_machine_changes_nothing),
        cmocka_unit_test(the_clocks_go_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
