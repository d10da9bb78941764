#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "streams.h"
#include "test.h"

#define SSE(body)                                                                                  \
    "data:{\"headers\":{},\"body\":" body ",\"statusCode\":\"OK\",\"statusCodeValue\":200}\n\n"

static const struct {
    const char *path;
    enum kind kind;
    const char *frame; /* around the value "X" and seq 7 */
    const char *empty;
} cases[] = {
    {"/sse/get-new-messages", KIND_MESSAGES,
     SSE("{\"data\":{\"forwarding_validation\":[X]},\"error\":null}"),
     SSE("{\"data\":{\"forwarding_validation\":[]},\"error\":null}")},
    {"/sse/get-messages-by-chat-id", KIND_MESSAGES,
     SSE("{\"data\":{\"forwarding_validation\":[X]},\"error\":null}"),
     SSE("{\"data\":{\"forwarding_validation\":[]},\"error\":null}")},
    {"/sse/cs-get-new-messages", KIND_MESSAGES,
     SSE("{\"data\":{\"cs_get_new_messages\":[X]},\"error\":null}"),
     SSE("{\"data\":{\"cs_get_new_messages\":[]},\"error\":null}")},
    {"/sse/cs-get-messages-by-chat-id", KIND_MESSAGES,
     SSE("{\"data\":{\"cs_get_messages_by_chat_id\":[X]},\"error\":null}"),
     SSE("{\"data\":{\"cs_get_messages_by_chat_id\":[]},\"error\":null}")},
    {"/sse/get-chat-by-id", KIND_CHAT,
     SSE("{\"data\":{\"forwarding_validation\":X},\"error\":null}"),
     SSE("{\"data\":{},\"error\":null}")},
    {"/sse/cs-get-all-active-chats", KIND_CHATS,
     SSE("{\"data\":{\"get_all_active_chats\":[X]},\"error\":null}"),
     SSE("{\"data\":{},\"error\":null}")},
    {"/sse/estimated-waiting-time", KIND_WAITING, SSE("{\"response\":X}"),
     SSE("{\"data\":{},\"error\":null}")},
    {"/sse/cs-get-components-healthz-status", KIND_HEALTH, SSE("{\"data\":X,\"error\":null}"),
     SSE("{\"data\":{},\"error\":null}")},
    {"/events/get-new-messages", KIND_MESSAGES, "id: 7\ndata: X\n\n", NULL},
    {"/events/get-messages-by-chat-id", KIND_MESSAGES, "id: 7\ndata: X\n\n", NULL},
    {"/events/cs-get-new-messages", KIND_MESSAGES, "id: 7\ndata: X\n\n", NULL},
    {"/events/cs-get-messages-by-chat-id", KIND_MESSAGES, "id: 7\ndata: X\n\n", NULL},
    {"/events/get-chat-by-id", KIND_CHAT, "id: 7\ndata: X\n\n", NULL},
    {"/events/cs-get-all-active-chats", KIND_CHATS, "id: 7\ndata: X\n\n", NULL},
    {"/events/estimated-waiting-time", KIND_WAITING, "id: 7\ndata: {\"response\":X}\n\n", NULL},
    {"/events/cs-get-components-healthz-status", KIND_HEALTH,
     "id: 7\ndata: {\"data\":X,\"error\":null}\n\n", NULL},
};

static const struct view *view_at(const char *path)
{
    enum door door;
    const struct stream *stream = stream_at((struct span){path, strlen(path)}, &door);

    return stream ? stream->views[door] : NULL;
}

static void frames_are_as_contract_s_4_says_to_the_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct view *view = view_at(cases[i].path);
        msgpack_sbuffer out;

        assert_non_null(view);
        assert_int_equal(view->kind, cases[i].kind);
        msgpack_sbuffer_init(&out);
        view_open(view, &out, NULL, 7);
        msgpack_sbuffer_write(&out, "X", 1);
        view_close(view, &out, NULL);
        msgpack_sbuffer_write(&out, "", 1);
        assert_string_equal(out.data, cases[i].frame);
        msgpack_sbuffer_destroy(&out);
        if (cases[i].empty)
            assert_string_equal(view->empty, cases[i].empty);
        else
            assert_null(view->empty);
    }
}

static void other_paths_are_no_streams(void **state)
{
    (void)state;
    const char *const paths[] = {"",
                                 "/",
                                 "/sse/",
                                 "/sse",
                                 "/events/",
                                 "/sse/get-chat-by-i",
                                 "/sse/get-chat-by-id/",
                                 "/SSE/get-chat-by-id",
                                 "/events//get-chat-by-id",
                                 "/get-chat-by-id",
                                 "/sse/get%2Dchat-by-id"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        assert_null(view_at(paths[i]));
}

static void a_message_row_is_that_of_its_rest_route(void **state)
{
    (void)state;
    char role[] = "end-user";
    struct message message = {.author_role = role};
    const struct {
        const char *path;
        const char *has;
    } rows[] = {
        {"/sse/cs-get-new-messages", "\"chatid\":"},
        {"/events/cs-get-new-messages", "\"forwardedByUser\":null"},
        {"/sse/cs-get-messages-by-chat-id", "\"forwardedByUser\":\"\""},
        {"/events/get-messages-by-chat-id", "\"chatId\":"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        msgpack_sbuffer out;
        msgpack_sbuffer_init(&out);
        shape_write_message(view_at(rows[i].path)->shape, &out, &message);
        assert_non_null(memmem(out.data, out.size, rows[i].has, strlen(rows[i].has)));
        msgpack_sbuffer_destroy(&out);
    }
}

/* ---- the board ---- */

static void expect_waiting(const struct board *board, const char *chat_id, const char *expected)
{
    msgpack_sbuffer out;

    msgpack_sbuffer_init(&out);
    board_write_waiting(board, &out, chat_id);
    msgpack_sbuffer_write(&out, "", 1);
    assert_string_equal(out.data, expected);
    msgpack_sbuffer_destroy(&out);
}

static void each_chat_is_told_its_own_place(void **state)
{
    (void)state;
    struct board *board = board_new();
    struct place places[] = {
        {.chat_id = "00000000-0000-4000-8000-000000000009", .position = 1, .seconds = 10},
        {.chat_id = "00000000-0000-4000-8000-000000000001", .position = 2, .seconds = 20},
    };
    struct waiting waiting = {.seconds = 5, .places = {places, 2}};

    expect_waiting(board, "", "{\"durationInSeconds\":\"0\",\"positionInUnassignedChats\":\"0\"}");
    board_set_waiting(board, &waiting);
    expect_waiting(board, "00000000-0000-4000-8000-000000000009",
                   "{\"durationInSeconds\":\"10\",\"positionInUnassignedChats\":\"1\"}");
    expect_waiting(board, "00000000-0000-4000-8000-000000000001",
                   "{\"durationInSeconds\":\"20\",\"positionInUnassignedChats\":\"2\"}");
    expect_waiting(board, "00000000-0000-4000-8000-000000000005",
                   "{\"durationInSeconds\":\"5\",\"positionInUnassignedChats\":\"0\"}");
    expect_waiting(board, "", "{\"durationInSeconds\":\"5\",\"positionInUnassignedChats\":\"0\"}");
    board_destroy(&board);
}

static void until_health_speaks_the_four_are_down(void **state)
{
    (void)state;
    struct board *board = board_new();
    msgpack_sbuffer out;

    msgpack_sbuffer_init(&out);
    board_write_health(board, &out);
    msgpack_sbuffer_write(&out, "", 1);
    assert_string_equal(out.data, "{\"set_healthz_response\":{\"data\":["
                                  "{\"name\":\"TIM\",\"version\":\"\"},"
                                  "{\"name\":\"RUUTER\",\"version\":\"\"},"
                                  "{\"name\":\"DMAPPER\",\"version\":\"\"},"
                                  "{\"name\":\"RESQL\",\"version\":\"\"}]}}");
    msgpack_sbuffer_destroy(&out);
    board_destroy(&board);
}

/* contract §7.2 */
static void of_messages_alone_a_chat_shows_its_own_texts_and_the_list_no_ratings(void **state)
{
    static const struct {
        const char *kind, *event, *author_role;
        bool chat, listed;
    } events[] = {
        {"message.posted", "", "end-user", true, true},
        {"message.posted", NULL, "end-user", true, true},
        {"message.posted", "", "backoffice-user", false, true},
        {"message.posted", "message-read", "end-user", false, true},
        {"message.posted", "ask-permission", "backoffice-user", false, true},
        {"message.revised", "ask-permission-accepted", "end-user", false, true},
        {"message.revised", "rating", "end-user", false, false},
        {"chat.redirected", "redirected", "buerokratt", true, true},
        {"chat.ended", "answered", "backoffice-user", true, true},
        {"chat.claimed", NULL, NULL, true, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
        struct chat chat = {.id = "1"};
        struct message message = {.event = (char *)events[i].event,
                                  .author_role = (char *)events[i].author_role};
        struct event event = {.kind = (char *)events[i].kind,
                              .chat = {&chat, 1},
                              .message = {&message, events[i].author_role != NULL}};
        for (int door = 0; door < 2; door++) {
            const char *path = door ? "/events/get-chat-by-id" : "/sse/get-chat-by-id";
            assert_int_equal(view_shows(view_at(path), &event), events[i].chat);
        }
        assert_int_equal(event_is_listed(&event), events[i].listed);
        assert_int_equal(view_shows(view_at("/events/cs-get-new-messages"), &event),
                         events[i].author_role != NULL);
    }
}

static void a_chat_that_the_bot_has_is_in_no_list_and_shows_itself(void **state)
{
    static const struct {
        const char *path;
        bool is_list;
    } streams_of_chats[] = {{"/events/cs-get-all-active-chats", true},
                            {"/sse/notifications/chat-list", true},
                            {"/events/get-chat-by-id", false},
                            {"/sse/get-chat-by-id", false}};
    struct chat chat = {.is_with_bot = true};
    const struct event event = {.seq = 1, .kind = (char *)"chat.opened", .chat = {&chat, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(streams_of_chats) / sizeof(streams_of_chats[0]); i++) {
        chat.is_with_bot = true;
        assert_int_equal(view_shows(view_at(streams_of_chats[i].path), &event),
                         !streams_of_chats[i].is_list);
        chat.is_with_bot = false;
        assert_true(view_shows(view_at(streams_of_chats[i].path), &event));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_as_contract_s_4_says_to_the_byte),
        cmocka_unit_test(of_messages_alone_a_chat_shows_its_own_texts_and_the_list_no_ratings),
        cmocka_unit_test(a_chat_that_the_bot_has_is_in_no_list_and_shows_itself),
        cmocka_unit_test(other_paths_are_no_streams),
        cmocka_unit_test(a_message_row_is_that_of_its_rest_route),
        cmocka_unit_test(each_chat_is_told_its_own_place),
        cmocka_unit_test(until_health_speaks_the_four_are_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
