/* sse-gateway as a program: rights that end, readers that do not read,
 * silence, crowds, and the end of the program. */
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "browser.h"
#include "clock.h"
#include "test.h"
#include "uuid.h"

#define CHAT  STAGE_FIRST_CHAT
#define FRESH "00000000-0000-4000-8000-0000000000f1"
#define ENDED "00000000-0000-4000-8000-0000000000e1"

enum { CROWD = 1000, AT_ONCE = 200, SPARE_KIB = 2048 };

static struct stage *stage;

/* ---- silence ---- */

static void silence_is_broken_by_heartbeats(void **state)
{
    (void)state;
    char *user = stage_user_cookie(stage, CHAT, NULL);
    struct browser *native = browser_open(stage, "/events/estimated-waiting-time", NULL);
    struct browser *waiting = browser_open(stage, "/sse/estimated-waiting-time", NULL);
    struct browser *messages =
        browser_open(stage, "/sse/get-new-messages?timeRangeBegin=2031-01-01T00:00:00Z", user);
    struct browser *chat = browser_open(stage, "/sse/get-chat-by-id", user);
    struct browser *empty = browser_open(stage, "/sse/get-chat-by-id", NULL);

    browser_expect(native, "\"7\"");
    for (int i = 0; i < 3; i++) {
        browser_expect(native, "\n\n:");
        browser_expect(waiting, "data:{\"headers\":{},\"body\":{\"response\":");
        browser_expect(messages,
                       "data:{\"headers\":{},\"body\":{\"data\":{\"forwarding_validation\":[]}");
        browser_expect(chat, "\"forwarding_validation\":{\"id\":\"" CHAT "\"");
        browser_expect(empty, "data:{\"headers\":{},\"body\":{\"data\":{},\"error\":null}");
    }
    browser_close(&native);
    browser_close(&waiting);
    browser_close(&messages);
    browser_close(&chat);
    browser_close(&empty);
    free(user);
}

/* ---- rights that end ---- */

static void a_revoked_token_ends_the_native_stream_and_empties_the_old_one(void **state)
{
    (void)state;
    char token_id[UUID_SIZE];
    char *user = stage_user_cookie(stage, CHAT, token_id);
    struct browser *native = browser_open(stage, "/events/get-new-messages", user);
    struct browser *old =
        browser_open(stage, "/sse/get-new-messages?timeRangeBegin=2031-01-01T00:00:00Z", user);
    struct browser *chat = browser_open(stage, "/sse/get-chat-by-id", user);

    browser_expect(native, "\"hello\"");
    browser_expect(old, "[]");
    browser_expect(chat, CHAT);
    stage_revoke(stage, token_id);
    (void)browser_expect_end(native);
    browser_expect(chat, "\"body\":{\"data\":{},\"error\":null}");
    stage_post(stage, CHAT, "not for revoked eyes", false);
    browser_expect(old, "[]");
    browser_expect(old, "[]");
    assert_null(strstr(browser_rest(old), "revoked eyes"));
    browser_close(&native);
    native = browser_open(stage, "/events/get-new-messages", user);
    browser_expect(native, "HTTP/1.1 401 ");
    browser_close(&native);
    browser_close(&old);
    browser_close(&chat);
    free(user);
}

static void an_expired_token_ends_the_right(void **state)
{
    (void)state;
    char *agent = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 2000);
    struct browser *native = browser_open(stage, "/events/cs-get-all-active-chats", agent);
    struct browser *old = browser_open(stage, "/sse/cs-get-all-active-chats", agent);

    browser_expect(native, "snapshot-end");
    browser_expect(old, "get_all_active_chats");
    (void)browser_expect_end(native);
    browser_expect(old, "\"body\":{\"data\":{},\"error\":null}");
    browser_close(&native);
    browser_close(&old);
    free(agent);
}

/* ---- the end of a chat ---- */

static void the_closing_message_goes_before_the_ended_state(void **state)
{
    (void)state;
    stage_open_chat(stage, ENDED);
    char *user = stage_user_cookie(stage, ENDED, NULL);
    struct browser *messages =
        browser_open(stage, "/sse/get-new-messages?timeRangeBegin=2031-01-01T00:00:00Z", user);
    struct browser *chat = browser_open(stage, "/sse/get-chat-by-id", user);

    browser_expect(messages, "[]");
    browser_expect(chat, "\"status\":\"OPEN\"");
    stage_end_chat(stage, ENDED, NULL);
    browser_expect(messages, "\"event\":\"answered\"");
    assert_null(strstr(browser_rest(chat), "ENDED"));
    struct browser *reopened = browser_open(stage, "/sse/get-chat-by-id", user);
    browser_expect(reopened, "HTTP/1.1 200 OK");
    assert_null(strstr(browser_rest(reopened), "ENDED"));
    browser_expect(chat, "\"status\":\"ENDED\"");
    browser_expect(reopened, "\"status\":\"ENDED\"");
    browser_close(&reopened);
    reopened = browser_open(stage, "/events/get-chat-by-id", user);
    browser_expect(reopened, "\"status\":\"ENDED\"");
    browser_close(&reopened);
    browser_close(&messages);
    browser_close(&chat);
    free(user);
}

/* The end user ends its chat: its token goes with it, and yet its streams tell
 * the end. */
static void the_end_reaches_who_loses_the_right_with_it(void **state)
{
    (void)state;
    char token_id[UUID_SIZE];

    stage_open_chat(stage, FRESH);
    char *user = stage_user_cookie(stage, FRESH, token_id);
    struct browser *chat = browser_open(stage, "/sse/get-chat-by-id", user);
    struct browser *native = browser_open(stage, "/events/get-chat-by-id", user);

    browser_expect(chat, "\"status\":\"OPEN\"");
    browser_expect(native, "\"status\":\"OPEN\"");
    stage_end_chat(stage, FRESH, token_id);
    browser_expect(chat, "\"status\":\"ENDED\"");
    browser_expect(native, "\"status\":\"ENDED\"");
    (void)browser_expect_end(native);
    browser_expect(chat, "\"body\":{\"data\":{},\"error\":null}");
    browser_close(&chat);
    browser_close(&native);
    free(user);
}

/* ---- readers that do not read (A-44) ---- */

static void fill(const char *chat_id, int count)
{
    char content[2900];

    memset(content, 'x', sizeof(content) - 1);
    content[sizeof(content) - 1] = '\0';
    for (int i = 0; i < count; i++) {
        stage_post(stage, chat_id, content, false);
        stage_turn(stage, -1, 0);
    }
}

static void a_slow_reader_is_closed_and_delays_nobody(void **state)
{
    (void)state;
    char *agent = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 600000);
    const char *path = "/events/cs-get-new-messages?chatId=" CHAT "&lastRead=2031-01-01T00:00:00Z";
    struct browser *slow = browser_open(stage, path, agent);
    struct browser *fast = browser_open(stage, path, agent);
    int small = 4096;

    assert_int_equal(setsockopt(browser_socket(slow), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
                     0);
    browser_expect(slow, "\nid: ");
    browser_expect(fast, "\nid: ");
    browser_expect(fast, "\n\n");
    for (int i = 0; i < 10; i++) {
        fill(CHAT, 100);
        stage_post(stage, CHAT, "mark", false);
        browser_expect(fast, "\"mark\"");
    }
    stage_await(stage, "/metrics", "kratt_connections_closed_total{reason=\"too_far_behind\"} 1");
    browser_close(&slow);
    browser_close(&fast);
    free(agent);
}

static void a_reader_that_stops_is_closed(void **state)
{
    (void)state;
    char *agent = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 600000);
    int small = 4096;
    /* More than its sockets hold, and all of it its own. */
    struct browser *stopped =
        browser_open(stage, "/events/cs-get-new-messages?chatId=" CHAT, agent);

    assert_int_equal(
        setsockopt(browser_socket(stopped), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    stage_await(stage, "/metrics", "kratt_connections_closed_total{reason=\"stalled\"} 1");
    browser_close(&stopped);
    free(agent);
}

/* ---- crowds ---- */

static int open_files(pid_t pid)
{
    char path[64];
    int count = 0;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static long heap_kib(pid_t pid)
{
    char path[64], line[256];
    long kib = 0;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, "RssAnon:", 8) == 0)
            kib = strtol(line + 8, NULL, 10);
    fclose(file);
    return kib;
}

static void open_and_close_a_crowd(const char *user, const char *agent)
{
    static const char *const paths[] = {
        "/sse/get-new-messages?timeRangeBegin=2031-01-01T00:00:00Z",
        "/events/get-chat-by-id",
        "/sse/cs-get-all-active-chats",
        "/events/estimated-waiting-time?chatId=1",
        "/sse/get-chat-by-id",
    };
    struct browser *browsers[AT_ONCE];

    for (int i = 0; i < CROWD; i += AT_ONCE) {
        for (int j = 0; j < AT_ONCE; j++)
            browsers[j] = browser_open(stage, paths[j % 5], j % 5 == 2 ? agent : user);
        for (int j = 0; j < AT_ONCE; j += 2)
            browser_expect(browsers[j], "data:");
        for (int j = 0; j < AT_ONCE; j++)
            browser_close(&browsers[j]);
    }
    for (int door = 0; door < 2; door++)
        stage_await(stage, "/metrics",
                    door ? "stream=\"get-chat-by-id\",door=\"events\"} 0"
                         : "stream=\"get-new-messages\",door=\"sse\"} 0");
}

static void a_thousand_opens_and_closes_leave_nothing_behind(void **state)
{
    (void)state;
    char *user = stage_user_cookie(stage, CHAT, NULL);
    char *agent = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 600000);

    open_and_close_a_crowd(user, agent); /* so that the allocator has what it needs */
    int files = open_files(stage->gateway);
    long kib = heap_kib(stage->gateway);
    open_and_close_a_crowd(user, agent);
    int64_t end = clock_monotonic_ms() + 5000;
    while (open_files(stage->gateway) > files + 1 && clock_monotonic_ms() < end)
        stage_turn(stage, -1, 20);
    assert_in_range(open_files(stage->gateway), 1, files + 1);
    assert_in_range(heap_kib(stage->gateway), 1, kib + SPARE_KIB);
    free(user);
    free(agent);
}

static void the_one_too_many_hears_503(void **state)
{
    (void)state;
    struct browser *browsers[AT_ONCE + 1];

    for (int i = 0; i < AT_ONCE; i++)
        browsers[i] = browser_open(stage, "/events/estimated-waiting-time", NULL);
    for (int i = 0; i < AT_ONCE; i++)
        browser_expect(browsers[i], "data: ");
    browsers[AT_ONCE] = browser_open(stage, "/sse/estimated-waiting-time", NULL);
    browser_expect(browsers[AT_ONCE], "HTTP/1.1 503 Service Unavailable\r\n");
    browser_expect(browsers[AT_ONCE], "Retry-After: ");
    browser_close(&browsers[AT_ONCE]);
    browser_close(&browsers[0]);
    stage_await(stage, "/metrics", "stream=\"estimated-waiting-time\",door=\"events\"} 199");
    browsers[0] = browser_open(stage, "/sse/estimated-waiting-time", NULL);
    browser_expect(browsers[0], "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < AT_ONCE; i++)
        browser_close(&browsers[i]);
}

/* ---- the end ---- */

static void at_the_end_native_streams_are_told_when_to_return(void **state)
{
    (void)state;
    struct browser *native = browser_open(stage, "/events/estimated-waiting-time", NULL);
    struct browser *old = browser_open(stage, "/sse/estimated-waiting-time", NULL);

    browser_expect(native, "\"7\"");
    browser_expect(old, "\"7\"");
    kill(stage->gateway, SIGTERM);
    browser_expect(native, "retry: ");
    (void)browser_expect_end(native);
    (void)browser_expect_end(old);
    browser_close(&native);
    browser_close(&old);
}

static int open_stage(void **state)
{
    (void)state;
    static const char *const settings[] = {"KRATT_HEARTBEAT_MS=300", NULL};
    stage = stage_new(settings);
    return 0;
}

static int open_narrow_stage(void **state)
{
    (void)state;
    static const char *const settings[] = {"KRATT_CONNECTIONS=200", "KRATT_STREAM_STALL_MS=700",
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

int main(void)
{
    const struct CMUnitTest beating[] = {
        cmocka_unit_test(silence_is_broken_by_heartbeats),
        cmocka_unit_test(a_revoked_token_ends_the_native_stream_and_empties_the_old_one),
        cmocka_unit_test(an_expired_token_ends_the_right),
        cmocka_unit_test(the_closing_message_goes_before_the_ended_state),
        cmocka_unit_test(the_end_reaches_who_loses_the_right_with_it),
        cmocka_unit_test(a_thousand_opens_and_closes_leave_nothing_behind),
    };
    const struct CMUnitTest narrow[] = {
        cmocka_unit_test(the_one_too_many_hears_503),
        cmocka_unit_test(a_slow_reader_is_closed_and_delays_nobody),
        cmocka_unit_test(a_reader_that_stops_is_closed),
        cmocka_unit_test(at_the_end_native_streams_are_told_when_to_return),
    };

    return cmocka_run_group_tests(beating, open_stage, close_stage) +
           cmocka_run_group_tests(narrow, open_narrow_stage, close_stage);
}
