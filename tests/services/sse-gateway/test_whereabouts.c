/* Which gateway a reader's last message stream was at. */
#include "whereabouts.h"

#include <string.h>

#include "test.h"

#define NAME       "0123456789abcdef"
#define CHAT       "11111111-1111-4111-8111-111111111111"
#define OTHER_CHAT "21111111-1111-4111-8111-111111111111"

static struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

static struct request request_of(const char *path)
{
    struct request request = {.count = 1};

    request.stream = stream_at(span_of(path), &request.door);
    request.wishes->has_bound = true;
    memcpy(request.wishes->chat_id, CHAT, sizeof(CHAT));
    return request;
}

/* Returns what is written for a browser with these cookies; valid until the
 * next call. */
static const char *written(const char *cookies, const struct request *request)
{
    static char text[256];
    msgpack_sbuffer out;

    msgpack_sbuffer_init(&out);
    whereabouts_write(&out, span_of(cookies), request, NAME);
    msgpack_sbuffer_write(&out, "", 1);
    assert_true(out.size <= sizeof(text));
    memcpy(text, out.data, out.size);
    msgpack_sbuffer_destroy(&out);
    return text;
}

static void a_reader_has_moved_when_its_chat_was_read_at_another_gateway(void **state)
{
    (void)state;
    const struct request request = request_of("/sse/get-new-messages");

    assert_true(
        whereabouts_are_new(span_of("a=b; lastStream=fedcba9876543210." CHAT), &request, NAME));
    assert_false(whereabouts_are_new(span_of("lastStream=" NAME "." CHAT), &request, NAME));
}

static void who_reads_another_chat_or_says_nothing_of_worth_has_not_moved(void **state)
{
    (void)state;
    static const char *const cookies[] = {"",
                                          "lastStream",
                                          "lastStream=",
                                          "lastStream=" CHAT,
                                          "lastStream=." CHAT,
                                          "lastStream=fedcba9876543210." OTHER_CHAT,
                                          "lastStream=fedcba9876543210." CHAT "x"};
    const struct request request = request_of("/sse/get-new-messages");

    for (size_t i = 0; i < sizeof(cookies) / sizeof(*cookies); i++)
        assert_false(whereabouts_are_new(span_of(cookies[i]), &request, NAME));
}

static void the_cookie_is_set_when_it_says_something_else(void **state)
{
    (void)state;
    const struct request request = request_of("/sse/get-new-messages");
    const char *field =
        "Set-Cookie: lastStream=" NAME "." CHAT "; Path=/sse/; HttpOnly; SameSite=Lax\r\n";

    assert_string_equal(written("", &request), field);
    assert_string_equal(written("lastStream=fedcba9876543210." CHAT, &request), field);
    assert_string_equal(written("lastStream=" NAME "." OTHER_CHAT, &request), field);
    assert_string_equal(written("lastStream=" NAME "." CHAT, &request), "");
}

static void only_an_end_users_messages_with_a_bound_on_the_compatible_door_need_it(void **state)
{
    (void)state;
    static const char *const paths[] = {"/sse/get-chat-by-id", "/sse/cs-get-new-messages",
                                        "/events/get-new-messages", "/events", "/nowhere"};
    struct request request;

    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        request = request_of(paths[i]);
        assert_string_equal(written("", &request), "");
        assert_false(
            whereabouts_are_new(span_of("lastStream=fedcba9876543210." CHAT), &request, NAME));
    }
    request = request_of("/sse/get-new-messages");
    request.wishes->has_bound = false;
    assert_string_equal(written("", &request), "");
    request = request_of("/sse/get-new-messages");
    request.is_empty = true;
    assert_string_equal(written("", &request), "");
}

static void no_two_lives_have_one_name(void **state)
{
    (void)state;
    char one[WHEREABOUTS_NAME_SIZE], two[WHEREABOUTS_NAME_SIZE];

    whereabouts_name(one);
    whereabouts_name(two);
    assert_int_equal(strlen(one), WHEREABOUTS_NAME_SIZE - 1);
    assert_string_not_equal(one, two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_has_moved_when_its_chat_was_read_at_another_gateway),
        cmocka_unit_test(who_reads_another_chat_or_says_nothing_of_worth_has_not_moved),
        cmocka_unit_test(the_cookie_is_set_when_it_says_something_else),
        cmocka_unit_test(only_an_end_users_messages_with_a_bound_on_the_compatible_door_need_it),
        cmocka_unit_test(no_two_lives_have_one_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
