#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openapi.h"
#include "own.h"

enum { PATH_SIZE = 128 };

static json_t *document;

static int make(void **state)
{
    char *text = openapi_text();

    (void)state;
    document = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    return document ? 0 : -1;
}

static int release(void **state)
{
    (void)state;
    json_decref(document);
    return 0;
}

static json_t *at(const char *path, const char *method)
{
    return json_object_get(json_object_get(json_object_get(document, "paths"), path), method);
}

/* ---- rows ---- */

static void assert_is_told(const struct route *route, const char *path, unsigned methods)
{
    static const char *const names[] = {"get", "post", "put", "delete"};
    const char *colon = strchr(path, ':');
    int start = (int)(colon ? colon - path : (ptrdiff_t)strlen(path));
    char template[PATH_SIZE];

    snprintf(template, sizeof(template), "%.*s%s%s%s", start, path, colon ? "{" : "",
             colon ? colon + 1 : "", colon ? "}" : "");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!(methods & (1U << i)))
            continue;
        const json_t *operation = at(template, names[i]);
        if (!operation)
            fail_msg("%s %s is not in the document", names[i], path);
        assert_string_equal(json_string_value(json_object_get(operation, "summary")), route->about);
    }
}

static void every_row_is_told_under_each_of_its_names_and_methods(void **state)
{
    const struct route *route;

    (void)state;
    for (size_t i = 0; (route = route_at(i)); i++) {
        assert_is_told(route, route->path, route->methods);
        if (route->later)
            assert_is_told(route, route->later,
                           route->later_methods ? route->later_methods : route->methods);
    }
}

static size_t count_bits(unsigned methods)
{
    return (size_t)__builtin_popcount(methods);
}

static bool is_stream(const char *path)
{
    return strncmp(path, "/sse/", strlen("/sse/")) == 0 ||
           strncmp(path, "/events", strlen("/events")) == 0;
}

static void nothing_is_told_that_is_in_no_row(void **state)
{
    size_t told = 0, known = 0;
    const struct route *route;
    const char *path;
    json_t *item;

    (void)state;
    for (size_t i = 0; (route = route_at(i)); i++) {
        known += count_bits(route->methods);
        if (route->later)
            known += count_bits(route->later_methods ? route->later_methods : route->methods);
    }
    json_object_foreach(json_object_get(document, "paths"), path, item)
    {
        told += is_stream(path) ? 0 : json_object_size(item);
    }
    assert_int_equal(told, known);
}

/* ---- references ---- */

static const json_t *resolve(const char *reference)
{
    const json_t *place = document;
    char *copy = own_copy(reference), *rest = NULL;

    for (char *part = strtok_r(copy + 2, "/", &rest); part; part = strtok_r(NULL, "/", &rest))
        place = json_object_get(place, part);
    free(copy);
    return place;
}

static size_t check_references(const json_t *json)
{
    const char *name;
    json_t *member;
    size_t i, found = 0;

    if (json_is_array(json))
        json_array_foreach((json_t *)json, i, member) found += check_references(member);
    json_object_foreach((json_t *)json, name, member)
    {
        found += check_references(member);
        if (strcmp(name, "$ref") != 0)
            continue;
        found++;
        if (!resolve(json_string_value(member)))
            fail_msg("%s leads nowhere", json_string_value(member));
    }
    return found;
}

static void every_reference_leads_to_something(void **state)
{
    (void)state;
    assert_true(check_references(document) > 100);
}

/* ---- what a row says becomes what the document says ---- */

static void assert_json(const json_t *json, const char *expected)
{
    json_t *wanted = json_loads(expected, JSON_DECODE_ANY, NULL);
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

    assert_non_null(wanted);
    if (!json_equal(wanted, json))
        fail_msg("%s\nis not\n%s", text, expected);
    free(text);
    json_decref(wanted);
}

static json_t *schema_of_body(const json_t *operation)
{
    json_t *content = json_object_get(json_object_get(operation, "requestBody"), "content");

    return json_object_get(json_object_get(content, "application/json"), "schema");
}

static void a_name_with_a_point_is_an_object_in_an_object(void **state)
{
    json_t *schema = schema_of_body(at("/init-chat", "post"));
    json_t *message = json_object_get(json_object_get(schema, "properties"), "message");

    (void)state;
    assert_json(json_object_get(schema, "required"), "[\"endUserTechnicalData\",\"message\"]");
    assert_json(json_object_get(message, "required"), "[\"content\"]");
    assert_json(json_object_get(json_object_get(message, "properties"), "content"),
                "{\"type\":\"string\",\"minLength\":1,\"maxLength\":3000}");
}

static void inputs_of_a_get_are_in_the_query_or_the_path(void **state)
{
    (void)state;
    assert_json(json_object_get(at("/cs-get-messages-by-chat-id", "get"), "parameters"),
                "[{\"name\":\"chatId\",\"in\":\"query\",\"required\":true,"
                "\"schema\":{\"type\":\"string\",\"format\":\"uuid\"}}]");
    assert_json(json_object_get(at("/cs-get-messages-by-chat-id/{chatId}", "get"), "parameters"),
                "[{\"name\":\"chatId\",\"in\":\"path\",\"required\":true,"
                "\"schema\":{\"type\":\"string\",\"format\":\"uuid\"}}]");
}

static void who_may_call_is_told_as_cookies_and_roles(void **state)
{
    (void)state;
    assert_json(json_object_get(at("/init-chat", "post"), "security"), "[]");
    assert_json(json_object_get(at("/post-message", "post"), "security"), "[{\"chatJwt\":[]}]");
    assert_json(json_object_get(at("/cs-get-admins", "get"), "security"),
                "[{\"customJwtCookie\":[]}]");
    assert_json(json_object_get(at("/cs-get-admins", "get"), "x-roles"),
                "[\"ROLE_ADMINISTRATOR\",\"ROLE_SERVICE_MANAGER\"]");
}

static json_t *media_of(const char *path, const char *method)
{
    const json_t *responses = json_object_get(at(path, method), "responses");
    const json_t *content = json_object_get(json_object_get(responses, "200"), "content");

    return json_object_get(content, "application/json");
}

static void an_answer_is_told_in_the_envelope_of_its_name(void **state)
{
    static const char null[] = "{\"type\":\"object\",\"nullable\":true,\"enum\":[null]}";
    static const char chat[] = "{\"$ref\":\"#/components/schemas/Chat\"}";
    char text[512];

    (void)state;
    snprintf(text, sizeof(text),
             "{\"type\":\"object\",\"properties\":{\"data\":{\"type\":\"object\",\"properties\":"
             "{\"get_claimed_chat\":%s},\"required\":[\"get_claimed_chat\"],"
             "\"additionalProperties\":false},\"error\":%s},\"required\":[\"data\",\"error\"],"
             "\"additionalProperties\":false}",
             chat, null);
    assert_json(json_object_get(media_of("/cs-claim-chat", "post"), "schema"), text);
    snprintf(text, sizeof(text),
             "{\"type\":\"object\",\"properties\":{\"response\":%s},\"required\":[\"response\"],"
             "\"additionalProperties\":false}",
             chat);
    assert_json(json_object_get(media_of("/backoffice/chats/claim", "post"), "schema"), text);
}

static void a_sample_is_the_example_of_its_endpoint(void **state)
{
    const json_t *examples =
        json_object_get(media_of("/cs-get-messages-by-chat-id", "get"), "examples");

    (void)state;
    assert_non_null(json_object_get(examples, "forwarded"));
    assert_non_null(json_object_get(examples, "authentication-successful"));
    assert_null(json_object_get(media_of("/get-messages-by-chat-id", "get"), "examples"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_told_under_each_of_its_names_and_methods),
        cmocka_unit_test(nothing_is_told_that_is_in_no_row),
        cmocka_unit_test(every_reference_leads_to_something),
        cmocka_unit_test(a_name_with_a_point_is_an_object_in_an_object),
        cmocka_unit_test(inputs_of_a_get_are_in_the_query_or_the_path),
        cmocka_unit_test(who_may_call_is_told_as_cookies_and_roles),
        cmocka_unit_test(an_answer_is_told_in_the_envelope_of_its_name),
        cmocka_unit_test(a_sample_is_the_example_of_its_endpoint),
    };

    return cmocka_run_group_tests(tests, make, release);
}
