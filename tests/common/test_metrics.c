#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "metrics.h"

static struct metric refused = {
    "kratt_requests_refused", METRIC_COUNTER, "Requests answered with 4xx.", NULL, 0, NULL};
static struct metric open_chats = {"kratt_open", METRIC_GAUGE, "Open \"chats\",\nand \\.",
                                   NULL,         -3,           NULL};
static struct metric init_chat = {
    "kratt_requests", METRIC_COUNTER, "Requests.", "route=\"init-chat\"", 1, NULL};
static struct metric end_chat = {
    "kratt_requests", METRIC_COUNTER, "Requests.", "route=\"end-chat\"", 2, NULL};
static struct metric post_message = {"kratt_requests",         METRIC_COUNTER, "Requests.",
                                     "route=\"post-message\"", INT64_MAX,      NULL};

static void assert_shown(const char *expected)
{
    char *text = metrics_text();

    assert_string_equal(text, expected);
    free(text);
}

static void without_metrics_there_is_only_the_end(void **state)
{
    (void)state;
    assert_shown("# EOF\n");
}

static void metrics_are_shown_as_openmetrics_text(void **state)
{
    static const char before[] =
        "# TYPE kratt_requests counter\n"
        "# HELP kratt_requests Requests.\n"
        "kratt_requests_total{route=\"init-chat\"} 1\n"
        "kratt_requests_total{route=\"end-chat\"} 2\n"
        "kratt_requests_total{route=\"post-message\"} 9223372036854775807\n"
        "# TYPE kratt_requests_refused counter\n"
        "# HELP kratt_requests_refused Requests answered with 4xx.\n"
        "kratt_requests_refused_total 0\n"
        "# TYPE kratt_open gauge\n"
        "# HELP kratt_open Open \\\"chats\\\",\\nand \\\\.\n"
        "kratt_open -3\n"
        "# EOF\n";

    (void)state;
    metrics_add(&init_chat);
    metrics_add(&refused);
    metrics_add(&end_chat); /* stands with the other of its name */
    metrics_add(&open_chats);
    metrics_add(&post_message);
    assert_shown(before);
    metrics_add(&init_chat);
    metrics_add(&post_message);
    metrics_add(&open_chats);
    assert_shown(before);
}

static void a_value_is_read_when_it_is_shown(void **state)
{
    (void)state;
    refused.value++;
    open_chats.value = 12;
    char *text = metrics_text();
    assert_non_null(strstr(text, "kratt_requests_refused_total 1\n"));
    assert_non_null(strstr(text, "kratt_open 12\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_metrics_there_is_only_the_end),
        cmocka_unit_test(metrics_are_shown_as_openmetrics_text),
        cmocka_unit_test(a_value_is_read_when_it_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
