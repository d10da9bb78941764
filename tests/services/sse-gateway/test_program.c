/* sse-gateway as a program: first frames, pushes and refusals, at both doors. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "browser.h"
#include "bus.h"
#include "test.h"
#include "uuid.h"

#define CHAT  STAGE_FIRST_CHAT
#define OTHER "00000000-0000-4000-8000-000000000002"

static struct stage *stage;

static void expect_once(const char *path, const char *cookie, const char *text)
{
    struct browser *browser = browser_open(stage, path, cookie);

    browser_expect(browser, text);
    browser_close(&browser);
}

/* ---- first frames ---- */

static void the_head_is_that_of_an_event_stream(void **state)
{
    (void)state;
    struct browser *browser = browser_open(stage, "/sse/estimated-waiting-time", NULL);

    browser_expect(browser, "HTTP/1.1 200 OK\r\n"
                            "Content-Type: text/event-stream;charset=UTF-8\r\n"
                            "Cache-Control: no-cache, no-transform\r\n"
                            "X-Accel-Buffering: no\r\n"
                            "Connection: close\r\n"
                            "Vary: Origin\r\n\r\n");
    browser_close(&browser);
}

static void the_waiting_time_comes_at_once(void **state)
{
    (void)state;
    expect_once("/sse/estimated-waiting-time", NULL,
                "\r\n\r\ndata:{\"headers\":{},\"body\":{\"response\":{\"durationInSeconds\":\"7\","
                "\"positionInUnassignedChats\":\"0\"}},\"statusCode\":\"OK\","
                "\"statusCodeValue\":200}\n\n");
    expect_once("/events/estimated-waiting-time?chatId=123", NULL,
                "\ndata: {\"response\":{\"durationInSeconds\":\"7\","
                "\"positionInUnassignedChats\":\"0\"}}\n\n");
}

static void health_comes_at_once(void **state)
{
    (void)state;
    const char *components = "{\"data\":{\"set_healthz_response\":{\"data\":["
                             "{\"name\":\"TIM\",\"version\":\"1.0\"},"
                             "{\"name\":\"RUUTER\",\"version\":\"1.0\"},"
                             "{\"name\":\"DMAPPER\",\"version\":\"1.0\"},"
                             "{\"name\":\"RESQL\",\"version\":\"1.0\"}]}},\"error\":null}";
    char frame[512];

    snprintf(frame, sizeof(frame), "\ndata: %s\n\n", components);
    expect_once("/events/cs-get-components-healthz-status", NULL, frame);
    snprintf(frame, sizeof(frame),
             "\r\n\r\ndata:{\"headers\":{},\"body\":%s,\"statusCode\":\"OK\","
             "\"statusCodeValue\":200}\n\n",
             components);
    expect_once("/sse/cs-get-components-healthz-status", NULL, frame);
}

static void an_end_user_gets_its_chat_and_messages_at_once(void **state)
{
    (void)state;
    char *cookie = stage_user_cookie(stage, CHAT, NULL);

    expect_once("/sse/get-chat-by-id?id=" OTHER, cookie,
                "\r\n\r\ndata:{\"headers\":{},\"body\":{\"data\":{\"forwarding_validation\":"
                "{\"id\":\"" CHAT "\",\"customerSupportId\":\"\"");
    expect_once(
        "/sse/get-new-messages?chatId=" OTHER, cookie,
        "\r\n\r\ndata:{\"headers\":{},\"body\":{\"data\":{\"forwarding_validation\":[{\"id\":");
    expect_once("/sse/get-messages-by-chat-id", cookie, "\"forwarding_validation\":[{\"id\":");
    expect_once("/events/get-chat-by-id", cookie, "\nid: 1\ndata: {\"id\":\"" CHAT "\"");
    expect_once("/events/get-new-messages", cookie, "\nid: 1\ndata: {\"id\":");
    free(cookie);
}

static void an_agent_gets_chats_and_messages_at_once(void **state)
{
    (void)state;
    char *cookie = stage_agent_cookie(stage, "ROLE_CUSTOMER_SUPPORT_AGENT", 60000);

    expect_once(
        "/sse/cs-get-all-active-chats", cookie,
        "\r\n\r\ndata:{\"headers\":{},\"body\":{\"data\":{\"get_all_active_chats\":[{\"id\":\"" CHAT
        "\"");
    expect_once("/events/cs-get-all-active-chats", cookie, "\ndata: {\"id\":\"" CHAT "\"");
    expect_once("/events/cs-get-all-active-chats", cookie,
                "event: snapshot-end\nid: 1\ndata: {}\n\n");
    expect_once("/sse/cs-get-new-messages?chatId=" CHAT "&lastRead=", cookie,
                "\"cs_get_new_messages\":[{\"id\":");
    expect_once("/sse/cs-get-messages-by-chat-id?chatId=" CHAT, cookie,
                "\"cs_get_messages_by_chat_id\":[{\"id\":");
    expect_once("/events/cs-get-new-messages?chatId=" CHAT, cookie, "\nid: 1\ndata: {\"id\":");
    expect_once("/events/cs-get-messages-by-chat-id?chatId=" CHAT, cookie, "\nid: 1\ndata: {");
    free(cookie);
}

static void without_a_right_the_old_door_opens_empty(void **state)
{
    (void)state;
    const char *object = "\r\n\r\ndata:{\"headers\":{},\"body\":{\"data\":{},\"error\":null},"
                         "\"statusCode\":\"OK\",\"statusCodeValue\":200}\n\n";
    const char *array =
        "\r\n\r\ndata:{\"headers\":{},\"body\":{\"data\":{\"cs_get_new_messages\":[]},"
        "\"error\":null},\"statusCode\":\"OK\",\"statusCodeValue\":200}\n\n";
    char *analyst = stage_agent_cookie(stage, "ROLE_ANALYST", 60000);
    char *user = stage_user_cookie(stage, CHAT, NULL);
    char *agent = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 60000);

    expect_once("/sse/get-chat-by-id", NULL, object);
    expect_once("/sse/get-chat-by-id", "chatJwt=nonsense", object);
    expect_once("/sse/cs-get-all-active-chats", analyst, object);
    expect_once("/sse/cs-get-all-active-chats", user, object);
    expect_once("/sse/cs-get-new-messages?chatId=" CHAT, user, array);
    expect_once("/sse/cs-get-new-messages?chatId=x", agent, array);
    expect_once("/sse/cs-get-new-messages?chatId=" OTHER, agent, array);
    free(analyst);
    free(user);
    free(agent);
}

static void without_a_right_the_native_door_refuses(void **state)
{
    (void)state;
    char *analyst = stage_agent_cookie(stage, "ROLE_ANALYST", 60000);
    char *agent = stage_agent_cookie(stage, "ROLE_SERVICE_MANAGER", 60000);
    char *other = stage_user_cookie(stage, OTHER, NULL);

    expect_once("/events/get-chat-by-id", NULL, "HTTP/1.1 401 Unauthorized\r\n");
    expect_once("/events/get-chat-by-id", NULL,
                "{\"data\":null,\"error\":{\"code\":\"not_authenticated\",\"message\":\"");
    expect_once("/events/cs-get-all-active-chats", analyst, "HTTP/1.1 403 Forbidden\r\n");
    expect_once("/events/cs-get-new-messages", agent, "HTTP/1.1 400 Bad Request\r\n");
    expect_once("/events/cs-get-new-messages?chatId=" CHAT "&lastRead=garbage", agent,
                "HTTP/1.1 400 Bad Request\r\n");
    expect_once("/events/cs-get-new-messages?chatId=" OTHER, agent, "HTTP/1.1 404 Not Found\r\n");
    expect_once("/events/get-chat-by-id", other, "HTTP/1.1 404 Not Found\r\n");
    expect_once("/events/nothing", NULL, "HTTP/1.1 404 Not Found\r\n");
    expect_once("/", NULL, "HTTP/1.1 404 Not Found\r\n");
    free(analyst);
    free(agent);
    free(other);
}

/* ---- heads ---- */

static void expect_answer(const char *request, const char *answer)
{
    struct browser *browser = browser_send(stage, 0, request, strlen(request));

    browser_expect(browser, answer);
    shutdown(browser_socket(browser), SHUT_WR);
    (void)browser_expect_end(browser);
    browser_close(&browser);
}

static void bad_heads_are_refused(void **state)
{
    (void)state;
    char long_head[9000];

    expect_answer("POST /sse/get-chat-by-id HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
                  "HTTP/1.1 405 Method Not Allowed\r\n");
    expect_answer("POST / HTTP/1.1\r\nHost: a\r\n\r\n", "Allow: GET, HEAD, OPTIONS\r\n");
    expect_answer("GET /sse/x HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n");
    expect_answer("GET /sse/x HTTP/1.1\nHost: a\n\n", "HTTP/1.1 400 Bad Request\r\n");
    expect_answer("GET /sse/x HTTP/2.0\r\nHost: a\r\n\r\n", "HTTP/1.1 505 ");
    expect_answer("\x16\x03\x01", "HTTP/1.1 400 Bad Request\r\n");
    memset(long_head, 'a', sizeof(long_head) - 1);
    long_head[sizeof(long_head) - 1] = '\0';
    memcpy(long_head, "GET / HTTP/1.1\r\nX: ", 19);
    struct browser *browser = browser_send(stage, 0, long_head, 8192);
    browser_expect(browser, "HTTP/1.1 431 ");
    browser_close(&browser);
}

static void a_head_may_come_in_pieces(void **state)
{
    (void)state;
    const char *request = "GET /sse/estimated-waiting-time HTTP/1.1\r\nHost: a\r\n\r\n";
    struct browser *browser = browser_send(stage, 0, request, 1);

    for (size_t i = 1; request[i]; i++) {
        assert_int_equal(send(browser_socket(browser), request + i, 1, 0), 1);
        stage_turn(stage, -1, 0);
    }
    browser_expect(browser, "\"statusCodeValue\":200}\n\n");
    browser_close(&browser);
}

static void head_and_options_get_headers_alone(void **state)
{
    (void)state;
    expect_answer("HEAD /sse/estimated-waiting-time HTTP/1.1\r\nHost: a\r\n\r\n",
                  "Connection: close\r\nVary: Origin\r\n\r\n");
    expect_answer("HEAD /events/get-chat-by-id HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 401 ");
    expect_answer("OPTIONS /sse/get-chat-by-id HTTP/1.1\r\nHost: a\r\n"
                  "Origin: http://localhost:3000\r\n\r\n",
                  "HTTP/1.1 204 No Content\r\n"
                  "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n");
}

static void allowed_pages_may_read_every_answer(void **state)
{
    (void)state;
    const char *cors = "Vary: Origin\r\nAccess-Control-Allow-Origin: http://localhost:3000\r\n"
                       "Access-Control-Allow-Credentials: true\r\n";

    expect_answer("GET /events/get-chat-by-id HTTP/1.1\r\nHost: a\r\n"
                  "Origin: http://localhost:3000\r\n\r\n",
                  cors);
    expect_answer("OPTIONS /sse/get-chat-by-id HTTP/1.1\r\nHost: a\r\n"
                  "Origin: http://localhost:3000\r\n\r\n",
                  cors);
    expect_answer("PUT / HTTP/1.1\r\nHost: a\r\nOrigin: http://localhost:3000\r\n\r\n", cors);
    expect_answer("HEAD /sse/get-chat-by-id HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.ee\r\n\r\n",
                  "Vary: Origin\r\n\r\n");
}

/* ---- pushes ---- */

static void a_message_reaches_every_stream_of_its_chat(void **state)
{
    (void)state;
    char *user = stage_user_cookie(stage, CHAT, NULL);
    char *agent = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 60000);
    struct browser *old =
        browser_open(stage, "/sse/get-new-messages?timeRangeBegin=2030-01-01T00:00:00.000Z", user);
    struct browser *native = browser_open(stage, "/events/cs-get-new-messages?chatId=" CHAT, agent);
    struct browser *list = browser_open(stage, "/sse/cs-get-all-active-chats", agent);
    char frame[128];

    browser_expect(old, "\"forwarding_validation\":[]}");
    browser_expect(native, "\"hello\"");
    browser_expect(list, "get_all_active_chats");
    int64_t seq = stage_post(stage, CHAT, "t\xc3\xa4na \"\xf0\x9f\x99\x82\"", false);
    browser_expect(old,
                   "data:{\"headers\":{},\"body\":{\"data\":{\"forwarding_validation\":[{\"id\":");
    browser_expect(old, "\"content\":\"t\xc3\xa4na \\\"\xf0\x9f\x99\x82\\\"\"");
    snprintf(frame, sizeof(frame), "id: %lld\ndata: {\"id\":", (long long)seq);
    browser_expect(native, frame);
    browser_expect(list, "\"lastMessage\":\"t\xc3\xa4na");
    browser_close(&old);
    browser_close(&native);
    browser_close(&list);
    free(user);
    free(agent);
}

static void a_claim_reaches_the_end_user_and_the_list(void **state)
{
    (void)state;
    char *user = stage_user_cookie(stage, CHAT, NULL);
    char *agent = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 60000);
    struct browser *old = browser_open(stage, "/sse/get-chat-by-id", user);
    struct browser *native = browser_open(stage, "/events/get-chat-by-id", user);
    struct browser *rows = browser_open(stage, "/events/cs-get-all-active-chats", agent);

    browser_expect(old, "\"customerSupportId\":\"\"");
    browser_expect(native, "\"customerSupportId\":\"\"");
    browser_expect(rows, "snapshot-end");
    stage_claim(stage, CHAT, "EE123Csa1Id");
    browser_expect(old, "\"customerSupportId\":\"EE123Csa1Id\"");
    browser_expect(native, "\"customerSupportId\":\"EE123Csa1Id\"");
    browser_expect(rows, "\"customerSupportId\":\"EE123Csa1Id\"");
    browser_close(&old);
    browser_close(&native);
    browser_close(&rows);
    free(user);
    free(agent);
}

static void a_chat_that_opens_and_ends_comes_and_goes_in_the_list(void **state)
{
    (void)state;
    char *agent = stage_agent_cookie(stage, "ROLE_ADMINISTRATOR", 60000);
    struct browser *old = browser_open(stage, "/sse/cs-get-all-active-chats", agent);
    struct browser *rows = browser_open(stage, "/events/cs-get-all-active-chats", agent);

    browser_expect(old, "get_all_active_chats");
    browser_expect(rows, "snapshot-end");
    stage_open_chat(stage, OTHER);
    browser_expect(old, OTHER);
    browser_expect(rows, "{\"id\":\"" OTHER "\"");
    stage_end_chat(stage, OTHER, NULL);
    browser_expect(rows, "\"ended\":\"2023");
    browser_expect(old, "get_all_active_chats");
    browser_expect(old, "\"statusCodeValue\":200}\n\n");
    assert_null(strstr(browser_rest(old), OTHER));
    browser_close(&old);
    browser_close(&rows);
    free(agent);
}

static void waiting_and_health_are_pushed_when_they_change(void **state)
{
    (void)state;
    struct place place = {.position = 3, .seconds = 300};
    struct waiting waiting = {.seconds = 100, .places = {&place, 1}};
    char name[] = "TIM", nothing[] = "";
    struct component component = {.name = name, .version = nothing};
    struct health health = {.components = {&component, 1}};
    struct browser *placed =
        browser_open(stage, "/events/estimated-waiting-time?chatId=" CHAT, NULL);
    struct browser *newcomer = browser_open(stage, "/sse/estimated-waiting-time", NULL);
    struct browser *components =
        browser_open(stage, "/events/cs-get-components-healthz-status", NULL);

    browser_expect(placed, "\"durationInSeconds\":\"7\",\"positionInUnassignedChats\":\"0\"");
    browser_expect(newcomer, "\"durationInSeconds\":\"7\"");
    browser_expect(newcomer, "\n\n");
    browser_expect(components, "RESQL");
    memcpy(place.chat_id, CHAT, UUID_SIZE);
    assert_int_equal(bus_send(stage->waiting_events, NULL, MESSAGE_waiting, &waiting), 0);
    browser_expect(placed, "data: {\"response\":{\"durationInSeconds\":\"300\","
                           "\"positionInUnassignedChats\":\"3\"}}\n\n");
    browser_expect(newcomer, "\"durationInSeconds\":\"100\",\"positionInUnassignedChats\":\"0\"");
    browser_expect(newcomer, "\n\n");
    place.seconds = 200;
    assert_int_equal(bus_send(stage->waiting_events, NULL, MESSAGE_waiting, &waiting), 0);
    browser_expect(placed, "\"200\"");
    browser_expect_nothing(newcomer, 100);
    waiting.seconds = 7;
    waiting.places.count = 0;
    assert_int_equal(bus_send(stage->waiting_events, NULL, MESSAGE_waiting, &waiting), 0);
    browser_expect(placed, "\"7\"");
    assert_int_equal(bus_send(stage->health_events, NULL, MESSAGE_health, &health), 0);
    browser_expect(components, "{\"name\":\"TIM\",\"version\":\"\"}");
    browser_close(&placed);
    browser_close(&newcomer);
    browser_close(&components);
}

static int open_stage(void **state)
{
    (void)state;
    stage = stage_new(NULL);
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
    /* One stage for all: each test leaves it so that the next can go on. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_is_that_of_an_event_stream),
        cmocka_unit_test(the_waiting_time_comes_at_once),
        cmocka_unit_test(health_comes_at_once),
        cmocka_unit_test(an_end_user_gets_its_chat_and_messages_at_once),
        cmocka_unit_test(an_agent_gets_chats_and_messages_at_once),
        cmocka_unit_test(without_a_right_the_old_door_opens_empty),
        cmocka_unit_test(without_a_right_the_native_door_refuses),
        cmocka_unit_test(bad_heads_are_refused),
        cmocka_unit_test(a_head_may_come_in_pieces),
        cmocka_unit_test(head_and_options_get_headers_alone),
        cmocka_unit_test(allowed_pages_may_read_every_answer),
        cmocka_unit_test(a_message_reaches_every_stream_of_its_chat),
        cmocka_unit_test(a_claim_reaches_the_end_user_and_the_list),
        cmocka_unit_test(a_chat_that_opens_and_ends_comes_and_goes_in_the_list),
        cmocka_unit_test(waiting_and_health_are_pushed_when_they_change),
    };

    return cmocka_run_group_tests(tests, open_stage, close_stage);
}
