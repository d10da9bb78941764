/* sse-gateway as a program: csaTitle is shown while the configuration says so
 * (contract §6.4), and a change of that loses and doubles nothing. */
#include <stdlib.h>
#include <string.h>

#include "browser.h"
#include "clock.h"
#include "own.h"
#include "test.h"

#define CHAT    STAGE_FIRST_CHAT
#define SHOWN   "\"csaTitle\":\"" STAGE_TITLE "\""
#define HIDDEN  "\"csaTitle\":\"\""
#define SEVERAL "/events?subscribe=cs-get-all-active-chats&subscribe=get-chat-by-id"

enum { PATIENCE_MS = 10000, TURN_MS = 20 };

static struct stage *stage;
static char *user, *agent, *both;

/* Each stream that shows a chat, at both doors. */
static const struct {
    const char *path;
    char **cookie;
    bool is_native;
    int topics;
} readers[] = {
    {"/sse/get-chat-by-id", &user, false, 1},
    {"/sse/cs-get-all-active-chats", &agent, false, 1},
    {"/events/get-chat-by-id", &user, true, 1},
    {"/events/cs-get-all-active-chats", &agent, true, 1},
    {SEVERAL, &both, true, 2},
};

enum { READERS = sizeof(readers) / sizeof(*readers) };

/* Waits until text is in what came, and returns all that came, lent. */
static const char *await(struct browser *browser, const char *text)
{
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;

    while (!strstr(browser_rest(browser), text)) {
        if (clock_monotonic_ms() > end)
            fail_msg("no %s in %s", text, browser_rest(browser));
        browser_take(browser, TURN_MS);
    }
    return browser_rest(browser);
}

static void expect_id(struct browser *browser, int64_t seq)
{
    char id[32];

    snprintf(id, sizeof(id), "id: %lld\n", (long long)seq);
    browser_expect(browser, id);
}

static struct browser *resume(const char *path, const char *cookie, int64_t seq)
{
    char text[256];

    snprintf(text, sizeof(text), "%s%slastEventId=%lld%s", path, strchr(path, '?') ? "&" : "?",
             (long long)seq, strchr(path, '?') ? ".3" : "");
    return browser_open(stage, text, cookie);
}

/* Tells all streams that the titles are as they are, so that nothing is on its
 * way any more. */
static void show_titles(bool are_shown)
{
    stage_show_titles(stage, are_shown);
    for (int i = 0; i < READERS; i++) {
        struct browser *browser;
        bool is_so = false;
        for (int64_t end = clock_monotonic_ms() + PATIENCE_MS; !is_so;) {
            assert_true(clock_monotonic_ms() < end);
            browser = browser_open(stage, readers[i].path, *readers[i].cookie);
            is_so = strstr(await(browser, "csaTitle"), are_shown ? SHOWN : HIDDEN) != NULL;
            browser_close(&browser);
        }
    }
}

/* What comes after that is about something else. */
static void say_a_word(struct browser *const browsers[READERS])
{
    static int words;
    char word[32];

    snprintf(word, sizeof(word), "\"word %d\"", ++words);
    word[strlen(word) - 1] = '\0';
    stage_post(stage, CHAT, word + 1, false);
    for (int i = 0; i < READERS; i++) {
        for (int topic = 0; topic < readers[i].topics; topic++)
            browser_expect(browsers[i], word);
        browser_expect(browsers[i], "\n\n");
    }
}

static void open_all(struct browser *browsers[READERS])
{
    for (int i = 0; i < READERS; i++) {
        browsers[i] = browser_open(stage, readers[i].path, *readers[i].cookie);
        for (int topic = 0; topic < readers[i].topics; topic++)
            browser_expect(browsers[i], SHOWN);
    }
    say_a_word(browsers);
}

/* ---- */

static void who_shows_a_chat_is_told_it_again_without_an_id(void **state)
{
    (void)state;
    struct browser *browsers[READERS];

    open_all(browsers);
    for (int shown = 0; shown <= 1; shown++) {
        stage_show_titles(stage, shown);
        for (int i = 0; i < READERS; i++) {
            const char *told = await(browsers[i], shown ? SHOWN : HIDDEN);
            const char *id = strstr(told, "id: ");
            assert_null(strstr(told, shown ? HIDDEN : SHOWN));
            assert_true(!id || id > strstr(told, "csaTitle"));
        }
        say_a_word(browsers);
    }
    for (int i = 0; i < READERS; i++)
        browser_close(&browsers[i]);
}

static void what_happens_around_it_comes_once_and_in_order(void **state)
{
    (void)state;
    struct browser *browser = browser_open(stage, "/events/get-chat-by-id", user);

    browser_expect(browser, SHOWN);
    int64_t before = stage_post(stage, CHAT, "before", false);
    stage_show_titles(stage, false);
    int64_t after = stage_post(stage, CHAT, "after", false);
    expect_id(browser, before);
    browser_expect(browser, "\"before\"");
    expect_id(browser, after);
    browser_expect(browser, "\"after\"");
    browser_expect(browser, "\n\n");
    const char *told = browser_rest(browser);
    assert_null(strstr(told, "id: "));
    assert_null(strstr(told, "\"before\""));
    browser_close(&browser);
    show_titles(true);
}

static void a_cursor_from_before_reads_values_as_they_are_now(void **state)
{
    (void)state;
    struct browser *browsers[READERS];
    int64_t cursor = stage->seq;

    open_all(browsers);
    for (int i = 0; i < READERS; i++)
        browser_close(&browsers[i]);
    show_titles(false);
    for (int i = 0; i < READERS; i++) {
        if (!readers[i].is_native)
            continue;
        struct browser *browser = resume(readers[i].path, *readers[i].cookie, cursor);
        assert_null(strstr(await(browser, HIDDEN), SHOWN));
        browser_close(&browser);
    }
    show_titles(true);
}

static void a_change_that_was_not_heard_of_is_learned_from_the_logs_head(void **state)
{
    (void)state;
    struct browser *browser = browser_open(stage, "/sse/get-chat-by-id", user);

    browser_expect(browser, SHOWN);
    struct setting_version *version =
        list_append((struct list *)&stage->settings, &message_types[MESSAGE_setting_version]);
    version->id = (int64_t)stage->settings.count;
    version->key = own_copy("is_csa_title_visible");
    version->value = own_copy("false");
    stage_publish_head(stage);
    browser_expect(browser, HIDDEN);
    browser_close(&browser);
    show_titles(true);
}

static void a_gateway_that_starts_shows_no_title_before_it_knows(void **state)
{
    (void)state;
    show_titles(false);
    stage->keeps_settings = true;
    stage_restart(stage);
    struct browser *browser = browser_open(stage, "/events/get-chat-by-id", user);
    browser_take(browser, 300);
    assert_null(strstr(browser_rest(browser), "csaTitle"));
    stage->keeps_settings = false;
    assert_null(strstr(await(browser, HIDDEN), SHOWN));
    browser_close(&browser);
    stage_await(stage, "/readyz", "200 OK");
}

static int open_with(const char *const *settings)
{
    stage = stage_new(settings);
    stage_claim(stage, CHAT, "EE7");
    user = stage_user_cookie(stage, CHAT, NULL);
    agent = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 600000);
    if (asprintf(&both, "%s; %s", user, agent) < 0)
        return -1;
    show_titles(true);
    return 0;
}

static int open_stage(void **state)
{
    (void)state;
    return open_with(NULL);
}

/* What was missed is then in the log alone. */
static int open_without_ring(void **state)
{
    static const char *const settings[] = {"KRATT_RING_BYTES=1", NULL};

    (void)state;
    return open_with(settings);
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
        cmocka_unit_test(who_shows_a_chat_is_told_it_again_without_an_id),
        cmocka_unit_test(what_happens_around_it_comes_once_and_in_order),
        cmocka_unit_test(a_cursor_from_before_reads_values_as_they_are_now),
        cmocka_unit_test(a_change_that_was_not_heard_of_is_learned_from_the_logs_head),
        cmocka_unit_test(a_gateway_that_starts_shows_no_title_before_it_knows),
    };
    const struct CMUnitTest small[] = {
        cmocka_unit_test(a_cursor_from_before_reads_values_as_they_are_now),
    };

    return cmocka_run_group_tests(tests, open_stage, close_stage) +
           cmocka_run_group_tests(small, open_without_ring, close_stage);
}
