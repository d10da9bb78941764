#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "own.h"

static const char *text;
static const char *secret;
static int64_t number;
static char *said;

static const struct setting settings[] = {
    {"TEST_TEXT", SETTING_TEXT, &text, "a fallback", "a text", 0, 0},
    {"TEST_NUMBER", SETTING_NUMBER, &number, "20", "a number", 1, 100},
    {"TEST_SECRET", SETTING_SECRET, &secret, "", "a secret", 0, 0},
    {NULL, SETTING_TEXT, NULL, NULL, NULL, 0, 0},
};

static int read_table(const struct setting *table)
{
    size_t size;

    free(said);
    FILE *complaints = open_memstream(&said, &size);
    int rc = config_read(table, complaints);
    fclose(complaints);
    return rc;
}

static int forget(void **state)
{
    (void)state;
    unsetenv("TEST_TEXT");
    unsetenv("TEST_NUMBER");
    unsetenv("TEST_SECRET");
    unsetenv("TEST_SECRET_FILE");
    free(said);
    said = NULL;
    return 0;
}

static void what_is_not_set_has_its_fallback(void **state)
{
    (void)state;
    assert_int_equal(read_table(settings), 0);
    assert_string_equal(said, "");
    assert_string_equal(text, "a fallback");
    assert_int_equal(number, 20);
    assert_string_equal(secret, "");
}

static void what_is_set_counts(void **state)
{
    (void)state;
    setenv("TEST_TEXT", "ipc://run/x", 1);
    setenv("TEST_NUMBER", "100", 1);
    setenv("TEST_SECRET", "hush", 1);
    assert_int_equal(read_table(settings), 0);
    assert_string_equal(text, "ipc://run/x");
    assert_int_equal(number, 100);
    assert_string_equal(secret, "hush");
}

static void every_bad_setting_is_named_at_once(void **state)
{
    static const struct setting bad[] = {
        {"TEST_TEXT", SETTING_TEXT, &text, NULL, "a text", 0, 0},
        {"TEST_NUMBER", SETTING_NUMBER, &number, "many", "a number", 0, 0},
        {"TEST_SECRET", SETTING_SECRET, &secret, NULL, "a secret", 0, 0},
        {NULL, SETTING_TEXT, NULL, NULL, NULL, 0, 0},
    };

    (void)state;
    assert_int_equal(read_table(bad), -1);
    assert_string_equal(said, "TEST_TEXT is not set: a text\n"
                              "TEST_NUMBER is not a whole number: many\n"
                              "TEST_SECRET is not set: a secret\n");
}

static void a_number_keeps_to_its_bounds(void **state)
{
    static const struct {
        const char *value;
        const char *complaint; /* NULL: it is taken */
    } cases[] = {
        {"1", NULL},
        {"100", NULL},
        {"0", "TEST_NUMBER is not from 1 to 100: 0\n"},
        {"101", "TEST_NUMBER is not from 1 to 100: 101\n"},
        {"-1", "TEST_NUMBER is not from 1 to 100: -1\n"},
        {"", "TEST_NUMBER is not a whole number: \n"},
        {"1.5", "TEST_NUMBER is not a whole number: 1.5\n"},
        {" 5", "TEST_NUMBER is not a whole number:  5\n"},
        {"5 ", "TEST_NUMBER is not a whole number: 5 \n"},
        {"0x5", "TEST_NUMBER is not a whole number: 0x5\n"},
        {"99999999999999999999", "TEST_NUMBER is not a whole number: 99999999999999999999\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        setenv("TEST_NUMBER", cases[i].value, 1);
        assert_int_equal(read_table(settings), cases[i].complaint ? -1 : 0);
        assert_string_equal(said, cases[i].complaint ? cases[i].complaint : "");
    }
}

static void a_number_without_bounds_is_any_from_0_on(void **state)
{
    static const struct setting open[] = {
        {"TEST_NUMBER", SETTING_NUMBER, &number, "20", "a number", 0, 0},
        {NULL, SETTING_TEXT, NULL, NULL, NULL, 0, 0},
    };

    (void)state;
    setenv("TEST_NUMBER", "9223372036854775807", 1);
    assert_int_equal(read_table(open), 0);
    assert_true(number == INT64_MAX);
    setenv("TEST_NUMBER", "-1", 1);
    assert_int_equal(read_table(open), -1);
}

/* Reads TEST_SECRET from a file with this content. */
static int read_file(const char *content, size_t size)
{
    char path[] = "/tmp/test_config.XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd != -1);
    assert_true(write(fd, content, size) == (ssize_t)size);
    close(fd);
    setenv("TEST_SECRET_FILE", path, 1);
    int rc = read_table(settings);
    unlink(path);
    return rc;
}

static void a_secret_may_be_in_a_file(void **state)
{
    static const struct {
        const char *content, *secret;
    } cases[] = {
        {"hush", "hush"},
        {"hush\n", "hush"},
        {"hush\r\n", "hush"},
        {"hush\n\n", "hush\n"},
        {" hu sh ", " hu sh "},
        {"two\nlines", "two\nlines"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(read_file(cases[i].content, strlen(cases[i].content)), 0);
        assert_string_equal(secret, cases[i].secret);
    }
}

static void a_bad_file_is_named_and_never_shown(void **state)
{
    size_t size = 70000;
    char *large = own_zero(size);

    (void)state;
    memset(large, 'x', size);
    assert_int_equal(read_file(large, size), -1);
    assert_null(strstr(said, "xxx"));
    assert_int_equal(read_file("hush\0hush", 9), -1);
    assert_null(strstr(said, "hush"));
    free(large);

    setenv("TEST_SECRET_FILE", "/nowhere/secret", 1);
    assert_int_equal(read_table(settings), -1);
    assert_string_equal(
        said, "TEST_SECRET_FILE cannot be read: /nowhere/secret: No such file or directory\n");
    setenv("TEST_SECRET_FILE", "/", 1);
    assert_int_equal(read_table(settings), -1);
}

static void a_secret_given_twice_is_refused(void **state)
{
    (void)state;
    setenv("TEST_SECRET", "hush", 1);
    setenv("TEST_SECRET_FILE", "/dev/null", 1);
    assert_int_equal(read_table(settings), -1);
    assert_string_equal(said, "TEST_SECRET and TEST_SECRET_FILE are both set\n");
}

static void only_a_secret_is_read_from_a_file(void **state)
{
    (void)state;
    setenv("TEST_TEXT_FILE", "/nowhere", 1);
    assert_int_equal(read_table(settings), 0);
    unsetenv("TEST_TEXT_FILE");
    assert_string_equal(text, "a fallback");
}

static void the_table_is_printed_a_setting_a_line(void **state)
{
    static const struct setting required[] = {
        {"TEST_NUMBER", SETTING_NUMBER, &number, NULL, "a number", 0, 0},
        {NULL, SETTING_TEXT, NULL, NULL, NULL, 0, 0},
    };
    size_t size;

    (void)state;
    FILE *out = open_memstream(&said, &size);
    config_print(settings, out);
    config_print(required, out);
    fclose(out);
    assert_string_equal(said, "TEST_TEXT                    a text (a fallback)\n"
                              "TEST_NUMBER                  a number, 1 to 100 (20)\n"
                              "TEST_SECRET                  a secret, or a file with it in "
                              "TEST_SECRET_FILE (empty)\n"
                              "TEST_NUMBER                  a number (required)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_is_not_set_has_its_fallback, forget),
        cmocka_unit_test_teardown(what_is_set_counts, forget),
        cmocka_unit_test_teardown(every_bad_setting_is_named_at_once, forget),
        cmocka_unit_test_teardown(a_number_keeps_to_its_bounds, forget),
        cmocka_unit_test_teardown(a_number_without_bounds_is_any_from_0_on, forget),
        cmocka_unit_test_teardown(a_secret_may_be_in_a_file, forget),
        cmocka_unit_test_teardown(a_bad_file_is_named_and_never_shown, forget),
        cmocka_unit_test_teardown(a_secret_given_twice_is_refused, forget),
        cmocka_unit_test_teardown(only_a_secret_is_read_from_a_file, forget),
        cmocka_unit_test_teardown(the_table_is_printed_a_setting_a_line, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
