#include "configuration.h"

#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "test.h"

static struct configuration configuration;

static int tear_down(void **state)
{
    (void)state;
    configuration_clear(&configuration);
    return 0;
}

static void take(int64_t id, const char *key, const char *value)
{
    struct setting_version version = {
        .id = id, .key = own_copy(key), .value = own_copy(value ? value : ""), .deleted = !value};

    configuration_take(&configuration, &version);
    message_clear(&message_types[MESSAGE_setting_version], &version);
}

static void what_is_not_set_has_its_fallback(void **state)
{
    (void)state;
    assert_int_equal(configuration_number(&configuration, CONFIGURATION_session_length), 120);
    assert_true(configuration_flag(&configuration, CONFIGURATION_is_csa_title_visible));
    assert_false(configuration_flag(&configuration, CONFIGURATION_is_bot_active));
    assert_string_equal(configuration_text(&configuration, CONFIGURATION_widgetColor), "#003cff");
    assert_string_equal(configuration_text(&configuration, CONFIGURATION_greeting_message_est), "");
    assert_null(configuration_get(&configuration, CONFIGURATION_session_length));
    assert_int_equal(configuration_seq(&configuration), 0);
}

static void the_newest_version_counts_whatever_order_they_come_in(void **state)
{
    (void)state;
    take(12, "session_length", "60");
    take(11, "session_length", "45");
    take(14, "greeting_message_est", "Tere!");
    assert_int_equal(configuration_number(&configuration, CONFIGURATION_session_length), 60);
    assert_int_equal(configuration_get(&configuration, CONFIGURATION_session_length)->id, 12);
    assert_int_equal(configuration_seq(&configuration), 14);
}

static void a_key_that_is_unset_has_its_fallback_again(void **state)
{
    (void)state;
    take(11, "session_length", "45");
    take(12, "session_length", NULL);
    assert_null(configuration_get(&configuration, CONFIGURATION_session_length));
    assert_int_equal(configuration_number(&configuration, CONFIGURATION_session_length), 120);
    assert_int_equal(configuration_seq(&configuration), 12);
    take(13, "session_length", "30");
    assert_int_equal(configuration_number(&configuration, CONFIGURATION_session_length), 30);
}

static void a_key_of_a_newer_program_is_passed_over(void **state)
{
    (void)state;
    take(11, "session_width", "45");
    assert_int_equal(configuration_seq(&configuration), 0);
}

static void a_copy_and_a_list_have_all_of_it(void **state)
{
    struct configuration copy;
    struct settings_found found = {0};

    (void)state;
    take(11, "widgetColor", "red");
    take(12, "session_length", NULL);
    configuration_copy(&copy, &configuration);
    configuration_clear(&configuration);
    assert_string_equal(configuration_text(&copy, CONFIGURATION_widgetColor), "red");
    configuration_list(&copy, &found.settings);
    assert_int_equal(found.settings.count, 2);
    configuration_take_all(&configuration, &found.settings);
    assert_string_equal(configuration_text(&configuration, CONFIGURATION_widgetColor), "red");
    assert_int_equal(configuration_seq(&configuration), 12);
    configuration_clear(&copy);
    message_clear(&message_types[MESSAGE_settings_found], &found);
}

static const struct {
    const char *key, *value;
    enum value_fault fault;
} values[] = {
    {"session_length", "30", VALUE_IS_GOOD},
    {"session_length", "480", VALUE_IS_GOOD},
    {"session_length", "29", VALUE_IS_OUT_OF_LIMITS},
    {"session_length", "481", VALUE_IS_OUT_OF_LIMITS},
    {"session_length", "99999999999999999999", VALUE_IS_OUT_OF_LIMITS},
    {"session_length", "", VALUE_IS_MALFORMED},
    {"session_length", "30.5", VALUE_IS_MALFORMED},
    {"session_length", "-30", VALUE_IS_MALFORMED},
    {"session_length", "30 ", VALUE_IS_MALFORMED},
    {"is_bot_active", "true", VALUE_IS_GOOD},
    {"is_bot_active", "false", VALUE_IS_GOOD},
    {"is_bot_active", "yes", VALUE_IS_MALFORMED},
    {"is_bot_active", "", VALUE_IS_MALFORMED},
    {"emergencyNoticeStartISO", "2023-02-05T08:00:00.000Z", VALUE_IS_GOOD}, /* a Sunday */
    {"emergencyNoticeStartISO", "2023-02-30T08:00:00.000Z", VALUE_IS_MALFORMED},
    {"emergencyNoticeStartISO", "tomorrow", VALUE_IS_MALFORMED},
    {"emergencyNoticeStartISO", "", VALUE_IS_MALFORMED},
    {"greeting_message_est", "", VALUE_IS_GOOD},
    {"organizationWorkingTimeWeekdays", "mon,tue", VALUE_IS_GOOD},
};

static void each_value_is_what_its_key_takes_or_not(void **state)
{
    char why[WHY_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        enum value_fault fault =
            configuration_check(configuration_named(values[i].key), values[i].value, why);
        if (fault != values[i].fault)
            fail_msg("%s %s: %d", values[i].key, values[i].value, (int)fault);
        assert_true(*why);
    }
}

static void text_is_counted_in_characters(void **state)
{
    char why[WHY_MAX], text[2 * 2001 + 1] = "";

    (void)state;
    for (size_t i = 0; i < 2000; i++)
        memcpy(text + 2 * i, "õ", 3);
    assert_int_equal(configuration_check(CONFIGURATION_greeting_message_est, text, why),
                     VALUE_IS_GOOD);
    memcpy(text + 4000, "x", 2);
    assert_int_equal(configuration_check(CONFIGURATION_greeting_message_est, text, why),
                     VALUE_IS_OUT_OF_LIMITS);
}

static void every_fallback_is_a_good_value_and_every_key_there_once(void **state)
{
    char why[WHY_MAX];

    (void)state;
    for (int i = 0; i < CONFIGURATION_COUNT; i++) {
        const struct configuration_key *key = &configuration_keys[i];
        assert_int_equal(configuration_named(key->name), i);
        if (*key->fallback)
            assert_int_equal(configuration_check((enum configuration_id)i, key->fallback, why),
                             VALUE_IS_GOOD);
        if (key->type == VALUE_TEXT || key->type == VALUE_WORDS)
            assert_true(key->most <=
                        message_field(&message_types[MESSAGE_setting_version], "value")->max);
    }
    assert_int_equal(configuration_named("no_such_key"), CONFIGURATION_COUNT);
    assert_true(CONFIGURATION_COUNT <=
                message_field(&message_types[MESSAGE_settings_found], "settings")->max);
}

#define TEST(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_set_has_its_fallback),
        TEST(the_newest_version_counts_whatever_order_they_come_in),
        TEST(a_key_that_is_unset_has_its_fallback_again),
        TEST(a_key_of_a_newer_program_is_passed_over),
        TEST(a_copy_and_a_list_have_all_of_it),
        TEST(each_value_is_what_its_key_takes_or_not),
        TEST(text_is_counted_in_characters),
        TEST(every_fallback_is_a_good_value_and_every_key_there_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
