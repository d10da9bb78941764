#include "input.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "own.h"
#include "setting_input.h"
#include "utf8.h"
#include "uuid.h"

/* A parameter as it was found. Of a string there is the text, of any other
 * JSON value the value, of an absent one neither. */
struct value {
    const char *text;
    const json_t *json;
};

/* Where a decoded input goes to. */
struct target {
    const struct message_type *type;
    void *message;
    const char *own_chat;
    struct refusal *refusal;
};

int refuse_with(struct refusal *refusal, int status, const char *code, const char *format, ...)
{
    va_list arguments;

    refusal->status = status;
    refusal->code = code;
    va_start(arguments, format);
    vsnprintf(refusal->sentence, sizeof(refusal->sentence), format, arguments);
    va_end(arguments);
    return -1;
}

/* ---- the body ---- */

/* jansson recurses; this keeps a body of brackets from taking its stack. */
static bool is_too_deep(const char *text, size_t size)
{
    bool in_string = false;
    size_t depth = 0;

    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            depth++;
        else if (!in_string && (c == '}' || c == ']') && depth > 0)
            depth--;
        if (depth > JSON_DEPTH_MAX)
            return true;
    }
    return false;
}

static bool is_plain_text(const char *content_type)
{
    return content_type && strncasecmp(content_type, "text/plain", strlen("text/plain")) == 0;
}

int input_parse(const char *body, size_t size, const char *content_type, json_t **object,
                struct refusal *refusal)
{
    json_error_t error;
    size_t start = 0;

    *object = NULL;
    while (start < size && strchr(" \t\r\n", body[start]) && body[start] != '\0')
        start++;
    if (start == size || (body[start] != '{' && is_plain_text(content_type)))
        return 0;
    if (is_too_deep(body, size))
        return refuse_with(refusal, 400, "invalid_json", "The body is nested deeper than %d.",
                           JSON_DEPTH_MAX);
    json_t *value = json_loadb(body, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!value)
        return refuse_with(refusal, 400, "invalid_json",
                           "The body is not valid JSON: line %d, column %d.", error.line,
                           error.column);
    if (json_is_object(value))
        *object = value;
    else
        json_decref(value);
    return 0;
}

/* ---- finding a parameter ---- */

static const json_t *find_in_body(const json_t *body, const char *name)
{
    const char *dot;

    while ((dot = strchr(name, '.'))) {
        char *first = own_copy_of(name, (size_t)(dot - name));
        body = json_object_get(body, first);
        free(first);
        name = dot + 1;
    }
    return json_object_get(body, name);
}

static struct value find(const struct parameters *parameters, const char *name)
{
    const json_t *json = find_in_body(parameters->body, name);
    const char *text = NULL;

    if (json && !json_is_null(json))
        return (struct value){json_string_value(json), json};
    if (parameters->path_name && strcmp(parameters->path_name, name) == 0)
        text = parameters->path_value;
    else if (parameters->query)
        text = parameters->query(parameters->query_self, name);
    return (struct value){text, NULL};
}

const char *input_text(const struct parameters *parameters, const char *name)
{
    struct value value = find(parameters, name);

    return value.text ? value.text : "";
}

bool input_is_given(const struct parameters *parameters, const char *name)
{
    struct value value = find(parameters, name);

    return value.text || value.json;
}

/* ---- decoding ---- */

static void *place_of(const struct target *target, const char *name)
{
    return (char *)target->message + message_field(target->type, name)->offset;
}

static int invalid(const struct target *target, const struct input *input, const char *what)
{
    return refuse_with(target->refusal, 400, "invalid_field", "%s is not %s.", input->name, what);
}

/* White space as upstream's limits knew it: everything up to the space. */
static const char *trim(const char *text, size_t *size)
{
    while (*text && (unsigned char)*text <= ' ')
        text++;
    *size = strlen(text);
    while (*size > 0 && (unsigned char)text[*size - 1] <= ' ')
        (*size)--;
    return text;
}

/* A text is kept as it was written, unless only its white space makes it too
 * long; white space alone is nothing. */
static int decode_text(const struct input *input, const char *text, const struct target *target)
{
    size_t size;
    const char *start = trim(text, &size);
    char *trimmed = own_copy_of(start, size);
    size_t length = utf8_length(trimmed);
    int rc = 0;

    if (length < input->least || length > input->most)
        rc = refuse_with(target->refusal, 422, "value_out_of_limits",
                         "%s must have %zu to %zu characters.", input->name, input->least,
                         input->most);
    else if (input->field)
        message_set_text(target->type, target->message, input->field,
                         size > 0 && utf8_length(text) <= input->most ? text : trimmed);
    free(trimmed);
    return rc;
}

static int decode_time(const struct input *input, const char *text, const struct target *target)
{
    int64_t wall_ms;

    if (*text == '\0')
        return 0;
    if (!iso_time_parse(text, &wall_ms))
        return refuse_with(target->refusal, 400, "invalid_time", "%s is not a time in ISO 8601.",
                           input->name);
    *(field_TIME *)place_of(target, input->field) = wall_ms;
    return 0;
}

static int decode_bool(const struct input *input, const struct value *value,
                       const struct target *target)
{
    bool is_true = json_is_true(value->json) || (value->text && strcmp(value->text, "true") == 0);
    bool is_false =
        json_is_false(value->json) || (value->text && strcmp(value->text, "false") == 0);

    if (!is_true && !is_false)
        return invalid(target, input, "true or false");
    *(field_BOOL *)place_of(target, input->field) = is_true;
    return 0;
}

/* Up to nine digits; returns -1 for anything else. */
static int64_t number_of(const struct value *value)
{
    size_t size = value->text ? strspn(value->text, "0123456789") : 0;

    if (json_is_integer(value->json))
        return json_integer_value(value->json);
    return size > 0 && size < 10 && value->text[size] == '\0' ? strtoll(value->text, NULL, 10) : -1;
}

/* Some fields hold a number as text. */
static int decode_number(const struct input *input, const struct value *value,
                         const struct target *target)
{
    int64_t number = number_of(value);
    char digits[24];

    if (!value->text && !json_is_integer(value->json))
        return invalid(target, input, "a whole number");
    if (number < (int64_t)input->least || number > (int64_t)input->most)
        return refuse_with(target->refusal, 422, "value_out_of_limits",
                           "%s must be a whole number from %zu to %zu.", input->name, input->least,
                           input->most);
    snprintf(digits, sizeof(digits), "%" PRId64, number);
    if (message_field(target->type, input->field)->type == FIELD_INT)
        *(field_INT *)place_of(target, input->field) = number;
    else
        message_set_text(target->type, target->message, input->field, digits);
    return 0;
}

static int decode_uuid(const struct input *input, const char *text, const struct target *target)
{
    if (uuid_is_valid(text))
        message_set_text(target->type, target->message, input->field, text);
    else if (input->type == INPUT_UUID)
        return invalid(target, input, "a UUID");
    return 0;
}

static int decode_uuids(const struct input *input, const json_t *list, const struct target *target)
{
    const json_t *item;
    size_t i;

    if (!json_is_array(list))
        return invalid(target, input, "a list");
    json_array_foreach(list, i, item)
    {
        const char *id = json_string_value(item);
        if (!id || !uuid_is_valid(id))
            return invalid(target, input, "a list of UUIDs");
    }
    char *text = json_dumps(list, JSON_COMPACT);
    size_t size = strlen(text);
    bool fits = i > 0 && size >= input->least && size <= input->most;
    if (fits)
        message_set_text(target->type, target->message, input->field, text);
    free(text);
    return fits ? 0
                : refuse_with(target->refusal, 422, "value_out_of_limits",
                              "%s must have 1 to %zu entries.", input->name,
                              input->most / UUIDS_ENTRY);
}

static int decode_own_chat(const struct input *input, const char *text, const struct target *target)
{
    if (*text && strcmp(text, target->own_chat) != 0)
        return refuse_with(target->refusal, 403, "not_your_chat",
                           "%s names another chat than yours.", input->name);
    return 0;
}

static int decode_string(const struct input *input, const char *text, const struct target *target)
{
    if (!utf8_is_valid(text))
        return invalid(target, input, "text in UTF-8");
    switch (input->type) {
    case INPUT_TEXT:
        return decode_text(input, text, target);
    case INPUT_TIME:
        return decode_time(input, text, target);
    case INPUT_UUID:
    case INPUT_MAYBE_UUID:
        return decode_uuid(input, text, target);
    case INPUT_OWN_CHAT:
        return decode_own_chat(input, text, target);
    case INPUT_UNSET:
        return setting_decode_key(input, text, target->message, target->refusal);
    case INPUT_SETTING:
    case INPUT_BOOL:
    case INPUT_NUMBER:
    case INPUT_UUIDS:
    case INPUT_OTHER:
        break;
    }
    return 0;
}

static int decode(const struct input *input, const struct value *value, const struct target *target)
{
    if (!value->text && !value->json)
        return input->required ? refuse_with(target->refusal, 400, "missing_field",
                                             "%s is missing.", input->name)
                               : 0;
    if (input->type == INPUT_BOOL)
        return decode_bool(input, value, target);
    if (input->type == INPUT_NUMBER)
        return decode_number(input, value, target);
    if (input->type == INPUT_SETTING)
        return setting_decode(input, value->json, value->text, target->message, target->refusal);
    if (input->type == INPUT_UUIDS)
        return decode_uuids(input, value->json, target);
    if (!value->text)
        return invalid(target, input, "a string");
    return decode_string(input, value->text, target);
}

int input_decode(const struct input *inputs, const struct parameters *parameters,
                 const struct message_type *type, void *message, struct refusal *refusal)
{
    struct target target = {type, message, parameters->own_chat, refusal};

    for (const struct input *input = inputs; input && input->name; input++) {
        if (input->type == INPUT_OTHER)
            continue;
        struct value value = find(parameters, input->name);
        if (decode(input, &value, &target) < 0)
            return -1;
    }
    return 0;
}
