/* fuzz_input - any body, for any route: it is refused with a reason, or all
 * that it set is within the limits of the inputs and of messages.def.
 *
 * The first byte picks the route, the second says whether the rest is the
 * body as JSON, as text/plain, or the value of every query parameter. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "routes.h"
#include "utf8.h"

#define CHAT "11111111-1111-4111-8111-111111111111"

static void check(int holds)
{
    if (!holds)
        abort();
}

static const char *query(const void *self, const char *name)
{
    (void)name;
    return self;
}

static void check_text(const struct route *route, const void *message, const struct input *input)
{
    const struct message_type *type = &message_types[route->message];
    const char *text = message_text(type, message, input->field);

    check(utf8_is_valid(text));
    check((int64_t)utf8_length(text) <= message_field(type, input->field)->max);
    check(!input->required || utf8_length(text) >= input->least);
}

static void check_all(const struct route *route, const struct parameters *parameters,
                      const void *message)
{
    for (const struct input *input = route->inputs; input && input->name; input++) {
        const char *text = input_text(parameters, input->name);
        if (input->type == INPUT_OTHER) /* its fill reads it */
            continue;
        check(!input->required || input_is_given(parameters, input->name));
        if (input->type == INPUT_OWN_CHAT)
            check(*text == '\0' || strcmp(text, CHAT) == 0);
        if (input->type == INPUT_TEXT && input->field)
            check_text(route, message, input);
    }
}

static void decode(const struct route *route, const struct parameters *parameters)
{
    const struct message_type *type = &message_types[route->message];
    struct refusal refusal = {0};
    void *message = own_zero(type->size);

    if (input_decode(route->inputs, parameters, type, message, &refusal) == 0)
        check_all(route, parameters, message);
    else
        check(refusal.status >= 400 && refusal.status < 500 && refusal.code && refusal.sentence[0]);
    message_clear(type, message);
    free(message);
}

/* Returns the row of this number, from the first one again after the last. */
static const struct route *pick_route(size_t number)
{
    static size_t count;

    while (route_at(count))
        count++;
    return route_at(count ? number % count : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct parameters parameters = {.own_chat = CHAT};
    struct refusal refusal;

    if (size < 2)
        return 0;
    const struct route *route = pick_route(data[0]);
    char *body = own_copy_of((const char *)data + 2, size - 2);
    if (data[1] % 3 == 2) {
        parameters.query = query;
        parameters.query_self = body;
    } else if (input_parse(body, size - 2, data[1] % 3 ? "text/plain" : NULL, &parameters.body,
                           &refusal) < 0) {
        check(refusal.status == 400);
        free(body);
        return 0;
    }
    decode(route, &parameters);
    json_decref(parameters.body);
    free(body);
    return 0;
}
