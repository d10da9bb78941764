#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

/* Standard error is a socket that keeps writes apart, so that what is received
 * at once was written at once. */
static int written = -1;
static int saved_stderr = -1;

static int catch_stderr(void **state)
{
    int ends[2];

    (void)state;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
        return -1;
    saved_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    written = ends[0];
    log_open("a-service", LOG_DEBUG);
    return 0;
}

static int give_stderr_back(void **state)
{
    (void)state;
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    close(written);
    return 0;
}

/* Returns the size of the next line that was written at once, 0 for none. */
static size_t next_line(char *line, size_t size)
{
    ssize_t got = recv(written, line, size, MSG_DONTWAIT);

    return got > 0 ? (size_t)got : 0;
}

static json_t *next_object(void)
{
    char line[8192];
    size_t size = next_line(line, sizeof(line));
    json_error_t error;

    assert_true(size > 1);
    assert_int_equal(line[size - 1], '\n');
    assert_null(memchr(line, '\n', size - 1));
    json_t *object = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
    if (!object)
        fail_msg("%s: %.*s", error.text, (int)size, line);
    return object;
}

static const char *field(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));

    assert_non_null(value);
    return value;
}

static void a_line_says_when_who_and_what(void **state)
{
    int64_t at;
    int64_t before = clock_wall_ms();

    (void)state;
    log_warn("message refused", "message", "chat.open", "why", "not one value");
    json_t *object = next_object();
    assert_true(iso_time_parse(field(object, "time"), &at));
    assert_true(at >= before && at <= clock_wall_ms());
    assert_string_equal(field(object, "level"), "warn");
    assert_string_equal(field(object, "service"), "a-service");
    assert_string_equal(field(object, "event"), "message refused");
    assert_string_equal(field(object, "message"), "chat.open");
    assert_string_equal(field(object, "why"), "not one value");
    assert_int_equal(json_object_size(object), 6);
    json_decref(object);
}

static void whatever_the_bytes_every_line_is_json(void **state)
{
    unsigned seed = 1;

    (void)state;
    for (int round = 0; round < 5000; round++) {
        char value[64];
        size_t size = (size_t)(rand_r(&seed) % (int)sizeof(value));
        for (size_t i = 0; i < size; i++)
            value[i] = (char)(rand_r(&seed) % 255 + 1);
        value[size] = '\0';
        log_info("something", "value", value);
        json_decref(next_object());
    }
}

static void text_arrives_as_it_is_and_other_bytes_are_shown(void **state)
{
    static const struct {
        const char *value, *read;
    } cases[] = {
        {"plain", "plain"},
        {"", ""},
        {"Tere, õhtust! 你好 😀", "Tere, õhtust! 你好 😀"},
        {"\"quoted\" and \\", "\"quoted\" and \\"},
        {"two\nlines\r\t\x01\x1b[31m\x7f", "two\nlines\r\t\x01\x1b[31m\x7f"},
        {"\xff\xfe", "\\xff\\xfe"},
        {"a\xc3", "a\\xc3"},
        {"\xc0\xaf", "\\xc0\\xaf"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        log_info("something", "value", cases[i].value);
        json_t *object = next_object();
        assert_string_equal(field(object, "value"), cases[i].read);
        json_decref(object);
    }
}

static void a_long_value_is_cut(void **state)
{
    char value[5001];

    (void)state;
    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    log_info("something", "value", value);
    json_t *object = next_object();
    assert_int_equal(strlen(field(object, "value")), 1000);
    json_decref(object);
}

static void what_is_less_severe_is_dropped(void **state)
{
    char line[8192];

    (void)state;
    log_open("a-service", LOG_WARNING);
    log_debug("something");
    log_info("something");
    assert_int_equal(next_line(line, sizeof(line)), 0);
    log_warn("something");
    log_error("something");
    json_decref(next_object());
    json_decref(next_object());
    log_open("a-service", LOG_DEBUG);
    log_debug("something");
    json_decref(next_object());
}

static void levels_have_names(void **state)
{
    (void)state;
    assert_int_equal(log_level_named("error"), LOG_ERR);
    assert_int_equal(log_level_named("warn"), LOG_WARNING);
    assert_int_equal(log_level_named("info"), LOG_INFO);
    assert_int_equal(log_level_named("debug"), LOG_DEBUG);
    assert_int_equal(log_level_named("INFO"), -1);
    assert_int_equal(log_level_named(""), -1);
}

static void errno_is_kept(void **state)
{
    (void)state;
    int kept = dup(STDERR_FILENO);
    close(STDERR_FILENO); /* so that the write fails */
    errno = ENOENT;
    log_info("something");
    int after = errno;
    dup2(kept, STDERR_FILENO);
    close(kept);
    assert_int_equal(after, ENOENT);
}

static void eight_numbers_stand_at_once(void **state)
{
    const char *texts[8];

    (void)state;
    for (int i = 0; i < 8; i++)
        texts[i] = log_number(i);
    for (int i = 0; i < 8; i++)
        assert_int_equal(texts[i][0], '0' + i);
    assert_string_equal(log_number(INT64_MIN), "-9223372036854775808");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_says_when_who_and_what, catch_stderr,
                                        give_stderr_back),
        cmocka_unit_test_setup_teardown(whatever_the_bytes_every_line_is_json, catch_stderr,
                                        give_stderr_back),
        cmocka_unit_test_setup_teardown(text_arrives_as_it_is_and_other_bytes_are_shown,
                                        catch_stderr, give_stderr_back),
        cmocka_unit_test_setup_teardown(a_long_value_is_cut, catch_stderr, give_stderr_back),
        cmocka_unit_test_setup_teardown(what_is_less_severe_is_dropped, catch_stderr,
                                        give_stderr_back),
        cmocka_unit_test(levels_have_names),
        cmocka_unit_test_setup_teardown(errno_is_kept, catch_stderr, give_stderr_back),
        cmocka_unit_test(eight_numbers_stand_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
