#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "own.h"

#define CHAT  "11111111-1111-4111-8111-111111111111"
#define OTHER "22222222-2222-4222-8222-222222222222"

/* Into a message with a field of every kind. */
static const struct input inputs[] = {
    {"message.content", "content", INPUT_TEXT, true, 1, 10},
    {"authorTimestamp", "author_timestamp", INPUT_TIME, false, 0, 0},
    {"own", NULL, INPUT_OWN_CHAT, false, 0, 0},
    {"id", "chat_id", INPUT_UUID, false, 0, 0},
    {"maybe", "message_id", INPUT_MAYBE_UUID, false, 0, 0},
    {"sure", "may_repeat", INPUT_BOOL, false, 0, 0},
    {NULL, NULL, INPUT_TEXT, false, 0, 0},
};

static const struct message_type *const type = &message_types[MESSAGE_message_post];

/* Parses and decodes. Returns the refusal, of status 0 when there is none. */
static struct refusal decode(const char *body, const char *content_type,
                             const struct parameters *where, struct message_post *message)
{
    struct refusal refusal = {0};
    struct parameters parameters = *where;

    memset(message, 0, sizeof(*message));
    parameters.own_chat = CHAT;
    if (input_parse(body, strlen(body), content_type, &parameters.body, &refusal) == 0)
        input_decode(inputs, &parameters, type, message, &refusal);
    json_decref(parameters.body);
    return refusal;
}

static const struct parameters no_query;

#define WITH(rest) "{\"message\":{\"content\":\"hi\"}," rest "}"

static void a_good_body_is_taken(void **state)
{
    static const char *const bodies[] = {
        "{\"message\":{\"content\":\"hi\"}}",
        " \n{\"message\":{\"content\":\"hi\"}}",
        WITH("\"authorRole\":[\"ROLE_X\"],\"authorFirstName\":null,\"more\":{\"a\":[1,2]}"),
        WITH("\"authorTimestamp\":null,\"own\":null,\"id\":null,\"sure\":null"),
        WITH("\"authorTimestamp\":\"\",\"own\":\"\""),
        WITH("\"own\":\"" CHAT "\""),
        WITH("\"maybe\":\"123\""),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct message_post message;
        struct refusal refusal = decode(bodies[i], NULL, &no_query, &message);
        assert_int_equal(refusal.status, 0);
        assert_string_equal(message.content, "hi");
        message_clear(type, &message);
    }
}

static void every_kind_of_input_reaches_its_field(void **state)
{
    struct message_post message;
    struct refusal refusal =
        decode(WITH("\"authorTimestamp\":\"2023-01-13T14:23:52.953Z\",\"id\":\"" OTHER
                    "\",\"maybe\":\"" CHAT "\",\"sure\":\"true\""),
               NULL, &no_query, &message);

    (void)state;
    assert_int_equal(refusal.status, 0);
    assert_int_equal(message.author_timestamp, 1673619832953);
    assert_string_equal(message.chat_id, OTHER);
    assert_string_equal(message.message_id, CHAT);
    assert_true(message.may_repeat);
    message_clear(type, &message);
}

static const struct {
    const char *body, *content_type;
    int status;
    const char *code, *sentence;
} bad_bodies[] = {
    {"{", NULL, 400, "invalid_json", "The body is not valid JSON: line 1, column 1."},
    {"{\"a\":1,\n\"a\":2}", NULL, 400, "invalid_json",
     "The body is not valid JSON: line 2, column 3."},
    {"{} {}", NULL, 400, "invalid_json", "The body is not valid JSON: line 1, column 4."},
    {"{\"a\":\"\\u0000\"}", NULL, 400, "invalid_json", NULL},
    {"{\"a\":\"\\ud800\"}", NULL, 400, "invalid_json", NULL},
    {"{\"a\":\"\xff\"}", NULL, 400, "invalid_json", NULL},
    {"customJwtCookie", "application/json", 400, "invalid_json", NULL},
    {"{\"a\":", "text/plain", 400, "invalid_json", NULL},
    {"", NULL, 400, "missing_field", "message.content is missing."},
    {"customJwtCookie", "text/plain", 400, "missing_field", NULL},
    {"\"customJwtCookie\"", NULL, 400, "missing_field", NULL},
    {"[1,2]", NULL, 400, "missing_field", NULL},
    {"null", NULL, 400, "missing_field", NULL},
    {"{}", NULL, 400, "missing_field", NULL},
    {"{\"message\":\"hi\"}", NULL, 400, "missing_field", NULL},
    {"{\"message\":{\"content\":null}}", NULL, 400, "missing_field", NULL},
    {"{\"message\":{\"content\":5}}", NULL, 400, "invalid_field",
     "message.content is not a string."},
    {"{\"message\":{\"content\":\"\"}}", NULL, 422, "value_out_of_limits",
     "message.content must have 1 to 10 characters."},
    {"{\"message\":{\"content\":\" \\t\\n \"}}", NULL, 422, "value_out_of_limits", NULL},
    {"{\"message\":{\"content\":\"12345678901\"}}", NULL, 422, "value_out_of_limits", NULL},
    {WITH("\"authorTimestamp\":\"yesterday\""), NULL, 400, "invalid_time",
     "authorTimestamp is not a time in ISO 8601."},
    {WITH("\"authorTimestamp\":5"), NULL, 400, "invalid_field", NULL},
    {WITH("\"own\":\"" OTHER "\""), NULL, 403, "not_your_chat",
     "own names another chat than yours."},
    {WITH("\"own\":\"123\""), NULL, 403, "not_your_chat", NULL},
    {WITH("\"own\":{}"), NULL, 400, "invalid_field", NULL},
    {WITH("\"id\":\"123\""), NULL, 400, "invalid_field", "id is not a UUID."},
    {WITH("\"id\":\"\""), NULL, 400, "invalid_field", NULL},
    {WITH("\"maybe\":false"), NULL, 400, "invalid_field", NULL},
    {WITH("\"sure\":\"maybe\""), NULL, 400, "invalid_field", "sure is not true or false."},
    {WITH("\"sure\":1"), NULL, 400, "invalid_field", NULL},
};

static void a_bad_body_is_refused_with_the_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_bodies) / sizeof(bad_bodies[0]); i++) {
        struct message_post message;
        struct refusal refusal =
            decode(bad_bodies[i].body, bad_bodies[i].content_type, &no_query, &message);
        if (refusal.status != bad_bodies[i].status)
            fail_msg("%s: status %d", bad_bodies[i].body, refusal.status);
        assert_string_equal(refusal.code, bad_bodies[i].code);
        if (bad_bodies[i].sentence)
            assert_string_equal(refusal.sentence, bad_bodies[i].sentence);
        message_clear(type, &message);
    }
}

/* An object in which lists nest, so deep in all. */
static char *nested(size_t depth)
{
    char *body = own_zero(2 * depth + 16);
    char *end = mempcpy(body, "{\"a\":", strlen("{\"a\":"));

    memset(end, '[', depth - 1);
    memset(end + depth - 1, ']', depth - 1);
    end[2 * (depth - 1)] = '}';
    return body;
}

static void a_body_that_nests_too_deep_is_refused(void **state)
{
    char *good = nested(JSON_DEPTH_MAX), *bad = nested(JSON_DEPTH_MAX + 1);
    struct refusal refusal = {0};
    json_t *object;

    (void)state;
    assert_int_equal(input_parse(good, strlen(good), NULL, &object, &refusal), 0);
    json_decref(object);
    assert_int_equal(input_parse(bad, strlen(bad), NULL, &object, &refusal), -1);
    assert_string_equal(refusal.sentence, "The body is nested deeper than 32.");
    free(good);
    free(bad);
}

static void brackets_inside_strings_do_not_nest(void **state)
{
    const char *body = "{\"a\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}";
    struct refusal refusal = {0};
    json_t *object;

    (void)state;
    assert_int_equal(input_parse(body, strlen(body), NULL, &object, &refusal), 0);
    json_decref(object);
}

static void limits_count_characters_and_not_bytes(void **state)
{
    struct message_post message;
    struct refusal refusal =
        decode("{\"message\":{\"content\":\"õäöüšž€😀Õ!\"}}", NULL, &no_query, &message);

    (void)state;
    assert_int_equal(refusal.status, 0);
    assert_string_equal(message.content, "õäöüšž€😀Õ!");
    message_clear(type, &message);
}

static void white_space_is_kept_when_it_fits(void **state)
{
    struct message_post message;

    (void)state;
    decode("{\"message\":{\"content\":\" hi\\n\"}}", NULL, &no_query, &message);
    assert_string_equal(message.content, " hi\n");
    message_clear(type, &message);
    decode("{\"message\":{\"content\":\" 1234567890\\n\"}}", NULL, &no_query, &message);
    assert_string_equal(message.content, "1234567890");
    message_clear(type, &message);
}

/* ---- where parameters come from ---- */

static const char *query(const void *self, const char *name)
{
    return strcmp(name, "message.content") == 0 ? self : NULL;
}

static void the_body_comes_before_the_path_and_the_path_before_the_query(void **state)
{
    struct parameters all = {.path_name = "message.content",
                             .path_value = "path",
                             .query = query,
                             .query_self = "query"};
    struct message_post message;

    (void)state;
    decode("{\"message\":{\"content\":\"body\"}}", NULL, &all, &message);
    assert_string_equal(message.content, "body");
    message_clear(type, &message);
    decode("{\"message\":{\"content\":null}}", NULL, &all, &message);
    assert_string_equal(message.content, "path");
    message_clear(type, &message);
    all.path_name = NULL;
    decode("", NULL, &all, &message);
    assert_string_equal(message.content, "query");
    message_clear(type, &message);
}

static void a_query_that_is_not_utf8_is_refused(void **state)
{
    struct parameters parameters = {.query = query, .query_self = "\xff"};
    struct message_post message;
    struct refusal refusal = decode("", NULL, &parameters, &message);

    (void)state;
    assert_int_equal(refusal.status, 400);
    assert_string_equal(refusal.sentence, "message.content is not text in UTF-8.");
    message_clear(type, &message);
}

/* Returns the status of the refusal. */
static int decode_number(const struct input *input, const struct message_type *of, void *message,
                         const char *value)
{
    const struct input table[] = {*input, INPUT_END};
    struct parameters parameters = {.own_chat = ""};
    struct refusal refusal = {0};
    char body[100];

    snprintf(body, sizeof(body), "{\"n\":%s}", value);
    assert_int_equal(input_parse(body, strlen(body), NULL, &parameters.body, &refusal), 0);
    input_decode(table, &parameters, of, message, &refusal);
    json_decref(parameters.body);
    return refusal.status;
}

static void a_number_is_whole_and_within_its_limits(void **state)
{
    static const struct input rating = {"n", "rating", INPUT_NUMBER, true, 0, 10};
    static const struct input limit = {"n", "limit", INPUT_NUMBER, true, 1, 10000};
    static const struct {
        const char *value;
        int as_rating, as_limit; /* statuses */
        const char *text;
    } cases[] = {
        {"0", 0, 422, "0"},        {"10", 0, 0, "10"},
        {"\"7\"", 0, 0, "7"},      {"11", 422, 0, ""},
        {"-1", 422, 422, ""},      {"10001", 422, 422, ""},
        {"\"-1\"", 422, 422, ""},  {"\"\"", 422, 422, ""},
        {"\"1e1\"", 422, 422, ""}, {"1.5", 400, 400, ""},
        {"1.0", 400, 400, ""},     {"true", 400, 400, ""},
        {"[1]", 400, 400, ""},     {"\" 1\"", 422, 422, ""},
        {"null", 400, 400, ""},    {"\"99999999999999999999\"", 422, 422, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct chat_feedback feedback = {.rating = NULL};
        struct ended_get get = {.limit = 0};
        int as_rating = decode_number(&rating, &message_types[MESSAGE_chat_feedback], &feedback,
                                      cases[i].value);
        int as_limit =
            decode_number(&limit, &message_types[MESSAGE_ended_get], &get, cases[i].value);
        if (as_rating != cases[i].as_rating || as_limit != cases[i].as_limit)
            fail_msg("%s: %d, %d", cases[i].value, as_rating, as_limit);
        assert_string_equal(feedback.rating ? feedback.rating : "", cases[i].text);
        if (!as_limit)
            assert_int_equal(get.limit,
                             strtol(cases[i].value + (*cases[i].value == '"'), NULL, 10));
        message_clear(&message_types[MESSAGE_chat_feedback], &feedback);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_body_is_taken),
        cmocka_unit_test(every_kind_of_input_reaches_its_field),
        cmocka_unit_test(a_bad_body_is_refused_with_the_reason),
        cmocka_unit_test(a_body_that_nests_too_deep_is_refused),
        cmocka_unit_test(brackets_inside_strings_do_not_nest),
        cmocka_unit_test(limits_count_characters_and_not_bytes),
        cmocka_unit_test(white_space_is_kept_when_it_fits),
        cmocka_unit_test(the_body_comes_before_the_path_and_the_path_before_the_query),
        cmocka_unit_test(a_query_that_is_not_utf8_is_refused),
        cmocka_unit_test(a_number_is_whole_and_within_its_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
