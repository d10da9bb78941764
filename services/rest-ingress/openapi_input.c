/* openapi_input.c - what a row takes, from its table of inputs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configuration.h"
#include "openapi.h"
#include "own.h"
#include "value.h"

/* ---- the schema of one input ---- */

static json_t *text_schema(size_t least, size_t most)
{
    return json_pack("{s:s, s:i, s:i}", "type", "string", "minLength", (int)least, "maxLength",
                     (int)most);
}

static json_t *one_of_two(json_t *one, json_t *other)
{
    return json_pack("{s:[o, o]}", "anyOf", one, other);
}

static json_t *flag_schema(void)
{
    return one_of_two(json_pack("{s:s}", "type", "boolean"),
                      json_pack("{s:s, s:[s, s]}", "type", "string", "enum", "true", "false"));
}

static json_t *number_schema(int64_t least, int64_t most)
{
    return one_of_two(json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)least,
                                "maximum", (json_int_t)most),
                      json_pack("{s:s, s:s, s:s}", "type", "string", "pattern", "^[0-9]{1,9}$",
                                "description", "The same number as text."));
}

static json_t *described(const char *type, const char *description)
{
    return json_pack("{s:s, s:s}", "type", type, "description", description);
}

static json_t *words_schema(const struct configuration_key *key)
{
    return one_of_two(text_schema(0, (size_t)key->most), value_schema("string[]"));
}

static json_t *setting_schema_of_type(const struct configuration_key *key)
{
    switch (key->type) {
    case VALUE_FLAG:
        return flag_schema();
    case VALUE_NUMBER:
        return number_schema(key->least, key->most);
    case VALUE_TEXT:
        return text_schema((size_t)key->least, (size_t)key->most);
    case VALUE_WORDS:
        return words_schema(key);
    case VALUE_MOMENT:
        break;
    }
    return described("string", "A time in ISO 8601.");
}

static json_t *setting_schema(const char *name)
{
    const struct configuration_key *key = &configuration_keys[configuration_named(name)];
    json_t *schema = setting_schema_of_type(key);

    json_object_set_new(schema, "description", json_string(key->doc));
    return schema;
}

static json_t *keys_schema(void)
{
    json_t *names = json_array();

    for (size_t i = 0; i < CONFIGURATION_COUNT; i++)
        json_array_append_new(names, json_string(configuration_keys[i].name));
    return json_pack("{s:s, s:o}", "type", "string", "enum", names);
}

static json_t *uuids_schema(const struct input *input)
{
    return json_pack("{s:s, s:o, s:i, s:i}", "type", "array", "items", value_schema("uuid"),
                     "minItems", 1, "maxItems", (int)(input->most / UUIDS_ENTRY));
}

static json_t *schema_of(const struct input *input)
{
    switch (input->type) {
    case INPUT_TEXT:
        return text_schema(input->least, input->most);
    case INPUT_TIME:
        return described("string", "A time in ISO 8601; empty is as if it were not there.");
    case INPUT_BOOL:
        return flag_schema();
    case INPUT_NUMBER:
        return number_schema((int64_t)input->least, (int64_t)input->most);
    case INPUT_UUID:
        return value_schema("uuid");
    case INPUT_MAYBE_UUID:
        return described("string", "A UUID; anything else is as if it were not there.");
    case INPUT_UUIDS:
        return uuids_schema(input);
    case INPUT_OWN_CHAT:
        return described("string", "The chat of the caller's own token: any other one is refused "
                                   "(403 not_your_chat).");
    case INPUT_SETTING:
        return setting_schema(input->field);
    case INPUT_UNSET:
        return keys_schema();
    case INPUT_OTHER:
        break;
    }
    return value_schema(input->field);
}

/* ---- parameters ---- */

static bool is_in_path(const struct named_route *named, const struct input *input)
{
    const char *name = strchr(named->path, ':');

    return name && strcmp(name + 1, input->name) == 0;
}

static json_t *parameter_of(const struct input *input, bool is_in_path)
{
    return json_pack("{s:s, s:s, s:b, s:o}", "name", input->name, "in",
                     is_in_path ? "path" : "query", "required", is_in_path || input->required,
                     "schema", schema_of(input));
}

/* The key that makes a command take effect once (README, "What comes twice"). */
static void add_key(json_t *parameters, const struct named_route *named)
{
    if (named->method != METHOD_GET && named->route->message &&
        message_field(&message_types[named->route->message], "command_id"))
        json_array_append_new(parameters,
                              json_pack("{s:s}", "$ref", "#/components/parameters/IdempotencyKey"));
}

/* ---- the body ---- */

static void require(json_t *object, const char *name)
{
    json_t *required = json_object_get(object, "required"), *item;
    size_t i;

    if (!required) {
        required = json_array();
        json_object_set_new(object, "required", required);
    }
    json_array_foreach(required, i, item)
    {
        if (strcmp(json_string_value(item), name) == 0)
            return;
    }
    json_array_append_new(required, json_string(name));
}

static json_t *new_object(void)
{
    return json_pack("{s:s, s:{}}", "type", "object", "properties");
}

/* Returns the object inside another one, lent; makes it when it is not there. */
static json_t *member(json_t *object, const char *name, bool is_required)
{
    json_t *properties = json_object_get(object, "properties");

    if (!json_object_get(properties, name))
        json_object_set_new(properties, name, new_object());
    if (is_required)
        require(object, name);
    return json_object_get(properties, name);
}

static void add_to_body(json_t *object, const struct input *input)
{
    const char *name = input->name, *dot;

    while ((dot = strchr(name, '.'))) {
        char *first = own_copy_of(name, (size_t)(dot - name));
        object = member(object, first, input->required);
        free(first);
        name = dot + 1;
    }
    json_object_set_new(json_object_get(object, "properties"), name, schema_of(input));
    if (input->required)
        require(object, name);
}

static void add_body(json_t *operation, const char *path, json_t *object)
{
    bool is_required = json_object_get(object, "required") != NULL;
    json_t *media = json_pack("{s:o}", "schema", object);

    openapi_add_samples(media, path, "request");
    json_object_set_new(
        operation, "requestBody",
        json_pack("{s:b, s:{s:o}}", "required", is_required, "content", "application/json", media));
}

void openapi_add_inputs(json_t *operation, const struct named_route *named)
{
    json_t *parameters = json_array(), *object = new_object();

    for (const struct input *input = named->route->inputs; input && input->name; input++) {
        bool is_part_of_path = is_in_path(named, input);
        if (named->method == METHOD_GET || is_part_of_path)
            json_array_append_new(parameters, parameter_of(input, is_part_of_path));
        else
            add_to_body(object, input);
    }
    add_key(parameters, named);
    if (json_array_size(parameters) > 0)
        json_object_set(operation, "parameters", parameters);
    if (json_object_size(json_object_get(object, "properties")) > 0)
        add_body(operation, named->path, json_incref(object));
    json_decref(parameters);
    json_decref(object);
}
