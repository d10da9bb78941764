/* sse-gateway as a program: today's clients, which close a message stream after
 * each batch and open it anew, get each message once. */
#include <stdlib.h>
#include <string.h>

#include "browser.h"
#include "clock.h"
#include "test.h"

#define CHAT STAGE_FIRST_CHAT

enum {
    ROUNDS = 100,
    AHEAD = 1925000000, /* wall seconds of a clock by which all messages are old */
    MORE_THAN_QUIET_MS = 2500,
    MORE_THAN_LAST_WORD_MS = 1000,
    PATIENCE_MS = 15000,
};

static struct stage *stage;

/* As the widget opens it, with a clock that goes right and showed begin, in
 * wall seconds, at the time began. */
static struct browser *open_at(const char *cookie, int64_t begin, int64_t began)
{
    char path[128], time[ISO_TIME_SIZE];

    iso_time_format(begin * 1000 + clock_monotonic_ms() - began, time);
    snprintf(path, sizeof(path), "/sse/get-new-messages?chatId=x&timeRangeBegin=%.23sZ", time);
    return browser_open(stage, path, cookie);
}

/* As the widget does: after each batch it closes and opens again, with a clock
 * that is ahead, so that the bound alone would let nothing through. */
static void a_message_between_close_and_reopen_is_never_missed(void **state)
{
    (void)state;
    char text[64];
    char *cookie = stage_user_cookie(stage, CHAT, NULL);
    int64_t began = clock_monotonic_ms();
    struct browser *browser = open_at(cookie, AHEAD, began);

    browser_expect(browser, "[]");
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(text, sizeof(text), "batch %d.", i);
        stage_post(stage, CHAT, text, false);
        browser_expect(browser, text);
        if (i % 3 == 0) { /* while the old stream is still there */
            snprintf(text, sizeof(text), "early %d.", i);
            stage_post(stage, CHAT, text, false);
        }
        browser_close(&browser);
        if (i % 3 == 1) {
            snprintf(text, sizeof(text), "early %d.", i);
            stage_post(stage, CHAT, text, false);
        }
        browser = open_at(cookie, AHEAD, began);
        if (i % 3 == 2) {
            browser_expect(browser, "[]");
        } else {
            browser_expect(browser, text);
            browser_close(&browser);
            browser = open_at(cookie, AHEAD, began);
            browser_expect(browser, "[]");
        }
    }
    browser_close(&browser);
    free(cookie);
}

/* Years behind the clock of chat-state: its bound lets everything through,
 * each time. */
static struct browser *open_behind(const char *cookie, int64_t began)
{
    return open_at(cookie, 1600000000, began);
}

static void a_reader_whose_clock_is_behind_is_told_nothing_again(void **state)
{
    (void)state;
    char said[32], text[40];
    char *cookie = stage_user_cookie(stage, CHAT, NULL);
    int64_t began = clock_monotonic_ms();
    struct browser *browser = open_behind(cookie, began);

    browser_expect(browser, "\"hello\"");
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(said, sizeof(said), "once %d", i);
        snprintf(text, sizeof(text), "\"%s\"", said);
        browser_close(&browser);
        browser = open_behind(cookie, began);
        browser_expect(browser, "[]");
        stage_post(stage, CHAT, said, false);
        browser_expect(browser, "[{");
        assert_null(strstr(browser_rest(browser), "},{"));
        browser_expect(browser, text);
    }
    browser_close(&browser);
    free(cookie);
}

/* Another page of the same browser was loaded before the first one was handed
 * something, and opens its stream after. */
static void what_one_page_was_handed_is_not_taken_from_another(void **state)
{
    (void)state;
    char *cookie = stage_user_cookie(stage, CHAT, NULL);
    int64_t began = clock_monotonic_ms();
    struct browser *one = open_behind(cookie, began - 1000);

    browser_expect(one, "\"hello\"");
    browser_close(&one);
    stage_await(stage, "/metrics", "stream=\"get-new-messages\",door=\"sse\"} 0\n");
    struct browser *two = open_behind(cookie, began + 2000);
    browser_expect(two, "\"hello\"");
    browser_close(&two);
    free(cookie);
}

static void a_stream_is_quiet_after_a_batch_and_then_has_one_array(void **state)
{
    (void)state;
    char *cookie = stage_user_cookie(stage, CHAT, NULL);
    struct browser *browser =
        browser_open(stage, "/sse/get-new-messages?timeRangeBegin=2031-01-01T00:00:00Z", cookie);

    browser_expect(browser, "[]");
    browser_expect(browser, "\n\n");
    stage_post(stage, CHAT, "first", false);
    browser_expect(browser, "first");
    browser_expect(browser, "\n\n");
    stage_post(stage, CHAT, "second", false);
    stage_post(stage, CHAT, "third", false);
    browser_expect_nothing(browser, 800);
    browser_expect(browser, "[{\"id\"");
    browser_expect(browser, "\"second\"");
    browser_expect(browser, "},{\"id\"");
    browser_expect(browser, "\"third\"");
    browser_expect(browser,
                   "}]},\"error\":null},\"statusCode\":\"OK\",\"statusCodeValue\":200}\n\n");
    browser_close(&browser);
    free(cookie);
}

static void two_tabs_do_not_starve_each_other(void **state)
{
    (void)state;
    const char *path = "/sse/get-new-messages?timeRangeBegin=2031-01-01T00:00:00Z";
    char *cookie = stage_user_cookie(stage, CHAT, NULL);
    struct browser *one = browser_open(stage, path, cookie);
    struct browser *two = browser_open(stage, path, cookie);

    browser_expect(one, "[]");
    browser_expect(two, "[]");
    browser_close(&two);
    stage_await(stage, "/metrics", "stream=\"get-new-messages\",door=\"sse\"} 1\n");
    stage_post(stage, CHAT, "while tab two was away", false);
    browser_expect(one, "while tab two was away");
    two = browser_open(stage, path, cookie);
    browser_expect(two, "while tab two was away");
    browser_close(&one);
    browser_close(&two);
    free(cookie);
}

/* ---- who is known to close after a batch ---- */

static void post_and_expect(struct browser *browser, const char *content)
{
    stage_post(stage, CHAT, content, false);
    browser_expect(browser, content);
    browser_expect(browser, "\n\n");
}

static struct browser *open_anew(struct browser *before, const char *cookie, int64_t began)
{
    browser_close(&before);
    stage_await(stage, "/metrics", "stream=\"get-new-messages\",door=\"sse\"} 0\n");
    struct browser *browser = open_at(cookie, AHEAD, began);
    browser_expect(browser, "[]");
    browser_expect(browser, "\n\n");
    return browser;
}

/* A stream of a reader that has closed one after a batch. */
static struct browser *open_known(const char *cookie, int64_t began)
{
    struct browser *browser = open_at(cookie, AHEAD, began);

    browser_expect(browser, "[]");
    post_and_expect(browser, "to be known");
    return open_anew(browser, cookie, began);
}

static void who_closes_after_a_batch_is_told_no_more_until_it_does(void **state)
{
    (void)state;
    char *cookie = stage_user_cookie(stage, CHAT, NULL);
    int64_t began = clock_monotonic_ms();
    struct browser *browser = open_known(cookie, began);

    browser = open_anew(browser, cookie, began); /* that had no batch */
    post_and_expect(browser, "seen");
    stage_post(stage, CHAT, "later", false);
    stage_post(stage, CHAT, "latest", false);
    browser_expect_nothing(browser, MORE_THAN_QUIET_MS);
    browser_close(&browser);
    browser = open_at(cookie, AHEAD, began);
    browser_expect(browser, "[{\"id\"");
    browser_expect(browser, "\"later\"");
    browser_expect(browser, "\"latest\"");
    browser_close(&browser);
    free(cookie);
}

static void another_tab_takes_nothing_from_one_that_is_held_up(void **state)
{
    (void)state;
    char *cookie = stage_user_cookie(stage, CHAT, NULL);
    int64_t began = clock_monotonic_ms();
    struct browser *one = open_known(cookie, began);

    post_and_expect(one, "seen");
    stage_post(stage, CHAT, "while held up", false);
    struct browser *two = open_at(cookie, AHEAD, began);
    browser_expect(two, "while held up");
    browser_expect_nothing(one, MORE_THAN_QUIET_MS);
    browser_close(&one);
    stage_await(stage, "/metrics", "stream=\"get-new-messages\",door=\"sse\"} 1\n");
    one = open_at(cookie, AHEAD, began);
    browser_expect(one, "while held up");
    browser_close(&one);
    browser_close(&two);
    free(cookie);
}

/* More than a stream may be behind, and with heartbeats meanwhile. */
static void who_stays_after_all_gets_all_that_it_was_not_told(void **state)
{
    (void)state;
    char content[2000] = "";
    char *cookie = stage_user_cookie(stage, CHAT, NULL);
    struct browser *browser = open_known(cookie, clock_monotonic_ms());

    post_and_expect(browser, "seen");
    int64_t told = clock_monotonic_ms();
    memset(content, 'x', sizeof(content) - 1);
    for (int i = 0; i < 5; i++)
        stage_post(stage, CHAT, content, false);
    stage_post(stage, CHAT, "the last", false);
    browser_expect(browser, ":\n\n");
    browser_expect_nothing(browser, PATIENCE_MS - 4000);
    browser_expect(browser, "\"content\":\"");
    assert_int_equal(*browser_rest(browser), 'x'); /* what was seen does not come again */
    assert_in_range(clock_monotonic_ms() - told, PATIENCE_MS - 500, PATIENCE_MS + 5000);
    for (int i = 0; i < 5; i++)
        browser_expect(browser, content);
    browser_expect(browser, "\"the last\"");
    browser_expect(browser, "\n\n");
    told = clock_monotonic_ms();
    post_and_expect(browser, "soon");
    assert_true(clock_monotonic_ms() - told < PATIENCE_MS / 3);
    browser_close(&browser);
    free(cookie);
}

/* Told first, it would close its message stream and never show the last words
 * (clients.md §2 point 5). */
static void the_end_waits_for_a_reader_that_is_between_two_streams(void **state)
{
    (void)state;
    char *cookie = stage_user_cookie(stage, CHAT, NULL);
    int64_t began = clock_monotonic_ms();
    struct browser *messages = open_known(cookie, began);
    struct browser *chat = browser_open(stage, "/sse/get-chat-by-id", cookie);

    browser_expect(chat, "\"status\":\"OPEN\"");
    post_and_expect(messages, "seen");
    browser_close(&messages);
    stage_await(stage, "/metrics", "stream=\"get-new-messages\",door=\"sse\"} 0\n");
    browser_expect(chat, "\"lastMessage\":\"seen\"");
    browser_expect(chat, "\n\n");
    stage_end_chat(stage, CHAT, NULL);
    browser_expect_nothing(chat, MORE_THAN_LAST_WORD_MS);
    messages = open_at(cookie, AHEAD, began);
    browser_expect(messages, "\"answered\"");
    browser_expect(chat, "\"status\":\"ENDED\"");
    browser_close(&messages);
    browser_close(&chat);
    free(cookie);
}

static int open_stage(void **state)
{
    (void)state;
    stage = stage_new(NULL);
    return 0;
}

static int open_narrow_stage(void **state)
{
    (void)state;
    static const char *const settings[] = {"KRATT_STREAM_BYTES=4096", "KRATT_HEARTBEAT_MS=2000",
                                           NULL};
    stage = stage_new(settings);
    return 0;
}

static int close_stage(void **state)
{
    (void)state;
    stage_destroy(&stage);
    return 0;
}

/* Each has a gateway of its own, as readers are known by their chat. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_between_close_and_reopen_is_never_missed,
                                        open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_reader_whose_clock_is_behind_is_told_nothing_again,
                                        open_stage, close_stage),
        cmocka_unit_test_setup_teardown(what_one_page_was_handed_is_not_taken_from_another,
                                        open_stage, close_stage),
        cmocka_unit_test_setup_teardown(a_stream_is_quiet_after_a_batch_and_then_has_one_array,
                                        open_stage, close_stage),
        cmocka_unit_test_setup_teardown(two_tabs_do_not_starve_each_other, open_stage, close_stage),
        cmocka_unit_test_setup_teardown(who_closes_after_a_batch_is_told_no_more_until_it_does,
                                        open_stage, close_stage),
        cmocka_unit_test_setup_teardown(another_tab_takes_nothing_from_one_that_is_held_up,
                                        open_stage, close_stage),
        cmocka_unit_test_setup_teardown(the_end_waits_for_a_reader_that_is_between_two_streams,
                                        open_stage, close_stage),
        cmocka_unit_test_setup_teardown(who_stays_after_all_gets_all_that_it_was_not_told,
                                        open_narrow_stage, close_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
