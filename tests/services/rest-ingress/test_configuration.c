/* The configuration by key: what each route asks and answers, before anything
 * is set and after. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "scene.h"

#define REFUSED(code)    "{\"response\":null,\"error\":{\"code\":\"" code "\",\"message\":\""
#define DATA(key, value) "{\"data\":{\"" key "\":" value "},\"error\":null}"
#define RESPONSE(value)  "{\"response\":" value "}"
#define GREETING         "return_first_greeting_from_array"
#define MINUTES          "return_first_estimated_time_from_array"
#define WIDGET                                                                                     \
    "\"widgetProactiveSeconds\":3,\"widgetDisplayBubbleMessageSeconds\":5,"                        \
    "\"widgetBubbleMessageText\":\"Küsi minult!\",\"widgetColor\":\"#003cff\",\"isWidgetActive\":"
#define NOTICE                                                                                     \
    "{\"emergencyNoticeText\":\"Ära tule\",\"emergencyNoticeStartISO\":"                          \
    "\"2023-02-05T08:00:00.000Z\",\"emergencyNoticeEndISO\":\"2023-02-06T08:00:00.000Z\","         \
    "\"isEmergencyNoticeVisible\":true}"
#define HOURS                                                                                      \
    "{\"organizationWorkingTimeStartISO\":\"2023-02-05T08:00:00.000Z\","                           \
    "\"organizationWorkingTimeEndISO\":\"2023-02-05T17:00:00.000Z\","                              \
    "\"organizationWorkingTimeWeekdays\":\"mon,tue\",\"organizationWorkingTimeHolidays\":"
#define UNSET_BOT(key)                                                                             \
    DATA(key, "{\"id\":null,\"key\":\"is_bot_active\",\"value\":\"false\",\"deleted\":\"false\"}")

/* Public ones are answered without a question to anybody. */
static const struct scene unset[] = {
    {"POST",
     "/get-greeting-message",
     NOBODY,
     NULL,
     200,
     DATA(GREETING, "{\"isActive\":false,\"est\":\"\"}"),
     {NULL}},
    {"GET",
     "/get-greeting-message",
     FORGED,
     NULL,
     200,
     DATA(GREETING, "{\"isActive\":false,\"est\":\"\"}"),
     {NULL}},
    {"GET",
     "/cs-get-greeting-message",
     NOBODY,
     NULL,
     200,
     DATA(GREETING, "{\"isActive\":false,\"est\":\"\"}"),
     {NULL}},
    {"GET",
     "/backoffice/chats/greeting",
     NOBODY,
     NULL,
     200,
     RESPONSE("{\"isActive\":false,\"est\":\"\"}"),
     {NULL}},
    {"POST",
     "/get-estimated-waiting-time",
     NOBODY,
     NULL,
     200,
     DATA(MINUTES, "{\"isActive\":false,\"time\":\"\"}"),
     {NULL}},
    {"GET",
     "/cs-get-estimated-waiting-time",
     NOBODY,
     NULL,
     200,
     DATA(MINUTES, "{\"isActive\":false,\"time\":\"\"}"),
     {NULL}},
    {"GET",
     "/backoffice/accounts/estimated-waiting-time",
     NOBODY,
     NULL,
     200,
     RESPONSE("{\"isActive\":false,\"time\":\"\"}"),
     {NULL}},
    {"POST", "/get-is-bot-active", NOBODY, NULL, 200, UNSET_BOT("get_is_bot_active"), {NULL}},
    {"GET", "/cs-get-is-bot-active", NOBODY, NULL, 200, UNSET_BOT("get_is_bot_active"), {NULL}},
    {"POST",
     "/cs-get-session-length",
     NOBODY,
     NULL,
     200,
     DATA("cs_get_session_length", "[]"),
     {NULL}},
    {"GET", "/get-emergency-notice", NOBODY, NULL, 404, REFUSED("not_found"), {NULL}},
    {"GET", "/get-organization-working-time", NOBODY, NULL, 404, REFUSED("not_found"), {NULL}},
    {"POST", "/get-widget-config", NOBODY, NULL, 404, REFUSED("not_found"), {NULL}},
    {"GET",
     "/backoffice/chats/config/widget",
     NOBODY,
     NULL,
     200,
     RESPONSE("{" WIDGET "\"true\",\"isBurokrattActive\":\"true\"}"),
     {NULL}},
    {"GET",
     "/cs-get-emergency-notice",
     ADMINISTRATOR,
     NULL,
     404,
     REFUSED("not_found"),
     {"settings.get "}},
    {"GET",
     "/cs-get-organization-working-time",
     ADMINISTRATOR,
     NULL,
     404,
     REFUSED("not_found"),
     {"settings.get "}},
    {"GET",
     "/cs-get-widget-config",
     ADMINISTRATOR,
     NULL,
     404,
     REFUSED("not_found"),
     {"settings.get "}},
    {"GET",
     "/cs-get-end-user-session-length",
     AGENT,
     NULL,
     404,
     REFUSED("not_found"),
     {"settings.get "}},
    {"GET",
     "/cs-get-csa-name-visibility",
     ADMINISTRATOR,
     NULL,
     200,
     RESPONSE("{\"isVisible\":true}"),
     {"settings.get ", "\"token_id\":"}},
    {"GET",
     "/backoffice/chats/config/title-visibility",
     NOBODY,
     NULL,
     200,
     RESPONSE("{\"isVisible\":true}"),
     {NULL}},
};

static const struct scene set[] = {
    {"POST",
     "/cs-set-greeting-message",
     ADMINISTRATOR,
     "{\"est\":\"Tere \\\"sõber\\\"!\",\"eng\":\"Hello!\"}",
     200,
     DATA("insert_greeting_message", "[]"),
     {"setting.set ", "\"settings\":[{\"key\":\"greeting_message_est\",\"value\":\"Tere "}},
    {"POST",
     "/cs-set-is-greeting-active",
     ADMINISTRATOR,
     "{\"isActive\":\"true\"}",
     200,
     DATA("set_is_greeting_active", "[]"),
     {"setting.set ", "\"is_greeting_message_active\""}},
    {"POST",
     "/cs-set-estimated-waiting-time",
     ADMINISTRATOR,
     "{\"waitingTime\":7}",
     200,
     DATA("cs_set_estimated_waiting_time", "[]"),
     {"setting.set ", "\"value\":\"7\""}},
    {"POST",
     "/cs-set-is-estimated-waiting-time-active",
     ADMINISTRATOR,
     "{\"isActive\":true}",
     200,
     DATA("set_is_estimated_waiting_time_active", "[]"),
     {"setting.set ", "\"value\":\"true\""}},
    {"POST",
     "/cs-set-session-length",
     ADMINISTRATOR,
     "{\"sessionLength\":\"30\"}",
     200,
     DATA("set_session_length", "[]"),
     {"setting.set ", "\"session_length\""}},
    {"POST",
     "/cs-set-is-bot-active",
     ADMINISTRATOR,
     "{\"isActive\":true}",
     200,
     DATA("get_is_bot_active",
          "{\"id\":6,\"key\":\"is_bot_active\",\"value\":\"true\",\"deleted\":\"false\"}"),
     {"setting.set "}},
    {"POST",
     "/cs-set-csa-name-visibility",
     ADMINISTRATOR,
     "{\"isVisible\":false}",
     200,
     RESPONSE("[]"),
     {"setting.set ", "\"is_csa_name_visible\""}},
    {"POST",
     "/cs-set-end-user-session-length",
     AGENT,
     "{\"sessionLength\":15}",
     200,
     RESPONSE("[]"),
     {"setting.set ", "\"end_user_session_length\""}},
    {"POST",
     "/cs-set-emergency-notice",
     ADMINISTRATOR,
     "{\"emergencyNoticeText\":\"Ära tule\",\"emergencyNoticeStartISO\":"
     "\"2023-02-05T08:00:00.000Z\",\"emergencyNoticeEndISO\":\"2023-02-06T08:00:00.000Z\","
     "\"isEmergencyNoticeVisible\":true}",
     200,
     RESPONSE(NOTICE),
     {"setting.set "}},
    {"POST",
     "/cs-set-organization-working-time",
     ADMINISTRATOR,
     "{\"organizationWorkingTimeStartISO\":\"2023-02-05T08:00:00.000Z\","
     "\"organizationWorkingTimeEndISO\":\"2023-02-05T17:00:00.000Z\","
     "\"organizationWorkingTimeWeekdays\":[\"mon\",\"tue\"]}",
     200,
     RESPONSE(HOURS "\"\"}"),
     {"setting.set "}},
    {"POST",
     "/cs-set-widget-config",
     ADMINISTRATOR,
     "{\"isWidgetActive\":false,\"widgetColor\":\"#003cff\",\"widgetBubbleMessageText\":"
     "\"Küsi minult!\",\"widgetDisplayBubbleMessageSeconds\":5,\"widgetProactiveSeconds\":3}",
     200,
     RESPONSE("{" WIDGET "false}"),
     {"setting.set "}},
};

static const struct scene after[] = {
    {"POST",
     "/get-greeting-message",
     NOBODY,
     NULL,
     200,
     DATA(GREETING, "{\"isActive\":true,\"est\":\"Tere \\\"sõber\\\"!\"}"),
     {NULL}},
    {"POST",
     "/get-estimated-waiting-time",
     NOBODY,
     NULL,
     200,
     DATA(MINUTES, "{\"isActive\":true,\"time\":\"7\"}"),
     {NULL}},
    {"GET",
     "/cs-get-session-length",
     NOBODY,
     NULL,
     200,
     DATA("cs_get_session_length",
          "[{\"id\":5,\"key\":\"session_length\",\"value\":\"30\",\"deleted\":false,"
          "\"created\":\"2023-01-18T12:56:52.895+00:00\"}]"),
     {NULL}},
    {"GET",
     "/backoffice/chats/config/session-length",
     NOBODY,
     NULL,
     200,
     "{\"response\":[{\"id\":5,\"key\":\"session_length\"",
     {NULL}},
    {"GET",
     "/backoffice/chats/config/is-bot-active",
     NOBODY,
     NULL,
     200,
     RESPONSE("{\"id\":6,\"key\":\"is_bot_active\",\"value\":\"true\",\"deleted\":\"false\"}"),
     {NULL}},
    {"GET", "/get-emergency-notice", NOBODY, NULL, 200, RESPONSE(NOTICE), {NULL}},
    {"GET",
     "/backoffice/chats/config/emergency-notice",
     NOBODY,
     NULL,
     200,
     RESPONSE(NOTICE),
     {NULL}},
    {"GET",
     "/cs-get-emergency-notice",
     ADMINISTRATOR,
     NULL,
     200,
     RESPONSE(NOTICE),
     {"settings.get "}},
    {"GET", "/get-organization-working-time", NOBODY, NULL, 200, RESPONSE(HOURS "\"\"}"), {NULL}},
    {"POST",
     "/cs-get-organization-working-time",
     ADMINISTRATOR,
     NULL,
     200,
     RESPONSE(HOURS "\"\"}"),
     {"settings.get "}},
    {"GET", "/get-widget-config", NOBODY, NULL, 200, RESPONSE("{" WIDGET "false}"), {NULL}},
    {"GET",
     "/backoffice/chats/config/widget",
     NOBODY,
     NULL,
     200,
     RESPONSE("{" WIDGET "\"false\",\"isBurokrattActive\":\"true\"}"),
     {NULL}},
    {"GET",
     "/backoffice/chats/config/name-visibility",
     NOBODY,
     NULL,
     200,
     RESPONSE("{\"isVisible\":false}"),
     {NULL}},
    {"GET",
     "/cs-get-end-user-session-length",
     AGENT,
     NULL,
     200,
     RESPONSE("{\"id\":8,\"key\":\"end_user_session_length\",\"value\":\"15\","
              "\"deleted\":\"false\"}"),
     {"settings.get "}},
    {"POST",
     "/cs-delete-configuration",
     ADMINISTRATOR,
     "{\"key\":\"is_bot_active\"}",
     200,
     DATA("cs_delete_configuration", "[]"),
     {"setting.set ", "\"key\":\"is_bot_active\"", "\"deleted\":true"}},
    {"GET", "/get-is-bot-active", NOBODY, NULL, 200, UNSET_BOT("get_is_bot_active"), {NULL}},
};

static const struct scene refusals[] = {
    {"GET", "/cs-get-csa-name-visibility", NOBODY, NULL, 401, REFUSED("not_authenticated"), {NULL}},
    {"GET", "/cs-get-csa-name-visibility", AGENT, NULL, 403, REFUSED("role_not_allowed"), {NULL}},
    {"GET",
     "/cs-get-end-user-session-length",
     ANALYST,
     NULL,
     403,
     REFUSED("role_not_allowed"),
     {NULL}},
    {"POST",
     "/cs-set-session-length",
     AGENT,
     "{\"sessionLength\":60}",
     403,
     ERROR_BEGINNING("role_not_allowed"),
     {NULL}},
    {"GET",
     "/cs-set-session-length",
     ADMINISTRATOR,
     NULL,
     405,
     ERROR_BEGINNING("method_not_allowed"),
     {NULL}},
    {"POST",
     "/cs-set-session-length",
     ADMINISTRATOR,
     "{}",
     400,
     ERROR_BEGINNING("missing_field"),
     {NULL}},
    {"POST",
     "/cs-set-session-length",
     ADMINISTRATOR,
     "{\"sessionLength\":29}",
     422,
     ERROR_BEGINNING("value_out_of_limits"),
     {NULL}},
    {"POST",
     "/cs-set-session-length",
     ADMINISTRATOR,
     "{\"sessionLength\":481}",
     422,
     ERROR_BEGINNING("value_out_of_limits"),
     {NULL}},
    {"POST",
     "/cs-set-session-length",
     ADMINISTRATOR,
     "{\"sessionLength\":60.5}",
     400,
     ERROR_BEGINNING("invalid_field"),
     {NULL}},
    {"POST",
     "/cs-set-session-length",
     ADMINISTRATOR,
     "{\"sessionLength\":true}",
     400,
     ERROR_BEGINNING("invalid_field"),
     {NULL}},
    {"POST",
     "/cs-set-session-length",
     ADMINISTRATOR,
     "{\"sessionLength\":[60]}",
     400,
     ERROR_BEGINNING("invalid_field"),
     {NULL}},
    {"POST",
     "/cs-set-is-bot-active",
     ADMINISTRATOR,
     "{\"isActive\":1}",
     400,
     ERROR_BEGINNING("invalid_field"),
     {NULL}},
    {"POST",
     "/cs-delete-configuration",
     ADMINISTRATOR,
     "{\"key\":\"session_width\"}",
     422,
     ERROR_BEGINNING("unknown_setting"),
     {NULL}},
    {"POST",
     "/cs-set-emergency-notice",
     ADMINISTRATOR,
     "{\"emergencyNoticeText\":\"\",\"emergencyNoticeStartISO\":\"homme\","
     "\"emergencyNoticeEndISO\":\"2023-02-06T08:00:00.000Z\",\"isEmergencyNoticeVisible\":true}",
     400,
     REFUSED("invalid_time"),
     {NULL}},
    {"POST",
     "/cs-set-organization-working-time",
     ADMINISTRATOR,
     "{\"organizationWorkingTimeStartISO\":\"2023-02-05T08:00:00.000Z\","
     "\"organizationWorkingTimeEndISO\":\"2023-02-05T17:00:00.000Z\","
     "\"organizationWorkingTimeWeekdays\":[1,2]}",
     400,
     REFUSED("invalid_field"),
     {NULL}},
};

#define PLAY(scenes)                                                                               \
    for (size_t i = 0; i < sizeof(scenes) / sizeof((scenes)[0]); i++)                              \
    scene_play(&(scenes)[i])

static void what_is_unset_is_told_as_such(void **state)
{
    (void)state;
    PLAY(unset);
}

static void what_is_set_is_told_by_whoever_set_it_at_once(void **state)
{
    (void)state;
    PLAY(set);
    PLAY(after);
}

static void a_refusal_asks_nothing(void **state)
{
    (void)state;
    PLAY(refusals);
}

static void a_revoked_token_reads_nothing(void **state)
{
    (void)state;
    stage_refuse_next(stage, 401, "token_revoked");
    struct reply reply = scene_ask("GET", "/cs-get-widget-config", ADMINISTRATOR, "", NULL);
    assert_int_equal(reply.status, 401);
    reply_clear(&reply);
}

/* ---- a change that another one made ---- */

/* Says that there is something new until a GET of path tells this. */
static void await_told(const char *path, const char *part)
{
    bool is_told = false;

    while (!is_told) {
        stage_publish_head(stage);
        struct reply reply = scene_ask("GET", path, NOBODY, "", NULL);
        is_told = strstr(reply.body, part);
        reply_clear(&reply);
    }
}

static void a_change_that_log_head_tells_of_is_read(void **state)
{
    (void)state;
    cast_configure("greeting_message_est", "Uus");
    await_told("/get-greeting-message", "{\"isActive\":true,\"est\":\"Uus\"}");
}

static void what_log_head_knows_already_is_not_read_again(void **state)
{
    static const struct scene scene = {"GET", "/get-is-bot-active", NOBODY, NULL,
                                       200,   "{\"data\":",         {NULL}};

    (void)state;
    for (int i = 0; i < 3; i++) {
        stage_publish_head(stage);
        scene_play(&scene);
    }
}

static void assert_title(const char *method, const char *path, const char *body, const char *want)
{
    struct reply reply = scene_ask(method, path, AGENT, "", body);

    assert_int_equal(reply.status, 200);
    if (!strstr(reply.body, want))
        fail_msg("%s: no %s in %s", path, want, reply.body);
    reply_clear(&reply);
}

/* contract §6.4 */
static void a_title_is_shown_only_while_titles_are_visible(void **state)
{
    (void)state;
    for (int visible = 1; visible >= 0; visible--) {
        const char *want = visible ? "\"csaTitle\":\"Nõustaja\"" : "\"csaTitle\":\"\"";
        cast_configure("is_csa_title_visible", visible ? "true" : "false");
        await_told("/backoffice/chats/config/title-visibility", visible ? "true" : "false");
        assert_title("GET", "/cs-get-all-active-chats", NULL, want);
        assert_title("POST", "/cs-claim-chat", "{\"id\":\"" STAGE_CHAT "\"}", want);
    }
}

static void assert_session(int seconds)
{
    struct reply reply = scene_ask("POST", "/init-chat", NOBODY, "",
                                   "{\"message\":{\"content\":\"Tere\"},\"endUserTechnicalData\":"
                                   "{\"endUserOs\":\"Linux\",\"endUserUrl\":\"https://a.ee/\"}}");
    char want[64];

    snprintf(want, sizeof(want), "Max-Age=%d;", seconds);
    assert_int_equal(reply.status, 200);
    if (!strstr(reply.head, want))
        fail_msg("no %s in %s", want, reply.head);
    reply_clear(&reply);
}

/* contract §2.1 */
static void a_token_lives_as_long_as_session_length_says(void **state)
{
    (void)state;
    cast_configure("session_length", "45");
    await_told("/cs-get-session-length", "\"45\"");
    assert_session(45 * 60);
    cast_configure("session_length", NULL);
    await_told("/cs-get-session-length", "[]");
    assert_session(120 * 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_unset_is_told_as_such),
        cmocka_unit_test(what_is_set_is_told_by_whoever_set_it_at_once),
        cmocka_unit_test(a_refusal_asks_nothing),
        cmocka_unit_test(a_revoked_token_reads_nothing),
        cmocka_unit_test(a_change_that_log_head_tells_of_is_read),
        cmocka_unit_test(what_log_head_knows_already_is_not_read_again),
        cmocka_unit_test(a_title_is_shown_only_while_titles_are_visible),
        cmocka_unit_test(a_token_lives_as_long_as_session_length_says),
    };

    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
