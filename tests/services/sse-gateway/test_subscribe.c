/* sse-gateway as a program: several topics on one stream. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "browser.h"
#include "bus.h"
#include "clock.h"
#include "test.h"
#include "uuid.h"

#define CHAT     STAGE_FIRST_CHAT
#define OTHER    "00000000-0000-4000-8000-000000000002"
#define NOBODY   "00000000-0000-4000-8000-00000000dead"
#define MESSAGES "cs-get-new-messages?chatId=" CHAT
#define MINE     "/events?subscribe=get-new-messages&subscribe=get-chat-by-id"
#define ALL                                                                                        \
    "/events?subscribe=" MESSAGES "&subscribe=cs-get-all-active-chats"                             \
    "&subscribe=estimated-waiting-time&subscribe=get-chat-by-id"

static struct stage *stage;
static char *user, *agent, *both;

static void expect_id(struct browser *browser, int64_t seq, int part, const char *topic)
{
    char text[256];

    snprintf(text, sizeof(text), "id: %lld.%d\ndata: {\"topic\":\"%s\",\"data\":{", (long long)seq,
             part, topic);
    browser_expect(browser, text);
}

static struct browser *resume(const char *path, const char *cookie, int64_t seq, int part)
{
    char text[512];

    snprintf(text, sizeof(text), "%s&lastEventId=%lld.%d", path, (long long)seq, part);
    return browser_open(stage, text, cookie);
}

static void expect_refusal(const char *path, const char *cookie, const char *status,
                           const char *sentence)
{
    struct browser *browser = browser_open(stage, path, cookie);

    browser_expect(browser, status);
    browser_expect(browser, sentence);
    browser_close(&browser);
}

/* ---- at the open ---- */

static void each_topic_begins_with_its_state_and_then_there_is_one_id(void **state)
{
    (void)state;
    struct browser *browser = browser_open(stage, "/events/cs-get-all-active-chats", agent);
    char id[48];

    browser_expect(browser, "snapshot-end");
    int64_t newest = stage_post(stage, CHAT, "the newest", false);
    browser_expect(browser, "the newest"); /* the gateway has it */
    browser_close(&browser);
    browser = browser_open(stage, ALL, both);
    browser_expect(browser, "\r\n\r\nretry: ");
    browser_expect(browser, "\n");
    browser_expect(browser, "data: {\"topic\":\"cs-get-all-active-chats\",\"data\":{\"id\":\"");
    snprintf(id, sizeof(id), "\n\nid: %lld.3\n\n", (long long)newest);
    browser_expect(browser, id);
    browser_expect(browser, "data: {\"topic\":\"estimated-waiting-time\",\"data\":{\"response\":{");
    browser_close(&browser);
    browser = browser_open(stage, ALL, both);
    browser_expect(browser, "data: {\"topic\":\"" MESSAGES "\",\"data\":{\"id\":\"");
    browser_expect(browser, "\"the newest\"");
    browser_close(&browser);
    browser = browser_open(stage, ALL, both);
    browser_expect(browser,
                   "event: snapshot-end\ndata: {\"topic\":\"cs-get-all-active-chats\"}\n\n");
    browser_close(&browser);
    browser = browser_open(stage, ALL, both);
    browser_expect(browser, "data: {\"topic\":\"get-chat-by-id\",\"data\":{\"id\":\"" CHAT "\"");
    browser_close(&browser);
}

static void public_topics_need_no_cookie(void **state)
{
    (void)state;
    struct browser *browser = browser_open(stage,
                                           "/events?subscribe=estimated-waiting-time%3FchatId%3D123"
                                           "&subscribe=cs-get-components-healthz-status",
                                           NULL);

    browser_expect(browser, "\n\ndata: {\"topic\":\"cs-get-components-healthz-status\",\"data\":{"
                            "\"data\":{\"set_healthz_response\":");
    browser_expect(browser, "},\"error\":null}}\n\n");
    assert_null(strstr(browser_rest(browser), "id:"));
    browser_close(&browser);
}

static void a_topic_that_may_not_be_had_refuses_all_and_is_named(void **state)
{
    (void)state;
    char *analyst = stage_agent_cookie(stage, "ROLE_ANALYST", 60000);
    char many[4096] = "/events?subscribe=estimated-waiting-time";

    expect_refusal(ALL, user, "HTTP/1.1 401 ", "\"message\":\"" MESSAGES ": There is no valid ");
    expect_refusal(ALL, agent, "HTTP/1.1 401 ", "\"message\":\"get-chat-by-id: There is no valid ");
    expect_refusal("/events?subscribe=cs-get-all-active-chats", analyst, "HTTP/1.1 403 ",
                   "\"message\":\"cs-get-all-active-chats: None of your roles may do this.\"");
    expect_refusal("/events?subscribe=estimated-waiting-time&subscribe=nothing", NULL,
                   "HTTP/1.1 404 ", "\"message\":\"nothing: There is no such stream.\"");
    expect_refusal("/events?subscribe=subscribe", NULL, "HTTP/1.1 404 ", "unknown_topic");
    expect_refusal("/events?subscribe=cs-get-new-messages", agent, "HTTP/1.1 400 ",
                   "invalid_chat_id");
    expect_refusal("/events?subscribe=cs-get-all-active-chats"
                   "&subscribe=cs-get-new-messages?chatId=" NOBODY,
                   agent, "HTTP/1.1 404 ", "\"message\":\"cs-get-new-messages?chatId=" NOBODY ": ");
    expect_refusal("/events", NULL, "HTTP/1.1 400 ", "no_topic");
    expect_refusal("/events?subscribe=%FF", NULL, "HTTP/1.1 400 ", "invalid_topic");
    expect_refusal("/events?subscribe=", NULL, "HTTP/1.1 404 ", "unknown_topic");
    expect_refusal("/events?subscribe=" MESSAGES
                   "&subscribe=cs-get-messages-by-chat-id?chatId=" CHAT,
                   agent, "HTTP/1.1 400 ", "same_topic");
    for (int i = 0; i < 32; i++)
        snprintf(many + strlen(many), sizeof(many) - strlen(many),
                 "&subscribe=estimated-waiting-time?chatId=00000000-0000-4000-8000-%012d", i);
    expect_refusal(many, NULL, "HTTP/1.1 400 ", "too_many_topics");
    free(analyst);
}

/* ---- events ---- */

static void the_parts_of_an_event_come_in_the_order_of_their_ids(void **state)
{
    (void)state;
    struct browser *browser = browser_open(stage, ALL, both);

    browser_expect(browser, ".3\n\n");
    browser_expect(browser, "estimated-waiting-time");
    browser_expect(browser, "\n\n");
    for (int i = 0; i < 20; i++)
        stage_post(stage, CHAT, "one of many", i % 3 == 1);
    stage_publish_head(stage);
    for (int64_t seq = stage->seq - 19; seq <= stage->seq; seq++) {
        expect_id(browser, seq, 1, MESSAGES);
        expect_id(browser, seq, 2, "get-chat-by-id");
        expect_id(browser, seq, 3, "cs-get-all-active-chats");
    }
    browser_expect(browser, "\n\n");
    assert_string_equal(browser_rest(browser), "");
    browser_close(&browser);
}

static void a_break_between_two_parts_neither_loses_nor_doubles(void **state)
{
    (void)state;
    int64_t seq = stage_post(stage, CHAT, "in three parts", false);
    int64_t next = stage_post(stage, CHAT, "the next", false);
    struct browser *browser = resume(ALL, both, seq, 1);

    browser_expect(browser, "\nretry: ");
    expect_id(browser, seq, 2, "get-chat-by-id");
    expect_id(browser, seq, 3, "cs-get-all-active-chats");
    expect_id(browser, next, 1, MESSAGES);
    browser_close(&browser);
    browser = resume(ALL, both, seq, 2);
    browser_expect(browser, "\nretry: ");
    expect_id(browser, seq, 3, "cs-get-all-active-chats");
    expect_id(browser, next, 1, MESSAGES);
    browser_close(&browser);
    browser = resume(ALL, both, next, 3);
    browser_expect(browser, "estimated-waiting-time");
    browser_expect(browser, "\n\n");
    assert_null(strstr(browser_rest(browser), "id: "));
    browser_close(&browser);
}

static void what_changes_without_an_event_has_no_id(void **state)
{
    (void)state;
    struct waiting waiting = {.seconds = 42};
    struct browser *browser = browser_open(stage, ALL, both);

    browser_expect(browser, "estimated-waiting-time");
    browser_expect(browser, "\n\n");
    assert_int_equal(bus_send(stage->waiting_events, NULL, MESSAGE_waiting, &waiting), 0);
    browser_expect(browser, "data: {\"topic\":\"estimated-waiting-time\",\"data\":{\"response\":{"
                            "\"durationInSeconds\":\"42\"");
    assert_null(strstr(browser_rest(browser), "id: "));
    waiting.seconds = 7;
    assert_int_equal(bus_send(stage->waiting_events, NULL, MESSAGE_waiting, &waiting), 0);
    browser_expect(browser, "\"7\"");
    browser_close(&browser);
}

/* ---- ends ---- */

static void the_end_of_one_session_ends_the_stream(void **state)
{
    (void)state;
    char token_id[UUID_SIZE], *mixed = NULL;

    stage_open_chat(stage, OTHER);
    char *other = stage_user_cookie(stage, OTHER, token_id);
    assert_true(asprintf(&mixed, "%s; %s", other, agent) > 0);
    struct browser *browser = browser_open(
        stage, "/events?subscribe=cs-get-all-active-chats&subscribe=get-new-messages", mixed);
    browser_expect(browser, ".3\n\n");
    stage_end_chat(stage, OTHER, token_id);
    expect_id(browser, stage->seq, 1, "get-new-messages");
    browser_expect(browser, "event: revoked\ndata: {\"reason\":\"token-revoked\"}\n\n");
    (void)browser_expect_end(browser);
    browser_close(&browser);
    free(other);
    free(mixed);
}

/* ---- cursors that are no good ---- */

static void each_topic_says_its_own_reset(void **state)
{
    (void)state;
    const char *const cursors[] = {"x", "99999999.1", "1.4", "1.0", "1.", ".1", "1.1.1"};
    char path[256];

    for (size_t i = 0; i < sizeof(cursors) / sizeof(*cursors); i++) {
        snprintf(path, sizeof(path), MINE "&lastEventId=%s", cursors[i]);
        struct browser *browser = browser_open(stage, path, user);
        browser_expect(browser, "event: reset\ndata: {\"topic\":\"get-new-messages\",\"reason\":"
                                "\"unknown-cursor\",\"firstSeq\":1,\"state\":"
                                "\"/get-messages-by-chat-id\"}\n\n");
        browser_expect(browser, "event: reset\ndata: {\"topic\":\"get-chat-by-id\",\"reason\":");
        browser_expect(browser, ".3\n\n");
        browser_close(&browser);
    }
}

static void a_topic_that_can_go_on_does_when_another_cannot(void **state)
{
    (void)state;
    static const char *const settings[] = {"KRATT_RING_BYTES=1", NULL};
    char *cookie, path[256];
    struct stage *before = stage;

    stage = stage_new(settings);
    cookie = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 600000);
    int64_t cursor = stage_post(stage, CHAT, "seen", false);
    int64_t second = stage_post(stage, CHAT, "second", false);
    int64_t third = stage_post(stage, CHAT, "third", false);
    struct browser *watch =
        browser_open(stage, "/events?subscribe=cs-get-all-active-chats", cookie);
    browser_expect(watch, "\"third\"");
    snprintf(path, sizeof(path),
             "/events?subscribe=" MESSAGES "&subscribe=cs-get-all-active-chats&lastEventId=%lld.3",
             (long long)cursor);
    struct browser *browser = browser_open(stage, path, cookie);
    browser_expect(browser, "event: reset\ndata: {\"topic\":\"cs-get-all-active-chats\","
                            "\"reason\":\"too-old\",\"firstSeq\":1,\"state\":"
                            "\"/cs-get-all-active-chats\"}\n\n"
                            "data: {\"topic\":\"cs-get-all-active-chats\"");
    browser_expect(browser, "event: snapshot-end\n");
    expect_id(browser, second, 1, MESSAGES);
    expect_id(browser, third, 1, MESSAGES);
    browser_close(&browser);
    browser_close(&watch);
    free(cookie);
    stage_destroy(&stage);
    stage = before;
}

static int open_stage(void **state)
{
    (void)state;
    stage = stage_new(NULL);
    user = stage_user_cookie(stage, CHAT, NULL);
    agent = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 600000);
    return asprintf(&both, "%s; %s", user, agent) > 0 ? 0 : -1;
}

static int close_stage(void **state)
{
    (void)state;
    free(user);
    free(agent);
    free(both);
    stage_destroy(&stage);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_topic_begins_with_its_state_and_then_there_is_one_id),
        cmocka_unit_test(public_topics_need_no_cookie),
        cmocka_unit_test(a_topic_that_may_not_be_had_refuses_all_and_is_named),
        cmocka_unit_test(the_parts_of_an_event_come_in_the_order_of_their_ids),
        cmocka_unit_test(a_break_between_two_parts_neither_loses_nor_doubles),
        cmocka_unit_test(what_changes_without_an_event_has_no_id),
        cmocka_unit_test(each_topic_says_its_own_reset),
        cmocka_unit_test(the_end_of_one_session_ends_the_stream),
    };
    const struct CMUnitTest small[] = {
        cmocka_unit_test(a_topic_that_can_go_on_does_when_another_cannot),
    };

    return cmocka_run_group_tests(tests, open_stage, close_stage) +
           cmocka_run_group_tests(small, NULL, NULL);
}
