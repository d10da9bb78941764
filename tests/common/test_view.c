#include "test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "codec.h"
#include "own.h"
#include "view.h"

#define MESSAGE_ID "f25ea8f0-ed23-4abf-9f76-d99b21094d69"
#define CHAT_ID    "8cecdc84-57fb-4f18-845e-5ca0be3d6223"

static int64_t at(const char *text)
{
    int64_t time;

    assert_true(iso_time_parse(text, &time));
    return time;
}

static void shows(msgpack_sbuffer *out, const char *expected)
{
    char *text = own_copy_of(out->data, out->size);
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

    assert_string_equal(text, expected);
    assert_non_null(value);
    json_decref(value);
    free(text);
    msgpack_sbuffer_destroy(out);
}

/* The texts are lent: these structs are never cleared. */

static char *lent(const char *text)
{
    union {
        const char *lent;
        char *text;
    } both = {.lent = text};

    return both.text;
}

static struct message seed_message(void)
{
    return (struct message){.id = MESSAGE_ID,
                            .chat_id = CHAT_ID,
                            .content = lent("hello"),
                            .author_timestamp = at("2023-01-18T12:56:52.159Z"),
                            .author_role = lent("end-user"),
                            .forwarded_by_user = lent("someAdminUser"),
                            .forwarded_from_csa = lent("csa1"),
                            .forwarded_to_csa = lent("csa2"),
                            .created = at("2023-01-18T12:56:52.895Z"),
                            .updated = at("2023-01-18T12:56:52.909Z")};
}

static void a_message_is_that_of_the_seed(void **state)
{
    struct message message = seed_message();
    msgpack_sbuffer out;

    (void)state;
    msgpack_sbuffer_init(&out);
    view_message(&out, &message);
    shows(&out, "{\"id\":\"f25ea8f0-ed23-4abf-9f76-d99b21094d69\","
                "\"chatId\":\"8cecdc84-57fb-4f18-845e-5ca0be3d6223\","
                "\"content\":\"hello\",\"event\":\"\",\"authorId\":\"\","
                "\"authorTimestamp\":\"2023-01-18T12:56:52.159+00:00\","
                "\"authorFirstName\":\"\",\"authorLastName\":\"\",\"authorRole\":\"end-user\","
                "\"forwardedByUser\":\"someAdminUser\",\"forwardedFromCsa\":\"csa1\","
                "\"forwardedToCsa\":\"csa2\",\"rating\":\"\","
                "\"created\":\"2023-01-18T12:56:52.895+00:00\","
                "\"updated\":\"2023-01-18T12:56:52.909+00:00\"}");
}

static void a_new_message_is_that_of_the_seed_with_both_keys(void **state)
{
    struct message message = {.id = "0e6c2a27-fbc1-4f07-9c84-e941af4fce51",
                              .chat_id = "7045872f-bb09-4b8e-8dd0-76783983792b",
                              .event = lent("message-read"),
                              .author_timestamp = at("2023-01-24T08:42:01.352Z"),
                              .author_role = lent("end-user"),
                              .created = at("2023-01-24T08:42:01.538Z"),
                              .updated = at("2023-01-24T08:42:01.545Z")};
    msgpack_sbuffer out;

    (void)state;
    msgpack_sbuffer_init(&out);
    view_new_message(&out, &message);
    shows(&out, "{\"id\":\"0e6c2a27-fbc1-4f07-9c84-e941af4fce51\","
                "\"chatId\":\"7045872f-bb09-4b8e-8dd0-76783983792b\","
                "\"chatid\":\"7045872f-bb09-4b8e-8dd0-76783983792b\","
                "\"content\":\"\",\"event\":\"message-read\",\"authorId\":\"\","
                "\"authorTimestamp\":\"2023-01-24T08:42:01.352+00:00\","
                "\"authorFirstName\":\"\",\"authorLastName\":\"\",\"authorRole\":\"end-user\","
                "\"forwardedByUser\":null,\"forwardedFromCsa\":null,\"forwardedToCsa\":null,"
                "\"rating\":\"\",\"created\":\"2023-01-24T08:42:01.538+00:00\","
                "\"updated\":\"2023-01-24T08:42:01.545+00:00\"}");
}

static void a_message_without_its_authors_time_shows_when_it_was_stored(void **state)
{
    struct message message = seed_message();
    msgpack_sbuffer out;

    (void)state;
    message.author_timestamp = 0;
    msgpack_sbuffer_init(&out);
    view_new_message(&out, &message);
    char *text = own_copy_of(out.data, out.size);
    assert_non_null(strstr(text, "\"authorTimestamp\":\"2023-01-18T12:56:52.895+00:00\""));
    assert_non_null(strstr(text, "\"forwardedByUser\":\"someAdminUser\""));
    free(text);
    msgpack_sbuffer_destroy(&out);
}

/* Each field is its own name, so that a value in the wrong column shows. */
static struct chat whole_chat(void)
{
    return (struct chat){.id = CHAT_ID,
                         .customer_support_id = lent("csi"),
                         .customer_support_display_name = lent("csd"),
                         .csa_title = lent("title"),
                         .end_user_id = lent("eui"),
                         .end_user_first_name = lent("euf"),
                         .end_user_last_name = lent("eul"),
                         .status = lent("ENDED"),
                         .created = at("2023-01-01T00:00:00.001Z"),
                         .updated = at("2023-01-01T00:00:00.002Z"),
                         .ended = at("2023-01-01T00:00:00.003Z"),
                         .end_user_email = lent("eue"),
                         .end_user_phone = lent("eup"),
                         .end_user_os = lent("os"),
                         .end_user_url = lent("url"),
                         .external_id = lent("ext"),
                         .forwarded_to = lent("ft"),
                         .forwarded_to_name = lent("ftn"),
                         .received_from = lent("rf"),
                         .received_from_name = lent("rfn"),
                         .feedback_rating = lent("fr"),
                         .feedback_text = lent("ftx"),
                         .last_message = lent("lm"),
                         .last_message_timestamp = at("2023-01-01T00:00:00.004Z"),
                         .contacts_message = lent("cm"),
                         .last_message_event = lent("lme")};
}

static void a_chat_has_every_key_and_only_text(void **state)
{
    struct chat whole = whole_chat(), bare = {.id = CHAT_ID, .status = lent("OPEN")};
    msgpack_sbuffer out;

    (void)state;
    msgpack_sbuffer_init(&out);
    view_chat(&out, &whole);
    shows(&out, "{\"id\":\"" CHAT_ID "\",\"customerSupportId\":\"csi\","
                "\"customerSupportDisplayName\":\"csd\",\"endUserId\":\"eui\","
                "\"endUserFirstName\":\"euf\",\"endUserLastName\":\"eul\",\"externalId\":\"ext\","
                "\"forwardTo\":\"ft\",\"forwardToName\":\"ftn\",\"receivedFrom\":\"rf\","
                "\"receivedFromName\":\"rfn\",\"status\":\"ENDED\",\"endUserEmail\":\"eue\","
                "\"endUserPhone\":\"eup\",\"endUserOs\":\"os\",\"endUserUrl\":\"url\","
                "\"lastMessage\":\"lm\",\"created\":\"2023-01-01T00:00:00.001+00:00\","
                "\"updated\":\"2023-01-01T00:00:00.002+00:00\","
                "\"ended\":\"2023-01-01T00:00:00.003+00:00\",\"csaTitle\":\"title\"}");
    msgpack_sbuffer_init(&out);
    view_chat(&out, &bare);
    shows(&out, "{\"id\":\"" CHAT_ID "\",\"customerSupportId\":\"\","
                "\"customerSupportDisplayName\":\"\",\"endUserId\":\"\","
                "\"endUserFirstName\":\"\",\"endUserLastName\":\"\",\"externalId\":\"\","
                "\"forwardTo\":\"\",\"forwardToName\":\"\",\"receivedFrom\":\"\","
                "\"receivedFromName\":\"\",\"status\":\"OPEN\",\"endUserEmail\":\"\","
                "\"endUserPhone\":\"\",\"endUserOs\":\"\",\"endUserUrl\":\"\","
                "\"lastMessage\":\"\",\"created\":\"\",\"updated\":\"\",\"ended\":\"\","
                "\"csaTitle\":\"\"}");
}

static void a_row_has_null_where_the_contract_has(void **state)
{
    struct chat whole = whole_chat(), bare = {.id = CHAT_ID, .status = lent("OPEN")};
    msgpack_sbuffer out;

    (void)state;
    msgpack_sbuffer_init(&out);
    view_chat_row(&out, &whole);
    shows(&out, "{\"id\":\"" CHAT_ID "\",\"customerSupportId\":\"csi\","
                "\"customerSupportDisplayName\":\"csd\",\"csaTitle\":\"title\","
                "\"endUserId\":\"eui\",\"endUserFirstName\":\"euf\",\"endUserLastName\":\"eul\","
                "\"status\":\"ENDED\",\"created\":\"2023-01-01T00:00:00.001+00:00\","
                "\"updated\":\"2023-01-01T00:00:00.002+00:00\","
                "\"ended\":\"2023-01-01T00:00:00.003+00:00\",\"endUserEmail\":\"eue\","
                "\"endUserPhone\":\"eup\",\"endUserOs\":\"os\",\"endUserUrl\":\"url\","
                "\"externalId\":\"ext\",\"forwardedTo\":\"ft\",\"forwardedToName\":\"ftn\","
                "\"receivedFrom\":\"rf\",\"receivedFromName\":\"rfn\",\"lastMessage\":\"lm\","
                "\"contactsMessage\":\"cm\","
                "\"lastMessageTimestamp\":\"2023-01-01T00:00:00.004+00:00\","
                "\"lastMessageEvent\":\"lme\",\"event\":\"lme\"}");
    msgpack_sbuffer_init(&out);
    view_chat_row(&out, &bare);
    shows(&out, "{\"id\":\"" CHAT_ID "\",\"customerSupportId\":\"\","
                "\"customerSupportDisplayName\":\"\",\"csaTitle\":\"\","
                "\"endUserId\":\"\",\"endUserFirstName\":\"\",\"endUserLastName\":\"\","
                "\"status\":\"OPEN\",\"created\":\"\",\"updated\":\"\",\"ended\":null,"
                "\"endUserEmail\":\"\",\"endUserPhone\":\"\",\"endUserOs\":\"\","
                "\"endUserUrl\":\"\",\"externalId\":\"\",\"forwardedTo\":\"\","
                "\"forwardedToName\":\"\",\"receivedFrom\":\"\",\"receivedFromName\":\"\","
                "\"lastMessage\":\"\",\"contactsMessage\":null,\"lastMessageTimestamp\":null,"
                "\"lastMessageEvent\":null,\"event\":null}");
}

static void an_ended_row_has_labels_or_null(void **state)
{
    struct label labels[] = {{.name = lent("maks")}, {.name = lent("\"õ\"")}};
    struct chat whole = whole_chat(), bare = {.id = CHAT_ID, .status = lent("ENDED")};
    msgpack_sbuffer out;

    (void)state;
    whole.labels = (struct label_list){.items = labels, .count = 2};
    msgpack_sbuffer_init(&out);
    view_ended_row(&out, &whole);
    shows(&out, "{\"id\":\"" CHAT_ID "\",\"customerSupportId\":\"csi\","
                "\"customerSupportDisplayName\":\"csd\",\"csaTitle\":\"title\","
                "\"endUserId\":\"eui\",\"endUserFirstName\":\"euf\",\"endUserLastName\":\"eul\","
                "\"status\":\"ENDED\",\"created\":\"2023-01-01T00:00:00.001+00:00\","
                "\"updated\":\"2023-01-01T00:00:00.002+00:00\","
                "\"ended\":\"2023-01-01T00:00:00.003+00:00\",\"endUserEmail\":\"eue\","
                "\"endUserPhone\":\"eup\",\"endUserOs\":\"os\",\"endUserUrl\":\"url\","
                "\"forwardedToName\":\"ftn\",\"receivedFrom\":\"rf\",\"lastMessage\":\"lm\","
                "\"contactsMessage\":\"cm\","
                "\"lastMessageTimestamp\":\"2023-01-01T00:00:00.004+00:00\","
                "\"labels\":[\"maks\",\"\\\"õ\\\"\"]}");
    msgpack_sbuffer_init(&out);
    view_ended_row(&out, &bare);
    shows(&out, "{\"id\":\"" CHAT_ID "\",\"customerSupportId\":\"\","
                "\"customerSupportDisplayName\":\"\",\"csaTitle\":\"\","
                "\"endUserId\":\"\",\"endUserFirstName\":\"\",\"endUserLastName\":\"\","
                "\"status\":\"ENDED\",\"created\":\"\",\"updated\":\"\",\"ended\":null,"
                "\"endUserEmail\":\"\",\"endUserPhone\":\"\",\"endUserOs\":\"\","
                "\"endUserUrl\":\"\",\"forwardedToName\":\"\",\"receivedFrom\":\"\","
                "\"lastMessage\":\"\",\"contactsMessage\":null,\"lastMessageTimestamp\":null,"
                "\"labels\":null}");
}

static void the_waiting_time_is_that_of_the_seed(void **state)
{
    msgpack_sbuffer out;

    (void)state;
    msgpack_sbuffer_init(&out);
    view_waiting(&out, 300, 3);
    shows(&out, "{\"durationInSeconds\":\"300\","
                "\"positionInUnassignedChats\":\"3\"}");
    msgpack_sbuffer_init(&out);
    view_waiting(&out, INT64_MAX, INT64_MIN);
    shows(&out, "{\"durationInSeconds\":\"9223372036854775807\","
                "\"positionInUnassignedChats\":\"-9223372036854775808\"}");
}

static void health_is_that_of_the_seed(void **state)
{
    struct component items[] = {{.name = lent("TIM"), .version = lent("1.0")},
                                {.name = lent("RUUTER"), .version = lent("1.0")},
                                {.name = lent("DMAPPER"), .version = lent("1.0")},
                                {.name = lent("RESQL"), .version = NULL}}; /* down */
    struct component_list all = {items, 4}, none = {NULL, 0};
    msgpack_sbuffer out;

    (void)state;
    msgpack_sbuffer_init(&out);
    view_health(&out, &all);
    shows(&out, "{\"set_healthz_response\":{\"data\":[{\"name\":\"TIM\",\"version\":\"1.0\"},"
                "{\"name\":\"RUUTER\",\"version\":\"1.0\"},"
                "{\"name\":\"DMAPPER\",\"version\":\"1.0\"},"
                "{\"name\":\"RESQL\",\"version\":\"\"}]}}");
    msgpack_sbuffer_init(&out);
    view_health(&out, &none);
    shows(&out, "{\"set_healthz_response\":{\"data\":[]}}");
}

static void an_account_never_shows_its_password(void **state)
{
    struct role roles[] = {{lent("ROLE_ADMINISTRATOR")}, {lent("ROLE_ANALYST")}};
    struct account account = {.id_code = lent("EE1"),
                              .login = lent("mary"),
                              .password_hash = lent("$y$secret"),
                              .first_name = lent("Mary-\xc3\x84nn"),
                              .display_name = lent("M"),
                              .csa_title = lent("T"),
                              .csa_email = lent("m@example.ee"),
                              .roles = {roles, 2}};
    msgpack_sbuffer out;

    (void)state;
    msgpack_sbuffer_init(&out);
    view_account(&out, &account);
    shows(&out, "{\"login\":\"mary\",\"firstName\":\"Mary-\xc3\x84nn\",\"lastName\":\"\","
                "\"idCode\":\"EE1\",\"displayName\":\"M\",\"csaTitle\":\"T\","
                "\"csaEmail\":\"m@example.ee\","
                "\"authorities\":[\"ROLE_ADMINISTRATOR\",\"ROLE_ANALYST\"]}");
    account.roles.count = 0;
    msgpack_sbuffer_init(&out);
    view_account(&out, &account);
    assert_memory_equal(out.data + out.size - 18, ",\"authorities\":[]}", 18);
    msgpack_sbuffer_destroy(&out);
}

static void text_is_escaped_as_json_wants(void **state)
{
    static const struct {
        const char *text, *json;
    } cases[] = {
        {"", "\"\""},
        {"\xc3\xb5 \xe2\x82\xac \xf0\x9f\x98\x80", "\"\xc3\xb5 \xe2\x82\xac \xf0\x9f\x98\x80\""},
        {"\"", "\"\\\"\""},
        {"\\", "\"\\\\\""},
        {"a\\\"b", "\"a\\\\\\\"b\""},
        {"\n\r\t\b\f", "\"\\n\\r\\t\\b\\f\""},
        {"\x01\x1f", "\"\\u0001\\u001f\""},
        {"\x7f </script> / &amp;", "\"\x7f </script> / &amp;\""},
        {"{\"a\":1}", "\"{\\\"a\\\":1}\""},
    };
    msgpack_sbuffer out;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        msgpack_sbuffer_init(&out);
        view_string(&out, cases[i].text);
        shows(&out, cases[i].json);
    }
}

static void every_character_survives_a_json_reader(void **state)
{
    char text[256];
    msgpack_sbuffer out;

    (void)state;
    for (int c = 1; c < 128; c++)
        text[c - 1] = (char)c;
    text[127] = '\0';
    msgpack_sbuffer_init(&out);
    view_string(&out, text);
    json_t *value = json_loadb(out.data, out.size, JSON_DECODE_ANY, NULL);
    assert_string_equal(json_string_value(value), text);
    assert_null(memchr(out.data, '\n', out.size)); /* an SSE frame is one line */
    json_decref(value);
    msgpack_sbuffer_destroy(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_that_of_the_seed),
        cmocka_unit_test(a_new_message_is_that_of_the_seed_with_both_keys),
        cmocka_unit_test(a_message_without_its_authors_time_shows_when_it_was_stored),
        cmocka_unit_test(a_chat_has_every_key_and_only_text),
        cmocka_unit_test(a_row_has_null_where_the_contract_has),
        cmocka_unit_test(an_ended_row_has_labels_or_null),
        cmocka_unit_test(the_waiting_time_is_that_of_the_seed),
        cmocka_unit_test(health_is_that_of_the_seed),
        cmocka_unit_test(an_account_never_shows_its_password),
        cmocka_unit_test(text_is_escaped_as_json_wants),
        cmocka_unit_test(every_character_survives_a_json_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
