/* Accounts, presence and agents' own settings: what is asked of chat-state, and
 * what becomes of its answer (contract C-23 to C-29, V-07, V-13, V-22). */
#include "test.h"

#include "scene.h"

#define ANN                                                                                        \
    "{\"login\":\"ann\",\"firstName\":\"\",\"lastName\":\"\",\"idCode\":\"" STAGE_ID_CODE "\""
#define PRESENT "{\"idCode\":\"" STAGE_ID_CODE "\",\"active\":\"true\",\"status\":\"online\"}"
#define ABSENT  "{\"idCode\":\"EE5\",\"active\":\"false\",\"status\":\"offline\"}"
#define USER                                                                                       \
    "{\"userIdCode\":\"EE38001085718\",\"displayName\":\"Bo\",\"roles\":[\"ROLE_ANALYST\"]}"
#define REFUSED(code) "{\"response\":null,\"error\":{\"code\":\"" code "\""

/* Seven settings as a client sends them. */
#define SETTINGS(popup)                                                                            \
    "\"forwardedChatPopupNotifications\":" popup ",\"forwardedChatSoundNotifications\":true,"      \
    "\"forwardedChatEmailNotifications\":false,\"newChatPopupNotifications\":false,"               \
    "\"newChatSoundNotifications\":true,\"newChatEmailNotifications\":false,"                      \
    "\"useAutocorrect\":true}"

static const struct scene shapes[] = {
    {"POST",
     "/cs-edit-user",
     ADMINISTRATOR,
     USER,
     200,
     "{\"data\":{\"add_roles\":[]},\"error\":null}",
     {"account.add ", "\"is_edit\":true", ASKED("caller", STAGE_ID_CODE), "\"caller_roles\":1",
      "\"display_name\":\"Bo\""}},
    {"POST",
     "/cs-delete-user",
     ADMINISTRATOR,
     "{\"userIdCode\":\"EE5\"}",
     200,
     "{\"data\":{\"delete_user\":[]},\"error\":null}",
     {"account.delete ", ASKED("id_code", "EE5")}},
    {"PUT",
     "/users/EE5",
     ADMINISTRATOR,
     "{\"displayName\":\"Bo\",\"csaEmail\":\"b@a.ee\",\"authorities\":[\"ROLE_ANALYST\"]}",
     200,
     "{\"response\":[]}",
     {"account.add ", "\"is_edit\":true", ASKED("id_code", "EE5"), ASKED("csa_email", "b@a.ee"),
      "\"roles\":[{\"name\":\"ROLE_ANALYST\"}]"}},
    {"DELETE",
     "/users/EE5",
     ADMINISTRATOR,
     NULL,
     200,
     "{\"response\":[]}",
     {"account.delete ", ASKED("id_code", "EE5")}},
    {"POST",
     "/cs-check-if-user-exists",
     ADMINISTRATOR,
     "{\"userIdCode\":\"EE6\"}",
     200,
     "{\"data\":{},\"error\":null}",
     {"agents.get ", ASKED("id_code", "EE6")}},
    {"POST",
     "/backoffice/accounts/admin/exists",
     ADMINISTRATOR,
     "{\"userIdCode\":\"" STAGE_ID_CODE "\"}",
     200,
     "{\"response\":\"true\"}",
     {"agents.get "}},
    {"GET",
     "/cs-get-admins",
     ADMINISTRATOR,
     NULL,
     200,
     "{\"data\":{\"get_admins\":[" ANN,
     {"agents.get ", ASKED("after", STAGE_ID_CODE)}},
    {"POST",
     "/cs-get-customer-support-agents",
     AGENT,
     NULL,
     200,
     "{\"data\":{\"get_customer_support_agents\":[" ANN,
     {"agents.get ", "\"roles\":31"}},
    {"GET",
     "/cs-get-customer-support-activity",
     AGENT,
     NULL,
     200,
     "{\"data\":{\"get_customer_support_activity\":[" PRESENT "]},\"error\":null}",
     {"agents.get ", ASKED("id_code", STAGE_ID_CODE)}},
    {"GET",
     "/get-all-available-customer-support-agents",
     NOBODY,
     NULL,
     200,
     "{\"response\":[" PRESENT "," ABSENT "]}",
     {"agents.get ", "\"roles\":7", "\"is_present\":true"}},
    {"GET",
     "/cs-get-user-profile-settings?userId=1",
     AGENT,
     NULL,
     200,
     "{\"response\":{\"userId\":\"1\"," SETTINGS("false") "}",
     {"profile.get ", ASKED("id_code", "1")}},
    {"POST",
     "/cs-set-user-profile-settings",
     AGENT,
     "{" SETTINGS("true"),
     200,
     "{\"response\":true}",
     {"profile.set ", ASKED("id_code", STAGE_ID_CODE),
      "\"forwarded_chat_popup_notifications\":true", "\"use_autocorrect\":true"}},
};

static void every_route_answers_in_its_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        scene_play(&shapes[i]);
}

static const struct scene refusals[] = {
    {"PUT", "/users/EE5", AGENT, "{}", 403, REFUSED("role_not_allowed"), {NULL}},
    {"DELETE", "/users/EE5", NOBODY, NULL, 401, REFUSED("not_authenticated"), {NULL}},
    {"POST", "/users/EE5", ADMINISTRATOR, USER, 405, REFUSED("method_not_allowed"), {NULL}},
    {"DELETE", "/users", ADMINISTRATOR, NULL, 405, REFUSED("method_not_allowed"), {NULL}},
    {"POST",
     "/cs-set-user-profile-settings",
     AGENT,
     "{\"userId\":\"EE5\"," SETTINGS("true"),
     403,
     REFUSED("role_not_allowed"),
     {NULL}},
    {"GET",
     "/cs-get-user-profile-settings?userId=EE5",
     AGENT,
     NULL,
     403,
     REFUSED("role_not_allowed"),
     {"profile.get "}},
    {"POST",
     "/cs-set-user-profile-settings",
     ADMINISTRATOR,
     "{}",
     400,
     REFUSED("missing_field"),
     {NULL}},
};

static void every_refusal_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        scene_play(&refusals[i]);
}

static void an_id_code_of_estonia_has_a_birthday(void **state)
{
    static const struct {
        const char *id_code;
        int status;
    } cases[] = {{"EE49003106521", 200}, {"49003106521", 200},   {"EE123Csa1Id", 200},
                 {"EE49013106521", 422}, {"EE49002306521", 422}, {"EE49000106521", 422},
                 {"EE49003006521", 422}, {"EE99003106521", 422}, {"09003106521", 422},
                 {"EE4900310652", 200}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char body[256];
        snprintf(body, sizeof(body),
                 "{\"userIdCode\":\"%s\",\"displayName\":\"Bo\",\"roles\":[\"ROLE_ANALYST\"]}",
                 cases[i].id_code);
        struct reply reply = scene_ask("POST", "/cs-add-user", ADMINISTRATOR, "", body);
        if (reply.status != cases[i].status)
            fail_msg("%s: %s", body, reply.body);
        reply_clear(&reply);
    }
}

static void a_preflight_tells_what_the_path_takes(void **state)
{
    struct reply reply =
        scene_ask("OPTIONS", "/users/EE5", NOBODY, "Origin: http://localhost:3000\r\n", NULL);

    (void)state;
    assert_true(reply_has(&reply, "Access-Control-Allow-Methods: GET, POST, PUT, DELETE, OPTIONS"));
    reply_clear(&reply);
    reply = scene_ask("PATCH", "/users/EE5", ADMINISTRATOR, "", NULL);
    assert_int_equal(reply.status, 405);
    assert_true(reply_has(&reply, "Allow: PUT, DELETE, OPTIONS"));
    reply_clear(&reply);
}

static void a_page_of_another_site_cannot_delete(void **state)
{
    static const char *const methods[] = {"PUT", "DELETE"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct reply reply = scene_ask(methods[i], "/users/EE5", ADMINISTRATOR,
                                       "Origin: https://evil.example\r\n", NULL);
        assert_int_equal(reply.status, 403);
        assert_true(scene_asked_nothing());
        reply_clear(&reply);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_answers_in_its_shape),
        cmocka_unit_test(every_refusal_is_told),
        cmocka_unit_test(an_id_code_of_estonia_has_a_birthday),
        cmocka_unit_test(a_preflight_tells_what_the_path_takes),
        cmocka_unit_test(a_page_of_another_site_cannot_delete),
    };

    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
