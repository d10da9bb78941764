#include "test.h"

#include "own.h"
#include "scene.h"

static const struct scene shapes[] = {
    {"POST",
     "/init-chat",
     END_USER,
     "{\"message\":{\"chatId\":null,\"authorRole\":\"end-user\",\"authorTimestamp\":"
     "\"2023-01-13T14:23:52.953Z\",\"content\":\"Tere õhtust €\"},"
     "\"endUserTechnicalData\":{\"endUserOs\":\"Linux\",\"endUserUrl\":\"http://a.ee\"}}",
     200,
     "{\"data\":{\"get_inserted_chat\":{\"id\":\"",
     {"chat.open ", "\"content\":\"Tere õhtust €\"", "\"author_role\":\"end-user\"",
      "\"author_timestamp\":1673619832953", "\"end_user_os\":\"Linux\"",
      "\"end_user_url\":\"http://a.ee\""}},
    {"POST",
     "/get-chat-by-id",
     END_USER,
     "{\"id\":\"" STAGE_CHAT "\"}",
     200,
     FORWARDED(CHAT_OBJECT),
     {"chat.get ", ASKED("chat_id", STAGE_CHAT), "\"token_id\":"}},
    {"GET",
     "/get-chat-by-id?id=" STAGE_CHAT,
     END_USER,
     NULL,
     200,
     FORWARDED(CHAT_OBJECT),
     {"chat.get "}},
    {"POST",
     "/get-messages-by-chat-id",
     END_USER,
     "{\"id\":null}",
     200,
     FORWARDED(MESSAGE_ROW) "\"content\":\"hello\"",
     {"messages.get "}},
    {"GET",
     "/get-new-messages?timeRangeBegin=2023-01-13T14:23:52.953",
     END_USER,
     NULL,
     200,
     FORWARDED("[{"),
     {"messages.get ", "\"after\":1673619832953"}},
    {"POST",
     "/post-message",
     END_USER,
     "{\"chatId\":\"" STAGE_CHAT "\",\"authorRole\":\"backoffice-user\",\"authorId\":\"x\","
     "\"authorTimestamp\":\"2023-01-13T14:23:52.953Z\",\"content\":\"\","
     "\"event\":\"message-read\"}",
     200,
     FORWARDED("{\"data\":{\"post_message_to_bot\":null},\"error\":null}},\"error\":null}"),
     {"message.post ", "\"event\":\"message-read\"", "\"author_role\":\"end-user\"",
      "\"author_timestamp\":1673619832953", ASKED("chat_id", STAGE_CHAT)}},
    {"POST",
     "/end-chat",
     END_USER,
     "{}",
     200,
     FORWARDED("{\"data\":{\"blacklist_client_custom_jwt\":null},\"error\":null}},\"error\":null}"),
     {"chat.end ", "\"event\":\"client-left\"", "\"author_role\":\"end-user\"",
      "\"token_expires_at\":"}},
    {"GET",
     "/estimated-waiting-time",
     NOBODY,
     NULL,
     200,
     "{\"response\":{\"durationInSeconds\":\"100\",\"positionInUnassignedChats\":\"0\"}}",
     {"waiting.get "}},
    {"POST",
     "/estimated-waiting-time",
     NOBODY,
     "{\"chatId\":\"" STAGE_CHAT "\"}",
     200,
     "{\"response\":{\"durationInSeconds\":\"300\",\"positionInUnassignedChats\":\"3\"}}",
     {"waiting.get "}},
    {"GET",
     "/estimated-waiting-time?chatId=123",
     NOBODY,
     NULL,
     200,
     "{\"response\":{\"durationInSeconds\":\"100\",\"positionInUnassignedChats\":\"0\"}}",
     {"waiting.get "}},
    {"POST",
     "/custom-jwt-userinfo",
     END_USER,
     "\"clientCustomJwtCookie\"",
     200,
     "{\"data\":{\"custom_jwt_userinfo\":null},\"error\":null}",
     {NULL}},
    {"POST",
     "/cs-get-components-healthz-status",
     NOBODY,
     NULL,
     200,
     "{\"data\":{\"set_healthz_response\":{\"data\":[{\"name\":\"TIM\",\"version\":\"9.9\"},"
     "{\"name\":\"RUUTER\",\"version\":\"9.9\"},{\"name\":\"DMAPPER\",\"version\":\"9.9\"},"
     "{\"name\":\"RESQL\",\"version\":\"9.9\"}]}},\"error\":null}",
     {"health.get "}},
    {"POST", "/healthz", NOBODY, NULL, 200, "{\"appName\":\"", {NULL}},
    {"GET", "/healthz/chat", NOBODY, NULL, 200, "{\"appName\":\"", {NULL}},
    {"GET", "/jwt/verification-key", NOBODY, NULL, 200, "-----BEGIN PUBLIC KEY-----\n", {NULL}},
};

static void every_route_answers_in_its_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        scene_play(&shapes[i]);
}

static const struct scene refusals[] = {
    {"GET", "/nope", NOBODY, NULL, 404, ERROR_BEGINNING("unknown_route"), {NULL}},
    {"GET", "/init-chat", NOBODY, NULL, 405, ERROR_BEGINNING("method_not_allowed"), {NULL}},
    {"DELETE", "/healthz", NOBODY, NULL, 405, ERROR_BEGINNING("method_not_allowed"), {NULL}},
    {"GET", "/get-chat-by-id", NOBODY, NULL, 401, ERROR_BEGINNING("not_authenticated"), {NULL}},
    {"GET", "/get-chat-by-id", AGENT, NULL, 401, ERROR_BEGINNING("not_authenticated"), {NULL}},
    {"GET", "/get-chat-by-id", FORGED, NULL, 401, ERROR_BEGINNING("not_authenticated"), {NULL}},
    {"GET", "/get-chat-by-id", EXPIRED, NULL, 401, ERROR_BEGINNING("not_authenticated"), {NULL}},
    {"GET",
     "/get-chat-by-id",
     OTHERS_KIND,
     NULL,
     401,
     ERROR_BEGINNING("not_authenticated"),
     {NULL}},
    {"POST",
     "/get-chat-by-id",
     END_USER,
     "{\"id\":\"" OTHER "\"}",
     403,
     ERROR_BEGINNING("not_your_chat"),
     {NULL}},
    {"GET",
     "/get-new-messages?chatId=" OTHER,
     END_USER,
     NULL,
     403,
     ERROR_BEGINNING("not_your_chat"),
     {NULL}},
    {"POST",
     "/post-message",
     END_USER,
     "{\"chatId\":\"" OTHER "\",\"content\":\"a\"}",
     403,
     ERROR_BEGINNING("not_your_chat"),
     {NULL}},
    {"POST",
     "/end-chat",
     END_USER,
     "{\"chatId\":\"" OTHER "\"}",
     403,
     ERROR_BEGINNING("not_your_chat"),
     {NULL}},
    {"POST",
     "/get-new-messages",
     END_USER,
     "{\"timeRangeBegin\":\"now\"}",
     400,
     ERROR_BEGINNING("invalid_time"),
     {NULL}},
    {"POST",
     "/post-message",
     END_USER,
     "{\"content\":",
     400,
     ERROR_BEGINNING("invalid_json"),
     {NULL}},
    {"POST", "/init-chat", NOBODY, "\"chatJwt\"", 400, ERROR_BEGINNING("missing_field"), {NULL}},
    {"POST",
     "/init-chat",
     NOBODY,
     "{\"message\":{\"content\":\"  \"},\"endUserTechnicalData\":{\"endUserOs\":\"a\","
     "\"endUserUrl\":\"b\"}}",
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

static void a_chat_that_has_ended_may_be_ended_again(void **state)
{
    (void)state;
    stage_refuse_next(stage, 409, "chat_has_ended");
    struct reply reply = scene_ask("POST", "/end-chat", END_USER, "", NULL);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, FORWARDED("{\"data\":{\"blacklist_client_custom_jwt\":null},"
                                              "\"error\":null}},\"error\":null}"));
    reply_clear(&reply);
    stage_refuse_next(stage, 401, "not_authenticated");
    reply = scene_ask("POST", "/end-chat", END_USER, "", NULL);
    assert_int_equal(reply.status, 401);
    reply_clear(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_answers_in_its_shape),
        cmocka_unit_test(every_refusal_is_told_and_nothing_is_asked),
        cmocka_unit_test(a_chat_that_has_ended_may_be_ended_again),
    };

    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
