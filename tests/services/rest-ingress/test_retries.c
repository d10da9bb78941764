/* What is asked twice: by a browser that posts again, and by the program that
 * hears no answer. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "own.h"
#include "scene.h"

#define AT "\"authorTimestamp\":\"2023-01-13T14:23:52.953Z\""

/* How a command is known again. */
struct names {
    char command_id[201], message_id[64], fingerprint[65];
    bool may_repeat;
};

/* Copies the text of a field of the newest question. */
static void copy_field(const char *name, char *to, size_t size)
{
    char begins[64];

    snprintf(begins, sizeof(begins), "\"%s\":\"", name);
    const char *at = strstr(stage_asked(stage), begins);
    const char *text = at ? at + strlen(begins) : "";
    snprintf(to, size, "%.*s", (int)strcspn(text, "\""), text);
}

static struct names post(const char *path, enum who who, const char *headers, const char *body)
{
    struct reply reply = scene_ask("POST", path, who, headers, body);
    struct names names = {.may_repeat = strstr(stage_asked(stage), "\"may_repeat\":true")};

    if (reply.status != 200)
        fail_msg("%s %s: %d", path, body, reply.status);
    reply_clear(&reply);
    copy_field("command_id", names.command_id, sizeof(names.command_id));
    copy_field("message_id", names.message_id, sizeof(names.message_id));
    copy_field("fingerprint", names.fingerprint, sizeof(names.fingerprint));
    return names;
}

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): the order in which it reads */
static const struct variation {
    const char *path;
    enum who who;
    const char *headers, *body;
    bool is_same_command, is_same_asked;
} variations[] = {
    {"/post-message", END_USER, "", "{\"content\":\"a\"," AT "}", true, true},
    {"/post-message", END_USER, "", "{" AT ",\"content\":\"a\",\"attempt\":2}", true, true},
    {"/post-message", END_USER, "", "{\"content\":\"b\"," AT "}", true, false},
    {"/post-message", END_USER, "", "{\"event\":\"message-read\"," AT "}", false, false},
    {"/post-message", END_USER, "",
     "{\"content\":\"a\",\"authorTimestamp\":\"2023-01-13T14:23:52.954Z\"}", false, false},
    {"/post-message", END_USER, "", "{\"content\":\"a\"}", false, false},
    {"/post-message", END_USER, "Idempotency-Key: k\r\n", "{\"content\":\"a\"," AT "}", false,
     true},
    {"/end-chat", END_USER, "", "{" AT "}", false, false},
    {"/cs-post-message", AGENT, "", "{\"chatId\":\"" STAGE_CHAT "\",\"content\":\"a\"," AT "}",
     false, false},
};

static void a_message_that_its_author_names_is_the_same_command(void **state)
{
    struct names first = post("/post-message", END_USER, "", variations[0].body);

    (void)state;
    assert_int_equal(first.command_id[14], '8'); /* RFC 9562 */
    assert_string_equal(first.command_id, first.message_id);
    assert_int_equal(strlen(first.fingerprint), 32);
    assert_false(first.may_repeat); /* chat-state sees it by the message id */
    for (size_t i = 0; i < sizeof(variations) / sizeof(variations[0]); i++) {
        const struct variation *of = &variations[i];
        struct names got = post(of->path, of->who, of->headers, of->body);
        if ((strcmp(got.command_id, first.command_id) == 0) != of->is_same_command ||
            (strcmp(got.message_id, first.message_id) == 0) != of->is_same_command ||
            (strcmp(got.fingerprint, first.fingerprint) == 0) != of->is_same_asked)
            fail_msg("%s %s", of->path, of->body);
    }
}

static void a_key_goes_with_what_was_asked_first(void **state)
{
    static const char key[] = "Idempotency-Key: k-1\r\n";
    struct names first = post("/post-message", END_USER, key, "{\"content\":\"a\"}");
    struct names again = post("/post-message", END_USER, key, "{\"content\":\"a\"}");
    struct names other = post("/post-message", END_USER, key, "{\"content\":\"b\"}");
    struct names route = post("/end-chat", END_USER, key, "{}");

    (void)state;
    assert_string_equal(first.command_id, STAGE_CHAT ":k-1");
    assert_string_equal(again.fingerprint, first.fingerprint);
    assert_string_not_equal(other.fingerprint, first.fingerprint);
    assert_string_not_equal(route.fingerprint, first.fingerprint);
    assert_true(first.may_repeat && other.may_repeat && route.may_repeat);
}

static void a_key_of_an_account_goes_with_its_roles_not_its_password(void **state)
{
    static const char key[] = "Idempotency-Key: k-2\r\n";
#define ADD(role, password)                                                                        \
    "{\"userIdCode\":\"EE49003106522\",\"displayName\":\"Jaan\",\"roles\":[\"" role                \
    "\"],\"password\":\"" password "\"}"
    struct names first = post("/cs-add-user", ADMINISTRATOR, key, ADD("ROLE_ANALYST", "12345678"));
    struct names again = post("/cs-add-user", ADMINISTRATOR, key, ADD("ROLE_ANALYST", "87654321"));
    struct names other =
        post("/cs-add-user", ADMINISTRATOR, key, ADD("ROLE_ADMINISTRATOR", "12345678"));

    (void)state;
    assert_string_equal(again.fingerprint, first.fingerprint);
    assert_string_not_equal(other.fingerprint, first.fingerprint);
}

static void a_reused_key_is_told(void **state)
{
    (void)state;
    stage_refuse_next(stage, 409, "idempotency_key_reused");
    struct reply reply =
        scene_ask("POST", "/post-message", END_USER, "", "{\"content\":\"a\"," AT "}");
    assert_int_equal(reply.status, 409);
    assert_non_null(strstr(reply.body, "\"idempotency_key_reused\""));
    reply_clear(&reply);
}

/* ---- resending ---- */

static size_t count(const char *text, const char *part)
{
    size_t found = 0;

    for (; (text = strstr(text, part)); text += strlen(part))
        found++;
    return found;
}

/* Sends a request, and plays until it was asked for so often. */
static int begin(const char *method, const char *path, const char *body, const char *question,
                 size_t times)
{
    char *cookie = stage_chat_cookie(stage, NULL, 60000), *headers;

    assert_true(asprintf(&headers, "Cookie: %s\r\n", cookie) > 0);
    stage_forget(stage);
    int fd = browse_begin(stage, method, path, headers, body);
    while (count(stage_asked(stage), question) < times)
        stage_play(stage, -1);
    free(headers);
    free(cookie);
    return fd;
}

static void assert_answered_once(int fd)
{
    struct reply reply = browse_end(stage, fd);

    assert_int_equal(reply.status, 200);
    assert_int_equal(count(reply.head, "HTTP/1.1"), 1);
    assert_null(strstr(reply.body, "HTTP/1.1"));
    reply_clear(&reply);
    reply = scene_ask("GET", "/get-chat-by-id", END_USER, "", NULL); /* the late one hurts nobody */
    assert_int_equal(reply.status, 200);
    reply_clear(&reply);
}

static void a_command_without_an_answer_is_sent_again_as_such(void **state)
{
    char id[201], part[256];

    (void)state;
    stage_hold(stage, true);
    int fd = begin("POST", "/post-message", "{\"content\":\"a\"}", "message.post ", 2);
    copy_field("command_id", id, sizeof(id));
    snprintf(part, sizeof(part), "\"command_id\":\"%s\"", id);
    assert_int_equal(count(stage_asked(stage), part), 2);
    assert_int_equal(count(stage_asked(stage), "\"may_repeat\":true"), 1);
    copy_field("message_id", id, sizeof(id));
    assert_int_equal(count(stage_asked(stage), id), 2);
    stage_hold(stage, false); /* both are answered now */
    assert_answered_once(fd);
}

static void a_query_without_an_answer_is_sent_again(void **state)
{
    (void)state;
    stage_hold(stage, true);
    int fd = begin("GET", "/get-chat-by-id", NULL, "chat.get ", 2);
    stage_hold(stage, false);
    assert_answered_once(fd);
}

static void what_could_not_be_sent_is_tried_again(void **state)
{
    (void)state;
    stage_refuse_next(stage, 503, "unavailable"); /* as common/caller.h says it */
    int fd = begin("POST", "/post-message", "{\"content\":\"a\"}", "message.post ", 2);
    assert_int_equal(count(stage_asked(stage), "\"may_repeat\":true"), 1);
    assert_answered_once(fd);
}

static void what_chat_state_refuses_is_not_tried_again(void **state)
{
    (void)state;
    stage_refuse_next(stage, 503, "database_unavailable");
    struct reply reply = scene_ask("POST", "/post-message", END_USER, "", "{\"content\":\"a\"}");
    assert_int_equal(reply.status, 503);
    assert_int_equal(count(stage_asked(stage), "message.post "), 1);
    reply_clear(&reply);
}

static void a_command_is_sent_twice_at_most_and_times_out(void **state)
{
    (void)state;
    stage_hold(stage, true);
    int fd = begin("POST", "/post-message", "{\"content\":\"a\"}", "message.post ", 2);
    struct reply reply = browse_end(stage, fd);
    assert_int_equal(reply.status, 504);
    assert_int_equal(count(stage_asked(stage), "message.post "), 2);
    reply_clear(&reply);
    stage_hold(stage, false);
}

static void with_chat_state_away_a_command_gets_503_in_time(void **state)
{
    struct stage *lonely = stage_open(true);
    struct reply reply = browse(lonely, "POST", "/init-chat", "",
                                "{\"message\":{\"content\":\"a\"},\"endUserTechnicalData\":"
                                "{\"endUserOs\":\"a\",\"endUserUrl\":\"b\"}}");

    (void)state;
    assert_int_equal(reply.status, 503);
    assert_non_null(strstr(reply.body, "\"unavailable\""));
    reply_clear(&reply);
    stage_close(&lonely);
}

static void who_asks_the_same_at_the_same_time_shares_a_question(void **state)
{
    enum { ASKERS = 8 };
    int fds[ASKERS];

    (void)state;
    stage_forget(stage);
    stage_hold(stage, true);
    for (int i = 0; i < ASKERS; i++)
        fds[i] = browse_begin(stage, "GET", "/estimated-waiting-time", "", "");
    close(fds[0]); /* the others are not left alone by who asked */
    stage_play(stage, -1);
    stage_hold(stage, false);
    for (int i = 1; i < ASKERS; i++) {
        struct reply reply = browse_end(stage, fds[i]);
        assert_int_equal(reply.status, 200);
        assert_non_null(strstr(reply.body, "{\"response\":{"));
        reply_clear(&reply);
    }
    assert_in_range(count(stage_asked(stage), "waiting.get "), 1, ASKERS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_that_its_author_names_is_the_same_command),
        cmocka_unit_test(a_key_goes_with_what_was_asked_first),
        cmocka_unit_test(a_key_of_an_account_goes_with_its_roles_not_its_password),
        cmocka_unit_test(a_reused_key_is_told),
        cmocka_unit_test(a_command_without_an_answer_is_sent_again_as_such),
        cmocka_unit_test(a_query_without_an_answer_is_sent_again),
        cmocka_unit_test(what_could_not_be_sent_is_tried_again),
        cmocka_unit_test(what_chat_state_refuses_is_not_tried_again),
        cmocka_unit_test(a_command_is_sent_twice_at_most_and_times_out),
        cmocka_unit_test(with_chat_state_away_a_command_gets_503_in_time),
        cmocka_unit_test(who_asks_the_same_at_the_same_time_shares_a_question),
    };

    return cmocka_run_group_tests(tests, scene_open, scene_close);
}
