#include "test.h"

#include <string.h>

#include "scene.h"

#define RESPONSE(value) "{\"response\":" value "}"
#define MINE            "\"chatId\":\"" STAGE_CHAT "\""

static const struct scene shapes[] = {
    {"POST",
     "/post-chat-feedback-rating",
     END_USER,
     "{" MINE ",\"feedbackRating\":0}",
     200,
     FORWARDED("[]},\"error\":null}"),
     {"chat.feedback ", ASKED("rating", "0"), ASKED("chat_id", STAGE_CHAT)}},
    {"POST",
     "/backoffice/chats/feedbacks/text",
     END_USER,
     "{" MINE ",\"feedbackText\":\"Aitäh\"}",
     200,
     RESPONSE("[]"),
     {"chat.feedback ", ASKED("text", "Aitäh")}},
    {"POST",
     "/end-user-email-phone",
     END_USER,
     "{" MINE ",\"endUserEmail\":\"a@b.ee\",\"endUserPhone\":\"5\"}",
     200,
     "{\"response\":\"Contacts of chat " STAGE_CHAT ": e-mail ",
     {"chat.identify ", ASKED("end_user_email", "a@b.ee"), ASKED("end_user_phone", "5")}},
    {"POST",
     "/end-user-id-name",
     END_USER,
     "{\"endUserFirstName\":\"Mari\"}",
     200,
     "{\"response\":\"End user of chat " STAGE_CHAT ": ",
     {"chat.identify ", ASKED("end_user_first_name", "Mari")}},
    {"POST",
     "/backoffice/chats/end",
     END_USER,
     "{\"message\":{" MINE ",\"event\":\"CLIENT_LEFT_WITH_ACCEPTED\"}}",
     200,
     RESPONSE("\"Ended Chat Successfully\""),
     {"chat.end ", ASKED("event", "CLIENT_LEFT_WITH_ACCEPTED"), "\"token_expires_at\":"}},
    {"POST",
     "/cs-admin-redirect-chat",
     ADMINISTRATOR,
     "{\"id\":\"" STAGE_CHAT "\",\"customerSupportId\":\"EE2\"}",
     200,
     "{\"data\":{\"get_claimed_chat\":" CHAT_OBJECT,
     {"chat.redirect ", ASKED("customer_support_id", "EE2")}},
    {"POST",
     "/cs-remove-attached-chats",
     AGENT,
     "{\"customerSupportId\":\"" STAGE_ID_CODE "\"}",
     200,
     "{\"data\":{\"remove_attached_chats\":[]},\"error\":null}",
     {"chats.release ", ASKED("customer_support_id", STAGE_ID_CODE)}},
    {"GET",
     "/backoffice/chats/assigned/unclaim",
     AGENT,
     NULL,
     200,
     RESPONSE("[]"),
     {"chats.release ", ASKED("customer_support_id", STAGE_ID_CODE)}},
    {"POST",
     "/cs-get-all-ended-chats",
     AGENT,
     "{\"from\":\"2023-01-18T12:56:52.895Z\"}",
     200,
     "{\"data\":{\"cs_get_all_ended_chats\":[{\"id\":\"" STAGE_MESSAGE "\"",
     {"ended.get ", "\"from\":", "\"after_ended\":", ASKED("after", STAGE_CHAT)}},
    {"POST",
     "/cs-get-chat-ids-matching-message-search",
     AGENT,
     "{\"searchKey\":\"tere kõik\"}",
     200,
     "{\"data\":{\"get_chat_ids_matching_message_search\":[{\"chatId\":\"" STAGE_CHAT
     "\"},{\"chatId\":\"" STAGE_MESSAGE "\"}]},\"error\":null}",
     {"search.get ", ASKED("words", "tere kõik"), "\"before\":500"}},
    {"GET",
     "/comments/comment-history?chatId=" STAGE_CHAT,
     ADMINISTRATOR,
     NULL,
     200,
     RESPONSE("{" MINE ",\"comment\":\"Helista tagasi\"}"),
     {"comment.get ", ASKED("chat_id", STAGE_CHAT)}},
    {"POST",
     "/cs-comment-history",
     ADMINISTRATOR,
     "{" MINE ",\"comment\":\"\"}",
     200,
     "{\"data\":{\"cs_comment_history\":[]},\"error\":null}",
     {"comment.set ", "\"author_id\":\""}},
    {"POST",
     "/labels/label-history",
     ADMINISTRATOR,
     "{" MINE ",\"labels\":[\"maks\",\"õigus\"]}",
     200,
     "{\"response\":[{\"id\":\"" STAGE_CHAT "\"",
     {"chat.label ", ASKED("name", "maks"), ASKED("name", "õigus")}},
};

static void every_route_answers_in_its_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        scene_play(&shapes[i]);
}

/* The token may have been revoked with the end of the chat, a moment ago. */
static void feedback_names_no_token(void **state)
{
    struct reply reply =
        scene_ask("POST", "/post-chat-feedback-text", END_USER, "", "{\"feedbackText\":\"hea\"}");

    (void)state;
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(stage_asked(stage), "chat.feedback "));
    assert_null(strstr(stage_asked(stage), "token_id"));
    reply_clear(&reply);
}

static void that_the_end_user_says_who_it_is_is_no_message(void **state)
{
    struct reply reply =
        scene_ask("POST", "/end-user-id-name", END_USER, "", "{\"endUserId\":\"EE1\"}");

    (void)state;
    assert_int_equal(reply.status, 200);
    assert_null(strstr(stage_asked(stage), "message_id"));
    reply_clear(&reply);
}

/* By one's own clicks, 60 of them in a minute are as many as one can need. */
static void a_chat_is_not_spoken_of_without_end(void **state)
{
    struct reply reply = {.status = 200};
    int count = 0;

    (void)state;
    while (reply.status == 200 && count++ < 100) {
        reply_clear(&reply);
        reply =
            scene_ask("POST", "/post-chat-feedback-rating", END_USER, "", "{\"feedbackRating\":5}");
    }
    assert_int_equal(reply.status, 429);
    assert_true(scene_asked_nothing());
    reply_clear(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_answers_in_its_shape),
        cmocka_unit_test(feedback_names_no_token),
        cmocka_unit_test(that_the_end_user_says_who_it_is_is_no_message),
        cmocka_unit_test(a_chat_is_not_spoken_of_without_end),
    };

    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
