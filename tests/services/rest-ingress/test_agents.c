#include "test.h"

#include <stdio.h>

#include "scene.h"

static const struct scene shapes[] = {
    {"GET",
     "/cs-custom-jwt-userinfo",
     NOBODY,
     NULL,
     200,
     "{\"data\":{\"custom_jwt_userinfo\":null},\"error\":null}",
     {NULL}},
    {"POST",
     "/cs-custom-jwt-userinfo",
     AGENT,
     "\"customJwtCookie\"",
     200,
     "{\"data\":{\"custom_jwt_userinfo\":{\"login\":\"ann\",\"idCode\":\"" STAGE_ID_CODE
     "\",\"displayName\":\"Ann\",\"csaTitle\":\"Nõustaja\",\"authorities\":"
     "[\"ROLE_CUSTOMER_SUPPORT_AGENT\"],\"JWTCreated\":",
     {"token.check ", "\"token_id\":"}},
    {"POST",
     "/cs-logout",
     ANALYST,
     NULL,
     200,
     "{\"data\":{\"blacklist_custom_jwt\":null},\"error\":null}",
     {"token.revoke ", "\"expires_at\":", ASKED("id_code", STAGE_ID_CODE)}},
    {"GET",
     "/cs-get-all-active-chats",
     AGENT,
     NULL,
     200,
     "{\"data\":{\"get_all_active_chats\":[{\"id\":\"" STAGE_MESSAGE "\"",
     {"chats.get ", ASKED("after", STAGE_CHAT)}},
    {"POST",
     "/cs-claim-chat",
     AGENT,
     "{\"id\":\"" STAGE_CHAT "\"}",
     200,
     "{\"data\":{\"get_claimed_chat\":" CHAT_OBJECT,
     {"chat.claim ", ASKED("customer_support_id", STAGE_ID_CODE),
      "\"customer_support_display_name\":\"Ann\"", "\"csa_title\":\"Nõustaja\""}},
    {"POST",
     "/cs-redirect-chat",
     AGENT,
     "{\"id\":\"" STAGE_CHAT "\",\"customerSupportDisplayName\":\"someCsaAgent\","
     "\"customerSupportId\":\"EE123Csa1Id\",\"forwardedByUser\":\"EE123AdminId\","
     "\"forwardedFromCsa\":\"EE123Csa1Id\",\"forwardedToCsa\":\"EE123Csa2Id\"}",
     200,
     "{\"data\":{\"get_claimed_chat\":" CHAT_OBJECT,
     {"chat.redirect ", "\"customer_support_id\":\"EE123Csa1Id\"",
      "\"forwarded_by_user\":\"EE123AdminId\"", "\"forwarded_from_csa\":\"EE123Csa1Id\"",
      "\"forwarded_to_csa\":\"EE123Csa2Id\""}},
    {"POST",
     "/cs-end-chat",
     AGENT,
     "{\"chatId\":\"" STAGE_CHAT "\",\"event\":\"ACCEPTED\",\"authorTimestamp\":"
     "\"2023-02-02T07:44:42.612Z\",\"authorFirstName\":\"Mary-Änn\",\"authorId\":\"EE1\","
     "\"authorRole\":[\"ROLE_ADMINISTRATOR\"]}",
     200,
     "{\"data\":{\"get_chat_by_id\":" CHAT_OBJECT,
     {"chat.end ", "\"event\":\"ACCEPTED\"", ASKED("author_id", STAGE_ID_CODE),
      "\"author_role\":\"backoffice-user\"", "\"author_timestamp\":1675323882612"}},
    {"POST",
     "/cs-get-messages-by-chat-id",
     AGENT,
     "{\"chatId\":\"" STAGE_CHAT "\"}",
     200,
     "{\"data\":{\"cs_get_messages_by_chat_id\":" MESSAGE_ROW,
     {"messages.get "}},
    {"GET",
     "/cs-get-messages-by-chat-id?chatId=" STAGE_CHAT,
     AGENT,
     NULL,
     200,
     "{\"data\":{\"cs_get_messages_by_chat_id\":" MESSAGE_ROW,
     {"messages.get "}},
    {"GET",
     "/cs-get-messages-by-chat-id/" STAGE_CHAT,
     AGENT,
     NULL,
     200,
     "{\"data\":{\"cs_get_messages_by_chat_id\":" MESSAGE_ROW,
     {"messages.get "}},
    {"GET",
     "/cs-get-new-messages?lastRead=&chatId=" STAGE_CHAT,
     AGENT,
     NULL,
     200,
     "{\"data\":{\"cs_get_new_messages\":[{",
     {"messages.get "}},
    {"POST",
     "/cs-post-message",
     AGENT,
     "{\"chatId\":\"" STAGE_CHAT "\",\"content\":\"Tere\",\"authorId\":\"EE1\","
     "\"authorFirstName\":\"Ann\",\"authorRole\":\"end-user\"}",
     200,
     "{\"data\":{\"get_not_ended_chat\":[" CHAT_OBJECT,
     {"message.post ", "\"content\":\"Tere\"", "\"author_first_name\":\"Ann\"",
      ASKED("author_id", STAGE_ID_CODE), "\"author_role\":\"backoffice-user\""}},
    {"POST",
     "/cs-add-user",
     ADMINISTRATOR,
     "{\"userIdCode\":\"EE38001085718\",\"displayName\":\"Bo\",\"csaTitle\":\"T\","
     "\"csa_email\":\"b@a.ee\",\"roles\":[\"ROLE_ANALYST\",\"ROLE_ANALYST\"],"
     "\"password\":\"12345678\"}",
     200,
     "{\"data\":{\"add_roles\":[]},\"error\":null}",
     {"account.add ", "\"login\":\"Bo\"", "\"password_hash\":\"$y$", "\"csa_email\":\"b@a.ee\"",
      "\"roles\":[{\"name\":\"ROLE_ANALYST\"}]"}},
    {"POST",
     "/cs-set-customer-support-activity",
     AGENT,
     "{\"customerSupportStatus\":\"true\",\"customerSupportId\":\"" STAGE_ID_CODE "\"}",
     200,
     "{\"data\":{\"set_customer_support_activity\":[]},\"error\":null}",
     {"presence.set ", "\"active\":true", "\"status\":\"online\""}},
    {"POST",
     "/cs-set-customer-support-activity",
     ADMINISTRATOR,
     "{\"customerSupportActive\":\"true\",\"customerSupportStatus\":\"idle\","
     "\"customerSupportId\":\"EE1\"}",
     200,
     "{\"data\":{\"set_customer_support_activity\":[]},\"error\":null}",
     {"presence.set ", "\"id_code\":\"EE1\"", "\"active\":true", "\"status\":\"idle\""}},
};

static void every_route_answers_in_its_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        scene_play(&shapes[i]);
}

static const struct scene refusals[] = {
    {"GET",
     "/cs-get-all-active-chats",
     END_USER,
     NULL,
     401,
     ERROR_BEGINNING("not_authenticated"),
     {NULL}},
    {"GET",
     "/cs-get-all-active-chats",
     ANALYST,
     NULL,
     403,
     ERROR_BEGINNING("role_not_allowed"),
     {NULL}},
    {"POST", "/cs-add-user", AGENT, "{}", 403, ERROR_BEGINNING("role_not_allowed"), {NULL}},
    {"POST",
     "/cs-claim-chat",
     AGENT,
     "{\"id\":\"123\"}",
     400,
     ERROR_BEGINNING("invalid_field"),
     {NULL}},
    {"GET",
     "/cs-get-messages-by-chat-id",
     AGENT,
     NULL,
     400,
     ERROR_BEGINNING("missing_field"),
     {NULL}},
    {"GET",
     "/cs-get-messages-by-chat-id/x",
     AGENT,
     NULL,
     400,
     ERROR_BEGINNING("invalid_field"),
     {NULL}},
    {"POST",
     "/cs-post-message",
     AGENT,
     "{\"chatId\":\"" STAGE_CHAT "\",\"content\":\"\"}",
     422,
     ERROR_BEGINNING("value_out_of_limits"),
     {NULL}},
    {"POST",
     "/cs-set-customer-support-activity",
     AGENT,
     "{\"customerSupportStatus\":\"online\",\"customerSupportId\":\"EE1\"}",
     403,
     ERROR_BEGINNING("role_not_allowed"),
     {NULL}},
    {"POST",
     "/cs-set-customer-support-activity",
     AGENT,
     "{\"customerSupportStatus\":\"asleep\"}",
     422,
     ERROR_BEGINNING("value_out_of_limits"),
     {NULL}},
};

static void every_refusal_is_told_and_nothing_is_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        scene_play(&refusals[i]);
}

static void an_account_needs_an_id_code_a_role_and_a_good_password(void **state)
{
    static const struct {
        const char *id_code, *rest;
        int status;
    } cases[] = {
        {"EE38001085718", "\"roles\":[\"ROLE_ANALYST\"]", 200},
        {"38001085718", "\"roles\":[\"ROLE_ANALYST\"],\"password\":\"õõõõõõõõ\"", 200},
        {"3800108571", "\"roles\":[\"ROLE_ANALYST\"]", 422},
        {"EE", "\"roles\":[\"ROLE_ANALYST\"]", 422},
        {"ee1", "\"roles\":[\"ROLE_ANALYST\"]", 422},
        {"EE1-2", "\"roles\":[\"ROLE_ANALYST\"]", 422},
        {"EE1", "\"roles\":[]", 422},
        {"EE1", "\"roles\":[\"ROLE_KING\"]", 422},
        {"EE1", "\"roles\":[5]", 400},
        {"EE1", "\"roles\":\"ROLE_ANALYST\"", 400},
        {"EE1", "\"role\":[]", 400},
        {"EE1", "\"roles\":[\"ROLE_ANALYST\"],\"password\":\"1234567\"", 422},
        {"EE1", "\"roles\":[\"ROLE_ANALYST\"],\"password\":12345678", 400},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char body[256];
        snprintf(body, sizeof(body), "{\"userIdCode\":\"%s\",\"displayName\":\"Bo\",%s}",
                 cases[i].id_code, cases[i].rest);
        struct reply reply = scene_ask("POST", "/cs-add-user", ADMINISTRATOR, "", body);
        if (reply.status != cases[i].status)
            fail_msg("%s: %s", body, reply.body);
        assert_int_equal(scene_asked_nothing(), reply.status != 200);
        reply_clear(&reply);
    }
}

static void a_services_refusal_is_passed_on(void **state)
{
    (void)state;
    stage_refuse_next(stage, 409, "claimed_by_another_agent");
    struct reply reply =
        scene_ask("POST", "/cs-claim-chat", AGENT, "", "{\"id\":\"" STAGE_CHAT "\"}");
    assert_int_equal(reply.status, 409);
    assert_string_equal(reply.body,
                        "{\"data\":null,\"error\":{\"code\":\"claimed_by_another_agent\","
                        "\"message\":\"Refused on stage.\"}}");
    reply_clear(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_answers_in_its_shape),
        cmocka_unit_test(every_refusal_is_told_and_nothing_is_asked),
        cmocka_unit_test(an_account_needs_an_id_code_a_role_and_a_good_password),
        cmocka_unit_test(a_services_refusal_is_passed_on),
    };

    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
