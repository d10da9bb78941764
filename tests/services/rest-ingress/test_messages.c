/* Messages beside plain text: what is asked for them, and what is refused
 * before anybody is asked. */
#include <stdlib.h>

#include "scene.h"
#include "test.h"

#define EMPTY(key)  "{\"data\":{\"" key "\":[]},\"error\":null}"
#define NULLED(key) "{\"data\":{\"" key "\":null},\"error\":null}"
#define ID          "\"id\":\"" STAGE_MESSAGE "\""
#define TIMED       "\"authorTimestamp\":\"2023-01-13T14:23:52.953Z\""
#define CHOSEN(ids) "{\"chatId\":\"" STAGE_CHAT "\",\"content\":{\"selectedMessageIds\":" ids "}}"

static const struct scene scenes[] = {
    {"POST",
     "/post-message-locally",
     END_USER,
     "{\"content\":\"a\"}",
     200,
     NULLED("post_message_to_bot"),
     {"message.post ", ASKED("content", "a"), ASKED("chat_id", STAGE_CHAT)}},
    {"POST",
     "/backoffice/chats/messages/add",
     END_USER,
     "{\"content\":\"a\"}",
     200,
     "{\"response\":\"Message Sent Successfully\"}",
     {"message.post ", ASKED("content", "a")}},
    {"POST",
     "/post-message-preview",
     END_USER,
     "{\"chatId\":null,\"content\":\"\"}",
     200,
     EMPTY("post_message_preview"),
     {"preview.set ", ASKED("chat_id", STAGE_CHAT)}},
    {"POST",
     "/backoffice/chats/messages/preview",
     END_USER,
     "{\"content\":\"ter\"}",
     200,
     "{\"response\":[]}",
     {"preview.set ", ASKED("content", "ter")}},
    /* authorRole is not believed; the rest is the widget's whole message */
    {"POST",
     "/post-message-with-new-event",
     END_USER,
     "{" ID ",\"chatId\":\"" STAGE_CHAT "\",\"event\":\"ask-permission-accepted\"," TIMED
     ",\"authorRole\":\"backoffice-user\",\"authorId\":\"EE1\",\"rating\":\"\"}",
     200,
     EMPTY("forwarding_validation"),
     {"message.revise ", ID, ASKED("author_role", "end-user"),
      ASKED("event", "ask-permission-accepted"), "\"author_timestamp\":1673619832953",
      ASKED("chat_id", STAGE_CHAT)}},
    {"POST",
     "/post-message-with-rating",
     END_USER,
     "{" ID ",\"event\":\"\",\"rating\":\"liked\"," TIMED "}",
     200,
     EMPTY("forwarding_validation"),
     {"message.revise ", ID, ASKED("event", "rating"), ASKED("rating", "liked"), "\"keeps\":true"}},
    {"POST",
     "/end-chat-locally",
     END_USER,
     "{}",
     200,
     NULLED("blacklist_client_custom_jwt"),
     {"chat.end ", ASKED("event", "client-left"), "\"token_expires_at\":"}},
    {"POST",
     "/cs-post-event-message",
     AGENT,
     "{\"chatId\":\"" STAGE_CHAT "\",\"event\":\"ask-permission\"," TIMED "}",
     200,
     "{\"data\":{\"get_chat_by_id\":" CHAT_OBJECT,
     {"message.post ", ASKED("event", "ask-permission"), ASKED("author_role", "backoffice-user"),
      "\"author_timestamp\":1673619832953"}},
    {"POST",
     "/cs-post-message-with-new-event",
     AGENT,
     "{" ID ",\"event\":\"ask-permission-ignored\"," TIMED "}",
     200,
     EMPTY("post_message"),
     {"message.revise ", ID, ASKED("event", "ask-permission-ignored"), "\"keeps\":true",
      "\"author_timestamp\":1673619832953"}},
    {"POST",
     "/cs-post-redirect-request-message",
     AGENT,
     CHOSEN("[\"" STAGE_MESSAGE "\",\"" OTHER "\"]"),
     200,
     NULLED("post_chat"),
     {"chat.forward ", ASKED("author_role", "backoffice-user"),
      "\"content\":\"[\\\"" STAGE_MESSAGE "\\\",\\\"" OTHER "\\\"]\""}},
};

static void every_route_asks_and_answers_in_its_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
        scene_play(&scenes[i]);
}

#define REFUSED(path, who, body, status, code)                                                     \
    {                                                                                              \
        "POST", path, who, body, status, ERROR_BEGINNING(code),                                    \
        {                                                                                          \
            NULL                                                                                   \
        }                                                                                          \
    }

static const struct scene refusals[] = {
    REFUSED("/post-message-preview", NOBODY, "{}", 401, "not_authenticated"),
    REFUSED("/post-message-preview", AGENT, "{}", 401, "not_authenticated"),
    REFUSED("/post-message-preview", END_USER, "{\"chatId\":\"" OTHER "\"}", 403, "not_your_chat"),
    REFUSED("/post-message-locally", END_USER, "{\"chatId\":\"" OTHER "\"}", 403, "not_your_chat"),
    REFUSED("/end-chat-locally", END_USER, "{\"chatId\":\"" OTHER "\"}", 403, "not_your_chat"),
    REFUSED("/post-message-with-new-event", END_USER, "{\"event\":\"a\"}", 400, "missing_field"),
    REFUSED("/post-message-with-new-event", END_USER, "{" ID "}", 400, "missing_field"),
    REFUSED("/post-message-with-new-event", END_USER, "{\"id\":\"1\",\"event\":\"a\"}", 400,
            "invalid_field"),
    REFUSED("/post-message-with-rating", END_USER, "{" ID "}", 400, "missing_field"),
    REFUSED("/post-message-with-rating", END_USER, "{" ID ",\"rating\":\"5\"}", 422,
            "value_out_of_limits"),
    REFUSED("/post-greeting-to-chat", END_USER, "{}", 409, "greeting_is_inactive"),
    REFUSED("/cs-post-event-message", END_USER, "{}", 401, "not_authenticated"),
    REFUSED("/cs-post-event-message", ANALYST, "{}", 403, "role_not_allowed"),
    REFUSED("/cs-post-event-message", AGENT, "{\"chatId\":\"" STAGE_CHAT "\"}", 400,
            "missing_field"),
    REFUSED("/cs-post-message-with-new-event", ANALYST, "{}", 403, "role_not_allowed"),
    REFUSED("/cs-post-message-with-new-event", AGENT, "{\"event\":\"a\"}", 400, "missing_field"),
    REFUSED("/cs-post-redirect-request-message", ANALYST, "{}", 403, "role_not_allowed"),
    REFUSED("/cs-post-redirect-request-message", AGENT, "{\"chatId\":\"" STAGE_CHAT "\"}", 400,
            "missing_field"),
    REFUSED("/cs-post-redirect-request-message", AGENT, CHOSEN("\"a\""), 400, "invalid_field"),
    REFUSED("/cs-post-redirect-request-message", AGENT, CHOSEN("[1]"), 400, "invalid_field"),
    REFUSED("/cs-post-redirect-request-message", AGENT, CHOSEN("[]"), 422, "value_out_of_limits"),
};

static void every_refusal_is_told_and_nothing_is_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        scene_play(&refusals[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_asks_and_answers_in_its_shape),
        cmocka_unit_test(every_refusal_is_told_and_nothing_is_asked),
    };

    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
