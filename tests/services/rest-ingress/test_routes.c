#include "test.h"

#include <string.h>

#include "complete.h"
#include "configuration.h"
#include "handlers.h"
#include "routes.h"

static const unsigned methods[] = {METHOD_GET, METHOD_POST};
enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

static void assert_found(size_t index, const struct route *route, unsigned method)
{
    struct route_match match = route_find(route->path, method);

    assert_ptr_equal(match.route, route);
    assert_int_equal(match.index, index);
    assert_int_equal(match.envelope, route->envelope);
    assert_int_equal(match.methods, route->methods);
    assert_null(match.tail);
}

static void every_path_is_found_and_is_there_once_for_a_method(void **state)
{
    const struct route *route;

    (void)state;
    for (size_t i = 0; (route = route_at(i)); i++)
        for (size_t k = 0; k < METHODS; k++)
            if (!strchr(route->path, ':') && (route->methods & methods[k]))
                assert_found(i, route, methods[k]);
}

static void assert_found_later(const struct route *route, unsigned method)
{
    struct route_match match = route_find(route->later, method);

    assert_ptr_equal(match.route, route);
    assert_int_equal(match.envelope, ENVELOPE_RESPONSE);
    assert_int_equal(match.methods, route->later_methods ? route->later_methods : route->methods);
}

static void a_later_name_is_found_and_is_there_once_for_a_method(void **state)
{
    const struct route *route;

    (void)state;
    for (size_t i = 0; (route = route_at(i)); i++)
        for (size_t k = 0; route->later && k < METHODS; k++)
            if ((route->later_methods ? route->later_methods : route->methods) & methods[k])
                assert_found_later(route, methods[k]);
}

static void a_path_that_does_not_take_a_method_tells_all_that_it_takes(void **state)
{
    (void)state;
    assert_int_equal(route_find("/init-chat", METHOD_GET).methods, METHOD_POST);
    assert_int_equal(route_find("/comments/comment-history", 0).methods, METHOD_READ);
}

static void a_segment_of_the_path_may_be_a_parameter(void **state)
{
    struct route_match match = route_find("/cs-get-messages-by-chat-id/abc", METHOD_GET);

    (void)state;
    assert_string_equal(route_parameter(match.route), "chatId");
    assert_string_equal(match.tail, "abc");
}

static void other_paths_are_no_routes(void **state)
{
    static const char *const paths[] = {"",
                                        "/",
                                        "/nope",
                                        "init-chat",
                                        "/init-chat/",
                                        "/INIT-CHAT",
                                        "/cs-get-messages-by-chat-id/",
                                        "/cs-get-messages-by-chat-id/a/b"};

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_null(route_find(paths[i], METHOD_GET).route);
}

static void every_route_ends_with_an_answer(void **state)
{
    const struct route *route;

    (void)state;
    for (size_t i = 0; (route = route_at(i)); i++) {
        assert_true(route->methods);
        assert_true(route->about && *route->about);
        assert_true(route->value && *route->value);
        assert_true(route->handle || (route->message && route->answer && route->shape));
        /* The name before the value; without one, the value says it itself. */
        if (route->message && route->envelope == ENVELOPE_DATA &&
            strcmp(route->path, "/cs-get-components-healthz-status") != 0 &&
            strncmp(route->path, "/jwt/", strlen("/jwt/")) != 0 &&
            route->handle != handle_transcript && route->shape != shape_existence)
            assert_non_null(route->key);
        /* Roles are of agents, who may also ask what some end users may. */
        assert_true(route->roles ? route->who != IDENTITY_NONE : route->who != IDENTITY_AGENT);
    }
}

static void no_get_writes_that_a_link_could_be(void **state)
{
    const struct route *route;

    (void)state;
    for (size_t i = 0; (route = route_at(i)); i++)
        if (route->message && message_field(&message_types[route->message], "command_id"))
            assert_true(route->guards_get ||
                        ((route->methods | route->later_methods) & METHOD_GET) == 0);
}

static bool is_of_type(enum input_type input, enum field_type field)
{
    switch (input) {
    case INPUT_TEXT:
    case INPUT_UUIDS:
        return field == FIELD_STRING;
    case INPUT_TIME:
        return field == FIELD_TIME;
    case INPUT_BOOL:
        return field == FIELD_BOOL;
    case INPUT_NUMBER:
        return field == FIELD_INT || field == FIELD_STRING;
    case INPUT_UUID:
    case INPUT_MAYBE_UUID:
        return field == FIELD_UUID;
    case INPUT_OWN_CHAT:
    case INPUT_SETTING:
    case INPUT_UNSET:
    case INPUT_OTHER:
        break;
    }
    return false;
}

/* What passes an input's limits must not be refused by the codec afterwards:
 * that would be our fault and not the client's. */
static void check_input(const struct route *route, const struct input *input)
{
    if (input->type == INPUT_SETTING || input->type == INPUT_UNSET) {
        assert_int_equal(route->message, MESSAGE_setting_set);
        assert_true(input->type == INPUT_UNSET ||
                    configuration_named(input->field) < CONFIGURATION_COUNT);
        return;
    }
    const struct field *field = message_field(&message_types[route->message], input->field);

    if (!field) {
        fail_msg("%s: no field for %s", route->path, input->name);
        return;
    }
    assert_true(is_of_type(input->type, field->type));
    if (input->type == INPUT_TEXT || input->type == INPUT_UUIDS) {
        assert_true((int64_t)input->most <= field->max);
        assert_true(input->least <= input->most);
    }
}

static void every_input_fits_its_field(void **state)
{
    const struct route *route;

    (void)state;
    for (size_t i = 0; (route = route_at(i)); i++)
        for (const struct input *input = route->inputs; input && input->name; input++)
            if (input->field && input->type != INPUT_OTHER)
                check_input(route, input);
}

static void an_idempotency_key_is_printable_and_short(void **state)
{
    char key[IDEMPOTENCY_KEY_MAX + 2] = "";

    (void)state;
    assert_false(idempotency_key_is_valid(key));
    memset(key, 'k', IDEMPOTENCY_KEY_MAX);
    assert_true(idempotency_key_is_valid(key));
    key[IDEMPOTENCY_KEY_MAX] = 'k';
    assert_false(idempotency_key_is_valid(key));
    assert_false(idempotency_key_is_valid("a b"));
    assert_false(idempotency_key_is_valid("\xc3\xb5"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_path_is_found_and_is_there_once_for_a_method),
        cmocka_unit_test(a_later_name_is_found_and_is_there_once_for_a_method),
        cmocka_unit_test(a_path_that_does_not_take_a_method_tells_all_that_it_takes),
        cmocka_unit_test(a_segment_of_the_path_may_be_a_parameter),
        cmocka_unit_test(other_paths_are_no_routes),
        cmocka_unit_test(every_route_ends_with_an_answer),
        cmocka_unit_test(no_get_writes_that_a_link_could_be),
        cmocka_unit_test(every_input_fits_its_field),
        cmocka_unit_test(an_idempotency_key_is_printable_and_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
