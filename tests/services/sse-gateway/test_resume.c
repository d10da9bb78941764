/* sse-gateway as a program: nothing is lost, doubled or out of order. */
#include <stdlib.h>
#include <string.h>

#include "browser.h"
#include "clock.h"
#include "test.h"
#include "uuid.h"

#define CHAT STAGE_FIRST_CHAT

static struct stage *stage;
static char *user, *agent;

static void write_id(char id[32], int64_t seq)
{
    snprintf(id, 32, "id: %lld\n", (long long)seq);
}

/* ---- catch-up ---- */

static void what_comes_while_the_question_is_on_its_way_comes_once(void **state)
{
    (void)state;
    char id[32];

    stage->holds_answers = true;
    struct browser *native = browser_open(stage, "/events/get-new-messages", user);
    while (!stage->held_peer)
        stage_turn(stage, -1, 20);
    int64_t before = stage_post(stage, CHAT, "in the answer and in the channel", false);
    stage_answer_held(stage);
    stage->holds_answers = false;
    int64_t after = stage_post(stage, CHAT, "in the channel alone", false);
    write_id(id, before);
    browser_expect(native, id);
    browser_expect(native, "in the answer and in the channel");
    write_id(id, before);
    browser_expect(native, id); /* the position line, not the message again */
    browser_expect(native, "\n");
    write_id(id, after);
    browser_expect(native, id);
    browser_expect(native, "in the channel alone");
    assert_null(strstr(browser_rest(native), "in the answer"));
    browser_close(&native);
}

static void a_native_stream_goes_on_after_its_cursor(void **state)
{
    (void)state;
    char request[2048];
    int64_t cursor = stage_post(stage, CHAT, "seen", false);
    int64_t next = stage_post(stage, CHAT, "not seen", false);

    snprintf(request, sizeof(request),
             "GET /events/get-new-messages HTTP/1.1\r\nHost: a\r\nLast-Event-ID: %lld\r\n"
             "Cookie: %s\r\n\r\n",
             (long long)cursor, user);
    struct browser *native = browser_send(stage, 0, request, strlen(request));
    char id[32];
    browser_expect(native, "retry: ");
    write_id(id, next);
    browser_expect(native, id);
    browser_expect(native, "\"not seen\"");
    browser_close(&native);
    snprintf(request, sizeof(request), "/events/get-new-messages?lastEventId=%lld",
             (long long)next);
    native = browser_open(stage, request, user);
    browser_expect(native, "retry: ");
    browser_expect(native, "\n");
    browser_expect_nothing(native, 100);
    browser_close(&native);
}

static void an_unknown_cursor_is_told_and_all_comes_anew(void **state)
{
    (void)state;
    const char *const cursors[] = {"x", "-1", "99999999", "1e3", "99999999999999999999"};
    char path[128];

    for (size_t i = 0; i < sizeof(cursors) / sizeof(*cursors); i++) {
        snprintf(path, sizeof(path), "/events/get-new-messages?lastEventId=%s", cursors[i]);
        struct browser *native = browser_open(stage, path, user);
        browser_expect(native, "event: reset\ndata: {\"reason\":\"unknown-cursor\",\"firstSeq\":1,"
                               "\"state\":\"/get-messages-by-chat-id\"}\n\n");
        browser_expect(native, "\"hello\"");
        browser_close(&native);
        snprintf(path, sizeof(path), "/events/get-chat-by-id?lastEventId=%s", cursors[i]);
        native = browser_open(stage, path, user);
        browser_expect(native, "event: reset\ndata: {\"reason\":\"unknown-cursor\",\"firstSeq\":1,"
                               "\"state\":\"/get-chat-by-id\"}\n\n");
        browser_expect(native, "data: {\"id\":\"" CHAT "\"");
        browser_close(&native);
    }
}

static void a_bound_passes_over_what_is_older(void **state)
{
    (void)state;
    const char *const ends[] = {"", "Z", "+00:00", "%2B00:00"};
    char path[256];
    int64_t old = stage_post(stage, CHAT, "older", false);

    stage_post(stage, CHAT, "newer", false);
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        char *cookie = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 60000);
        snprintf(path, sizeof(path), "/sse/cs-get-new-messages?chatId=" CHAT "&lastRead=%s%s",
                 stage_time_of(stage, old), ends[i]);
        struct browser *browser = browser_open(stage, path, cookie);
        browser_expect(browser, "\"cs_get_new_messages\":[{\"id\":\"");
        browser_expect(browser, "\"content\":\"newer\"");
        browser_expect(browser, "\n\n");
        browser_close(&browser);
        free(cookie);
    }
}

static void garbage_for_a_bound_is_none_at_the_old_door(void **state)
{
    (void)state;
    struct browser *browser =
        browser_open(stage, "/sse/get-new-messages?timeRangeBegin=yesterday", user);

    browser_expect(browser, "\"hello\"");
    browser_close(&browser);
}

/* ---- the log ---- */

static void a_hole_is_repaired_in_order(void **state)
{
    (void)state;
    struct browser *native = browser_open(stage, "/events/get-new-messages", user);

    stage_post(stage, CHAT, "before the hole", false);
    browser_expect(native, "before the hole");
    for (int i = 0; i < 3; i++)
        stage_post(stage, CHAT, "lost", true);
    stage_post(stage, CHAT, "after the hole", false);
    browser_expect(native, "\"lost\"");
    browser_expect(native, "\"lost\"");
    browser_expect(native, "\"lost\"");
    browser_expect(native, "after the hole");
    browser_close(&native);
}

static void a_lost_last_event_is_found_by_the_head(void **state)
{
    (void)state;
    struct browser *native = browser_open(stage, "/events/get-new-messages", user);

    stage_post(stage, CHAT, "there", false);
    browser_expect(native, "there");
    stage_post(stage, CHAT, "lost at the end", true);
    stage_publish_head(stage);
    browser_expect(native, "lost at the end");
    browser_close(&native);
}

static void an_event_that_comes_twice_is_told_once(void **state)
{
    (void)state;
    struct browser *native = browser_open(stage, "/events/get-new-messages", user);

    int64_t seq = stage_post(stage, CHAT, "said once", false);
    browser_expect(native, "said once");
    stage_publish(stage, seq);
    stage_publish(stage, 1);
    stage_post(stage, CHAT, "the next", false);
    browser_expect(native, "\n\n");
    browser_expect(native, "data: {");
    assert_null(strstr(browser_rest(native), "said once"));
    browser_expect(native, "the next");
    browser_close(&native);
}

static void streams_wait_while_chat_state_is_away(void **state)
{
    (void)state;
    stage->is_silent = true;
    struct browser *old =
        browser_open(stage, "/sse/get-new-messages?timeRangeBegin=2031-01-01T00:00:00Z", user);
    struct browser *native = browser_open(stage, "/events/get-new-messages", user);
    int64_t end = clock_monotonic_ms() + 5300; /* past the deadline of a question */

    browser_expect(old, "HTTP/1.1 200 OK");
    while (clock_monotonic_ms() < end)
        stage_turn(stage, -1, 50);
    stage->is_silent = false;
    browser_expect(native, "HTTP/1.1 200 OK");
    browser_expect(native, "\"hello\"");
    browser_expect(old, "\"forwarding_validation\":[]");
    browser_close(&old);
    browser_close(&native);
}

static void another_log_is_read_anew(void **state)
{
    (void)state;
    struct browser *rows = browser_open(stage, "/events/cs-get-all-active-chats", agent);
    struct browser *native = browser_open(stage, "/events/get-new-messages", user);
    struct browser *list = browser_open(stage, "/sse/cs-get-all-active-chats", agent);

    browser_expect(rows, "snapshot-end");
    browser_expect(native, "\"hello\"");
    browser_expect(list, CHAT);
    browser_expect(list, "\n\n");
    stage_change_log(stage);
    stage_open_chat(stage, CHAT);
    stage_post(stage, CHAT, "of the new log", false);
    stage_publish_head(stage);
    browser_expect(rows, "event: reset\ndata: {\"reason\":\"new-log\",\"firstSeq\":1,"
                         "\"state\":\"/cs-get-all-active-chats\"}\n\n");
    browser_expect(rows, "snapshot-end\nid: 2\n");
    browser_expect(native, "event: reset");
    browser_expect(native, "of the new log");
    browser_expect(list, "of the new log");
    browser_close(&rows);
    browser_close(&native);
    browser_close(&list);
}

/* The log may move on between the answer about messages and the place that
 * the gateway takes in it; whoever opened in between has to hear of that. */
static void a_stream_that_opens_while_the_log_is_read_misses_nothing(void **state)
{
    (void)state;
    char *cookie = stage_user_cookie(stage, CHAT, NULL);
    int64_t end = clock_monotonic_ms() + 300; /* time to ask too early */

    stage_open_chat(stage, CHAT);
    struct browser *native = browser_open(stage, "/events/get-new-messages", cookie);
    while (!stage->questions && clock_monotonic_ms() < end)
        stage_turn(stage, -1, 10);
    stage_post(stage, CHAT, "meanwhile", false);
    stage_answer_held_chats(stage);
    browser_expect(native, "meanwhile");
    browser_close(&native);
    free(cookie);
}

/* A client of the list comes to a gateway that has just begun. */
static void the_list_goes_on_at_a_gateway_that_has_just_begun(void **state)
{
    (void)state;
    char *cookie = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 60000);
    char id[32];

    stage_open_chat(stage, CHAT);
    stage_post(stage, CHAT, "seen elsewhere", false);
    int64_t missed = stage_post(stage, CHAT, "missed", false);
    struct browser *rows =
        browser_open(stage, "/events/cs-get-all-active-chats?lastEventId=2", cookie);
    stage_answer_held_chats(stage);
    browser_expect(rows, "retry: ");
    write_id(id, missed);
    browser_expect(rows, id);
    browser_expect(rows, "\"missed\"");
    browser_close(&rows);
    free(cookie);
}

static int open_stage(void **state)
{
    (void)state;
    stage = stage_new(NULL);
    user = stage_user_cookie(stage, CHAT, NULL);
    agent = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 600000);
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    free(user);
    free(agent);
    stage_destroy(&stage);
    return 0;
}

static int open_unplaced_stage(void **state)
{
    (void)state;
    stage = stage_new_unplaced();
    return 0;
}

static int close_unplaced_stage(void **state)
{
    (void)state;
    stage_destroy(&stage);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_while_the_question_is_on_its_way_comes_once),
        cmocka_unit_test(a_native_stream_goes_on_after_its_cursor),
        cmocka_unit_test(an_unknown_cursor_is_told_and_all_comes_anew),
        cmocka_unit_test(a_bound_passes_over_what_is_older),
        cmocka_unit_test(garbage_for_a_bound_is_none_at_the_old_door),
        cmocka_unit_test(a_hole_is_repaired_in_order),
        cmocka_unit_test(a_lost_last_event_is_found_by_the_head),
        cmocka_unit_test(an_event_that_comes_twice_is_told_once),
        cmocka_unit_test(streams_wait_while_chat_state_is_away),
        cmocka_unit_test(another_log_is_read_anew),
    };

    const struct CMUnitTest unplaced[] = {
        cmocka_unit_test_setup_teardown(a_stream_that_opens_while_the_log_is_read_misses_nothing,
                                        open_unplaced_stage, close_unplaced_stage),
        cmocka_unit_test_setup_teardown(the_list_goes_on_at_a_gateway_that_has_just_begun,
                                        open_unplaced_stage, close_unplaced_stage),
    };

    return cmocka_run_group_tests(tests, open_stage, close_stage) +
           cmocka_run_group_tests(unplaced, NULL, NULL);
}
