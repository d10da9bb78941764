/* sse-gateway as a program: how long a stream lives. Tokens that expire or are
 * revoked, streams that have lived long enough, and the end of the server. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "browser.h"
#include "clock.h"
#include "test.h"
#include "uuid.h"

#define CHAT    STAGE_FIRST_CHAT
#define NOTHING "{\"headers\":{},\"body\":{\"data\":{},\"error\":null},\"statusCode\":\"OK\","
#define NO_MESSAGES                                                                                \
    "data:{\"headers\":{},\"body\":{\"data\":{\"forwarding_validation\":[]},\"error\":null},"

enum {
    WARNING_MS = 60000,
    PER_ADDRESS = 3,
    SOME = 20,
    DRAIN_MS = 1500,
    MORE_THAN_SOCKETS_HOLD = 110
};

static struct stage *stage;

/* ---- tokens ---- */

static void expect_end_of_right(struct browser *native, const char *frame)
{
    browser_expect(native, frame);
    const char *rest = browser_expect_end(native);
    assert_memory_equal(rest, "retry: ", strlen("retry: "));
    assert_string_equal(rest + strcspn(rest, "\n"), "\n\n");
}

static void an_expired_token_ends_the_right_at_that_moment(void **state)
{
    (void)state;
    int64_t expires = clock_wall_ms() + 2000;
    char *user = stage_short_cookie(stage, CHAT, 2000);
    struct browser *native = browser_open(stage, "/events/get-chat-by-id", user);
    struct browser *messages =
        browser_open(stage, "/sse/get-new-messages?timeRangeBegin=2031-01-01T00:00:00Z", user);
    struct browser *chat = browser_open(stage, "/sse/get-chat-by-id", user);

    browser_expect(native, "\"status\":\"OPEN\"");
    browser_expect(messages, NO_MESSAGES);
    browser_expect(chat, CHAT);
    expect_end_of_right(native, "event: revoked\ndata: {\"reason\":\"token-expired\"}\n\n");
    assert_in_range(clock_wall_ms(), expires - 1000, expires + 1000); /* exp has whole seconds */
    /* No heartbeat is due yet. */
    browser_expect(messages, NO_MESSAGES);
    browser_expect(chat, NOTHING);
    assert_in_range(clock_wall_ms(), expires - 1000, expires + 1000);
    assert_null(strstr(browser_rest(messages), "event:"));
    browser_close(&native);
    native = browser_open(stage, "/events/get-chat-by-id", user);
    browser_expect(native, "HTTP/1.1 401 ");
    browser_close(&native);
    browser_close(&messages);
    browser_close(&chat);
    free(user);
}

static void a_minute_before_its_end_a_native_stream_is_warned(void **state)
{
    (void)state;
    char *user = stage_short_cookie(stage, CHAT, WARNING_MS + 2500);
    struct browser *native = browser_open(stage, "/events/get-chat-by-id", user);
    struct browser *old = browser_open(stage, "/sse/get-chat-by-id", user);

    browser_expect(native, "\"status\":\"OPEN\"");
    browser_expect(native, "\n\n");
    browser_expect(old, CHAT);
    browser_expect(old, "\n\n");
    assert_string_equal(browser_rest(native), "");
    browser_expect(native, "event: token-expiring\ndata: {\"expiresAt\":\"20");
    browser_expect(native, "\"}\n\n");
    assert_string_equal(browser_rest(native), "");
    assert_string_equal(browser_rest(old), "");
    browser_close(&native);
    browser_close(&old);
    free(user);
}

static void who_opens_in_the_last_minute_is_warned_at_once(void **state)
{
    (void)state;
    char *user = stage_short_cookie(stage, CHAT, WARNING_MS - 5000);
    struct browser *native = browser_open(stage, "/events/get-new-messages", user);
    struct browser *old = browser_open(stage, "/sse/get-chat-by-id", user);

    browser_expect(native, "\r\n\r\nretry: ");
    browser_expect(native, "\nevent: token-expiring\ndata: {\"expiresAt\":\"20");
    browser_expect(native, "\n\nid: ");
    browser_expect(old, "\r\n\r\ndata:");
    browser_close(&native);
    browser_close(&old);
    free(user);
}

static void a_stream_that_may_not_be_is_refused_also_in_the_last_minute(void **state)
{
    (void)state;
    char *user = stage_short_cookie(stage, "00000000-0000-4000-8000-00000000dead", 5000);
    struct browser *native = browser_open(stage, "/events/get-new-messages", user);

    browser_expect(native, "HTTP/1.1 404 ");
    browser_close(&native);
    free(user);
}

/* The warning comes while the reader is in the middle of a frame. */
static void a_control_frame_waits_for_the_end_of_a_frame(void **state)
{
    (void)state;
    char *user = stage_short_cookie(stage, CHAT, WARNING_MS + 2500);
    struct browser *slow = browser_open(stage, "/events/get-new-messages", user);
    char content[2900];
    int small = 4096;

    assert_int_equal(setsockopt(browser_socket(slow), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
                     0);
    browser_expect(slow, "\"hello\"");
    memset(content, 'x', sizeof(content) - 1);
    content[sizeof(content) - 1] = '\0';
    for (int i = 0; i < MORE_THAN_SOCKETS_HOLD; i++) {
        stage_post(stage, CHAT, content, false);
        stage_turn(stage, -1, 0);
    }
    stage_await(stage, "/metrics", "kratt_control_frames_total{event=\"token-expiring\"} 3");
    stage_post(stage, CHAT, "after the warning", false);
    browser_expect(slow, "\n\nevent: token-expiring\ndata: {\"expiresAt\":\"20");
    browser_expect(slow, "\"}\n\nid: ");
    browser_expect(slow, "\"after the warning\"");
    browser_close(&slow);
    free(user);
}

static void a_revoked_token_is_told_within_a_second(void **state)
{
    (void)state;
    char token_id[UUID_SIZE];
    char *user = stage_user_cookie(stage, CHAT, token_id);
    struct browser *native = browser_open(stage, "/events/get-chat-by-id", user);

    browser_expect(native, "\"status\":\"OPEN\"");
    browser_expect(native, "\n\n");
    int64_t now = clock_monotonic_ms();
    stage_revoke(stage, token_id);
    expect_end_of_right(native, "event: revoked\ndata: {\"reason\":\"token-revoked\"}\n\n");
    assert_in_range(clock_monotonic_ms(), now, now + 1000);
    browser_close(&native);
    free(user);
}

static void who_loses_its_right_before_it_caught_up_keeps_its_cursor(void **state)
{
    (void)state;
    char token_id[UUID_SIZE];
    char *user = stage_user_cookie(stage, CHAT, token_id);

    stage->holds_answers = true;
    struct browser *native = browser_open(stage, "/events/get-new-messages", user);
    while (!stage->held_peer)
        stage_turn(stage, -1, 20);
    stage_post(stage, CHAT, "newer than what it misses", false);
    stage_revoke(stage, token_id);
    const char *all = browser_expect_end(native);
    assert_non_null(strstr(all, "event: revoked\n"));
    assert_null(strstr(all, "\nid: "));
    stage_answer_held(stage);
    stage->holds_answers = false;
    browser_close(&native);
    free(user);
}

static void who_loses_its_role_loses_its_streams_within_a_second(void **state)
{
    (void)state;
    char *cookie = stage_cookie_of(stage, STAGE_ADMINISTRATOR, "ROLE_ADMINISTRATOR");
    struct browser *native = browser_open(stage, "/events/cs-get-all-active-chats", cookie);
    struct browser *other =
        browser_open(stage, "/events?subscribe=cs-get-all-active-chats", cookie);
    struct browser *old = browser_open(stage, "/sse/cs-get-all-active-chats", cookie);

    browser_expect(native, "snapshot-end");
    browser_expect(native, "\n\n");
    browser_expect(other, ".3\n\n");
    browser_expect(old, CHAT);
    browser_expect(old, "\n\n");
    int64_t now = clock_monotonic_ms();
    stage_set_role(stage, STAGE_ADMINISTRATOR, "ROLE_ANALYST");
    expect_end_of_right(native, "event: revoked\ndata: {\"reason\":\"role-lost\"}\n\n");
    expect_end_of_right(other, "event: revoked\ndata: {\"reason\":\"role-lost\"}\n\n");
    browser_expect(old, NOTHING);
    assert_in_range(clock_monotonic_ms(), now, now + 1000);
    stage_post(stage, CHAT, "not for an analyst", false);
    browser_close(&native);
    native = browser_open(stage, "/events/cs-get-all-active-chats", cookie);
    browser_expect(native, "HTTP/1.1 403 ");
    assert_null(strstr(browser_rest(old), "not for an analyst"));
    browser_close(&native);
    stage_set_role(stage, STAGE_ADMINISTRATOR, "ROLE_ADMINISTRATOR");
    stage_await(stage, "/readyz", "200 OK");
    do { /* until the gateway has heard of it */
        browser_close(&native);
        native = browser_open(stage, "/events/cs-get-all-active-chats", cookie);
        browser_expect(native, "HTTP/1.1 ");
    } while (strncmp(browser_rest(native), "403", 3) == 0);
    browser_expect(native, "200 OK");
    browser_close(&native);
    browser_close(&other);
    browser_close(&old);
    free(cookie);
}

static void what_an_account_may_do_is_known_from_the_start(void **state)
{
    (void)state;
    char *cookie = stage_cookie_of(stage, STAGE_NO_ROLE, "ROLE_ADMINISTRATOR");
    struct browser *native = browser_open(stage, "/events/cs-get-all-active-chats", cookie);

    browser_expect(native, "HTTP/1.1 403 ");
    browser_close(&native);
    free(cookie);
    cookie = stage_cookie_of(stage, "EE6", "ROLE_ADMINISTRATOR"); /* who has no account here */
    native = browser_open(stage, "/events/cs-get-all-active-chats", cookie);
    browser_expect(native, "HTTP/1.1 200 ");
    browser_close(&native);
    free(cookie);
}

static void a_stream_asked_for_while_chat_state_is_away_opens_when_it_is_back(void **state)
{
    (void)state;
    char *user = stage_user_cookie(stage, CHAT, NULL);
    int asked = stage->checks;

    stage->is_silent = true;
    struct browser *native = browser_open(stage, "/events/get-chat-by-id", user);
    struct browser *gone = browser_open(stage, "/events/get-chat-by-id", user);
    while (stage->checks == asked)
        stage_turn(stage, browser_socket(native), 1000);
    assert_string_equal(browser_rest(native), "");
    browser_close(&gone); /* who does not wait for that leaves nothing behind */
    stage->is_silent = false;
    browser_expect(native, "HTTP/1.1 200 OK\r\n");
    browser_expect(native, "\"status\":\"OPEN\"");
    browser_close(&native);
    free(user);
}

static void ends_and_control_frames_are_counted(void **state)
{
    (void)state;
    const char *const lines[] = {
        "kratt_control_frames_total{event=\"token-expiring\"} 4",
        "kratt_control_frames_total{event=\"revoked\"} 5",
        "kratt_connections_closed_total{reason=\"role_lost\"} 2",
        "kratt_connections_closed_total{reason=\"token_expired\"} 1",
        "kratt_connections_closed_total{reason=\"token_revoked\"} 2",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
        stage_await(stage, "/metrics", lines[i]);
}

/* ---- addresses ---- */

static struct browser *open_from(const char *address, const char *path)
{
    char request[256];

    snprintf(request, sizeof(request),
             "GET %s HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\n"
             "X-Forwarded-For: 7.7.7.7, %s\r\n\r\n",
             path, address);
    return browser_send(stage, 0, request, strlen(request));
}

static void an_address_has_so_many_streams_and_no_more(void **state)
{
    (void)state;
    struct browser *held[PER_ADDRESS], *other;

    for (int i = 0; i < PER_ADDRESS; i++) {
        held[i] = open_from("198.51.100.1", "/sse/estimated-waiting-time");
        browser_expect(held[i], "HTTP/1.1 200 OK\r\n");
    }
    for (int door = 0; door < 2; door++) {
        other = open_from("198.51.100.1",
                          door ? "/events/estimated-waiting-time" : "/sse/estimated-waiting-time");
        browser_expect(other, "HTTP/1.1 503 Service Unavailable\r\n");
        browser_expect(other, "Retry-After: ");
        browser_expect(other, "\"too_many_streams\"");
        browser_close(&other);
    }
    other = open_from("198.51.100.2", "/sse/estimated-waiting-time");
    browser_expect(other, "HTTP/1.1 200 OK\r\n");
    browser_close(&other);
    stage_await(stage, "/metrics", "kratt_streams_turned_away_total{reason=\"address\"} 2");
    browser_close(&held[0]);
    stage_await(stage, "/metrics", "{stream=\"estimated-waiting-time\",door=\"sse\"} 2");
    held[0] = open_from("198.51.100.1", "/sse/estimated-waiting-time");
    browser_expect(held[0], "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < PER_ADDRESS; i++)
        browser_close(&held[i]);
}

static void who_is_refused_holds_no_place(void **state)
{
    (void)state;

    for (int i = 0; i < 2 * PER_ADDRESS; i++) {
        struct browser *refused = open_from("198.51.100.3", "/events/get-chat-by-id");
        browser_expect(refused, "HTTP/1.1 401 ");
        browser_close(&refused);
    }
    struct browser *served = open_from("198.51.100.3", "/events/estimated-waiting-time");
    browser_expect(served, "HTTP/1.1 200 OK\r\n");
    browser_close(&served);
}

/* ---- lifetime ---- */

static void a_native_stream_is_ended_at_its_age_and_goes_on_without_loss(void **state)
{
    (void)state;
    char *user = stage_user_cookie(stage, CHAT, NULL);
    int64_t opened = clock_monotonic_ms();
    struct browser *native = browser_open(stage, "/events/get-new-messages", user);
    struct browser *old = browser_open(stage, "/sse/get-chat-by-id", user);
    char path[128], id[32];

    browser_expect(native, "\"hello\"");
    int64_t seq = stage_post(stage, CHAT, "in the first stream", false);
    browser_expect(native, "\"in the first stream\"");
    browser_expect(native, "\n\n");
    const char *rest = browser_expect_end(native);
    assert_memory_equal(rest, "retry: ", strlen("retry: "));
    assert_in_range(strtol(rest + strlen("retry: "), NULL, 10), 100, 1000);
    assert_in_range(clock_monotonic_ms() - opened, 1600, 5000);
    browser_close(&native);
    int64_t next = stage_post(stage, CHAT, "between two streams", false);
    snprintf(path, sizeof(path), "/events/get-new-messages?lastEventId=%lld", (long long)seq);
    native = browser_open(stage, path, user);
    browser_expect(native, "retry: ");
    snprintf(id, sizeof(id), "id: %lld\ndata: ", (long long)next);
    browser_expect(native, id);
    (void)browser_expect_end(native);
    stage_await(stage, "/metrics", "kratt_connections_closed_total{reason=\"lifetime\"} ");
    browser_expect(old, "\"status\":\"OPEN\"");
    browser_expect(old, "\n\n");
    stage_claim(stage, CHAT, "EE1"); /* the old one lives on */
    browser_expect(old, "\"customerSupportId\":\"EE1\"");
    browser_close(&native);
    browser_close(&old);
    free(user);
}

/* ---- the end of the server ---- */

static void send_rest(struct browser *browser)
{
    static const char rest[] = "/sse/estimated-waiting-time HTTP/1.1\r\nHost: a\r\n\r\n";
    ssize_t sent = send(browser_socket(browser), rest, sizeof(rest) - 1, MSG_NOSIGNAL);

    assert_int_equal(sent, sizeof(rest) - 1);
}

static void at_the_end_streams_are_told_and_closed_one_by_one(void **state)
{
    (void)state;
    struct browser *natives[SOME];
    struct browser *old = browser_open(stage, "/sse/estimated-waiting-time", NULL);
    struct browser *late = browser_send(stage, 0, "GET ", 4);

    for (int i = 0; i < SOME; i++)
        natives[i] = browser_open(stage, "/events/estimated-waiting-time", NULL);
    for (int i = 0; i < SOME; i++)
        browser_expect(natives[i], "\"7\"");
    browser_expect(old, "\"7\"");
    browser_expect(old, "\n\n");
    kill(stage->gateway, SIGTERM);
    int64_t now = clock_monotonic_ms();
    stage_await(stage, "/readyz", "503 ");
    assert_int_equal(browser_connect(stage->port), -1);
    send_rest(late);
    browser_expect(late, "HTTP/1.1 503 Service Unavailable\r\n");
    browser_expect(late, "Retry-After: ");
    for (int i = 0; i < SOME; i++)
        expect_end_of_right(natives[i], "event: draining\ndata: {}\n\n");
    int64_t told = clock_monotonic_ms();
    assert_in_range(told - now, DRAIN_MS / 4, DRAIN_MS + 1000); /* the last of so many */
    assert_string_equal(browser_expect_end(old), "");
    assert_true(clock_monotonic_ms() - now >= DRAIN_MS);
    browser_close(&late);
    browser_close(&old);
    for (int i = 0; i < SOME; i++)
        browser_close(&natives[i]);
}

static int open_stage(void **state)
{
    (void)state;
    stage = stage_new(NULL);
    return 0;
}

static int open_short_stage(void **state)
{
    (void)state;
    static const char *const settings[] = {"KRATT_STREAM_LIFETIME_S=2", NULL};
    stage = stage_new(settings);
    return 0;
}

static int open_narrow_stage(void **state)
{
    (void)state;
    static const char *const settings[] = {"KRATT_STREAMS_PER_ADDRESS=3", NULL};
    stage = stage_new(settings);
    return 0;
}

static int open_draining_stage(void **state)
{
    (void)state;
    static const char *const settings[] = {"KRATT_DRAIN_MS=1500", NULL};
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
    const struct CMUnitTest tokens[] = {
        cmocka_unit_test(an_expired_token_ends_the_right_at_that_moment),
        cmocka_unit_test(a_minute_before_its_end_a_native_stream_is_warned),
        cmocka_unit_test(a_control_frame_waits_for_the_end_of_a_frame),
        cmocka_unit_test(who_opens_in_the_last_minute_is_warned_at_once),
        cmocka_unit_test(a_stream_that_may_not_be_is_refused_also_in_the_last_minute),
        cmocka_unit_test(a_revoked_token_is_told_within_a_second),
        cmocka_unit_test(who_loses_its_right_before_it_caught_up_keeps_its_cursor),
        cmocka_unit_test(who_loses_its_role_loses_its_streams_within_a_second),
        cmocka_unit_test(what_an_account_may_do_is_known_from_the_start),
        cmocka_unit_test(a_stream_asked_for_while_chat_state_is_away_opens_when_it_is_back),
        cmocka_unit_test(ends_and_control_frames_are_counted),
    };

    const struct CMUnitTest addresses[] = {
        cmocka_unit_test(an_address_has_so_many_streams_and_no_more),
        cmocka_unit_test(who_is_refused_holds_no_place),
    };
    const struct CMUnitTest lifetime[] = {
        cmocka_unit_test(a_native_stream_is_ended_at_its_age_and_goes_on_without_loss),
    };
    const struct CMUnitTest draining[] = {
        cmocka_unit_test(at_the_end_streams_are_told_and_closed_one_by_one),
    };

    return cmocka_run_group_tests(tokens, open_stage, close_stage) +
           cmocka_run_group_tests(addresses, open_narrow_stage, close_stage) +
           cmocka_run_group_tests(lifetime, open_short_stage, close_stage) +
           cmocka_run_group_tests(draining, open_draining_stage, close_stage);
}
