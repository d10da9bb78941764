/* The file of institutions, and what two of them say to each other. */
#include <string.h>

#include "establishments.h"
#include "forward_json.h"
#include "own.h"
#include "test.h"
#include "uuid.h"

#define KEY   "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"
#define ONE   "{\"name\":\"Amet\",\"url\":\"https://a.ee\",\"key\":\"" KEY "\"}"
#define CHAT  "8cecdc84-57fb-4f18-845e-5ca0be3d6223"
#define SAID  "f25ea8f0-ed23-4abf-9f76-d99b21094d69"

static int read_text(struct establishments *list, const char *text, char why[WHY_MAX])
{
    return establishments_read(list, text, strlen(text), why);
}

static void each_is_found_by_what_is_its_own(void **state)
{
    struct establishments list;
    char why[WHY_MAX];

    (void)state;
    assert_int_equal(read_text(&list,
                               "[" ONE ",{\"name\":\"Õpetaja\",\"url\":\"http://127.0.0.1:81/k\","
                               "\"key\":\"" OTHER "\",\"address\":\"2001:DB8:0::7\"}]",
                               why),
                     0);
    assert_int_equal(list.count, 2);
    assert_ptr_equal(establishments_named(&list, "Amet"), &list.items[0]);
    assert_ptr_equal(establishments_at(&list, "http://127.0.0.1:81/k"), &list.items[1]);
    assert_ptr_equal(establishments_with_key(&list, OTHER), &list.items[1]);
    assert_string_equal(list.items[0].address, "");
    assert_string_equal(list.items[1].address, "2001:db8::7");
    assert_null(establishments_named(&list, "amet"));
    assert_null(establishments_at(&list, "https://a.ee/"));
    assert_null(establishments_with_key(&list, ""));
    assert_null(establishments_with_key(&list, KEY "0"));
    establishments_clear(&list);
    assert_int_equal(read_text(&list, "[]", why), 0);
    assert_null(establishments_with_key(&list, KEY));
    establishments_clear(&list);
}

#define ENTRY(name, url, key, more)                                                                \
    "[{\"name\":\"" name "\",\"url\":\"" url "\",\"key\":\"" key "\"" more "}]"

static void what_is_wrong_is_said_and_never_a_key(void **state)
{
    static const char *const cases[][2] = {
        {"", "not valid JSON: line 1, column 0"},
        {"{}", "it is no list of at most 100"},
        {"[1]", "entry 1: it is no object"},
        {"[{}]", "entry 1: its name is no text"},
        {"[{\"name\":\"A\",\"url\":1}]", "entry 1: its url is no text"},
        {"[" ONE "," ONE "]", "entry 2: another one has its name, url or key"},
        {ENTRY("", "https://a.ee", KEY, ""), "entry 1: its name has not 1 to 100 characters"},
        {ENTRY("a\\n", "https://a.ee", KEY, ""), "entry 1: its name has a control character"},
        {ENTRY("A", "a.ee", KEY, ""), "entry 1: its url is not https"},
        {ENTRY("A", "http://a.ee", KEY, ""), "entry 1: its url is not https"},
        {ENTRY("A", "http://127.0.0.1.a.ee", KEY, ""), "entry 1: its url is not https"},
        {ENTRY("A", "http://localhost@a.ee", KEY, ""), "entry 1: its url is none"},
        {ENTRY("A", "https://", KEY, ""), "entry 1: its url has no host, or a slash at its end"},
        {ENTRY("A", "https://a.ee/", KEY, ""),
         "entry 1: its url has no host, or a slash at its end"},
        {ENTRY("A", "https://a.ee/?x", KEY, ""), "entry 1: its url is none"},
        {ENTRY("A", "https://a.ee/%[path]", KEY, ""), "entry 1: its url is none"},
        {ENTRY("A", "https://a.ee", "secret", ""),
         "entry 1: its key has not 32 to 200 printable characters"},
        {ENTRY("A", "https://a.ee", KEY " \\r", ""),
         "entry 1: its key has not 32 to 200 printable characters"},
        {ENTRY("A", "https://a.ee", KEY, ",\"address\":\"a.ee\""), "entry 1: its address is none"},
        {ENTRY("A", "https://a.ee", KEY, ",\"adress\":\"1.2.3.4\""),
         "entry 1: it has more than name, url, key and address"},
    };
    struct establishments list;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char why[WHY_MAX] = "";
        assert_int_equal(read_text(&list, cases[i][0], why), -1);
        assert_string_equal(why, cases[i][1]);
        assert_null(strstr(why, KEY));
        assert_int_equal(list.count, 0);
    }
}

/* ---- the body and its answer ---- */

static struct message said[] = {{.id = SAID,
                                 .chat_id = CHAT,
                                 .content = (char *)"Tere \"õhtust\"",
                                 .author_role = (char *)"end-user",
                                 .author_timestamp = 1673619832953,
                                 .created = 1,
                                 .updated = 1},
                                {.id = CHAT,
                                 .chat_id = CHAT,
                                 .event = (char *)"ask-permission",
                                 .author_id = (char *)"EE1",
                                 .author_role = (char *)"backoffice-user",
                                 .author_timestamp = 1673619832954,
                                 .created = 2,
                                 .updated = 2}};

static json_t *body_of_said(void)
{
    const struct chat chat = {.id = CHAT, .end_user_os = (char *)"Linux"};
    const struct message_list list = {said, 2};
    char *text = forward_body(&chat, &list);
    json_t *body = json_loads(text, 0, NULL);

    assert_non_null(body);
    free(text);
    return body;
}

static void assert_is_copy(const struct message *copy, const struct message *original)
{
    assert_string_equal(copy->chat_id, SAID);
    assert_string_not_equal(copy->id, original->id);
    assert_true(uuid_is_valid(copy->id));
    assert_string_equal(copy->author_role, original->author_role);
    assert_int_equal(copy->author_timestamp, original->author_timestamp);
}

static void what_one_writes_the_other_reads(void **state)
{
    struct chat_receive read = {.chat_id = SAID};
    struct refusal refusal;
    json_t *body = body_of_said();

    (void)state;
    assert_string_equal(json_string_value(json_object_get(body, "originChatId")), CHAT);
    assert_string_equal(json_string_value(json_object_get(body, "endUserOs")), "Linux");
    assert_int_equal(forward_read_messages(body, SAID, &read.messages, &refusal), 0);
    assert_int_equal(read.messages.count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_is_copy(&read.messages.items[i], &said[i]);
    assert_string_equal(read.messages.items[0].content, "Tere \"õhtust\"");
    assert_string_equal(read.messages.items[1].event, "ask-permission");
    message_clear(&message_types[MESSAGE_chat_receive], &read);
    json_decref(body);
}

#define ANSWER(id, token)                                                                          \
    "{\"data\":{\"format_forward_destination_response\":{\"generatedChatId\":\"" id                \
    "\",\"redirectJwt\":\"" token "\"}},\"error\":null}"

static void an_answer_is_an_id_and_a_token_or_none(void **state)
{
    static const char *const wrong[] = {
        "",
        "[]",
        "{\"data\":null}",
        ANSWER("1", "a.b.c"),
        ANSWER(CHAT, ""),
        ANSWER(CHAT, "a; Path=/"),
        ANSWER(CHAT, "a\\r\\nSet-Cookie: x"),
    };
    char id[UUID_SIZE], *token = NULL;

    (void)state;
    assert_int_equal(
        forward_read_answer(ANSWER(CHAT, "a.b-_9"), strlen(ANSWER(CHAT, "a.b-_9")), id, &token), 0);
    assert_string_equal(id, CHAT);
    assert_string_equal(token, "a.b-_9");
    free(token);
    token = NULL;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(forward_read_answer(wrong[i], strlen(wrong[i]), id, &token), -1);
    assert_null(token);
}

static void an_id_is_made_of_all_it_is_made_of(void **state)
{
    char one[UUID_SIZE], other[UUID_SIZE];

    (void)state;
    forward_id("a", "b", "c", one);
    forward_id("a", "b", "c", other);
    assert_string_equal(one, other);
    forward_id("a", "bc", "", other);
    assert_string_not_equal(one, other);
    forward_id("x", "b", "c", other);
    assert_string_not_equal(one, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_found_by_what_is_its_own),
        cmocka_unit_test(what_is_wrong_is_said_and_never_a_key),
        cmocka_unit_test(what_one_writes_the_other_reads),
        cmocka_unit_test(an_answer_is_an_id_and_a_token_or_none),
        cmocka_unit_test(an_id_is_made_of_all_it_is_made_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
