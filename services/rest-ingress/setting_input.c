#include "setting_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configuration.h"
#include "own.h"
#include "utf8.h"

/* Returns a copy of the strings with commas between; NULL when anything else is
 * in the list. */
static char *join(const json_t *list)
{
    char *text = NULL;
    size_t size = 0, index;
    json_t *item;
    bool are_strings = true;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        abort();
    json_array_foreach((json_t *)list, index, item)
    {
        are_strings &= json_is_string(item);
        fprintf(out, "%s%s", index ? "," : "", json_is_string(item) ? json_string_value(item) : "");
    }
    fclose(out);
    if (are_strings)
        return text;
    free(text);
    return NULL;
}

static char *text_of_number(const json_t *json)
{
    char text[32];

    snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(json));
    return own_copy(text);
}

/* Returns the value as text, which the caller frees; NULL when JSON of this kind
 * is none. */
static char *text_of(enum value_type type, const json_t *json)
{
    if (json_is_boolean(json) && (type == VALUE_FLAG || type == VALUE_WORDS))
        return own_copy(json_is_true(json) ? "true" : "false");
    if (json_is_integer(json) && type == VALUE_NUMBER)
        return text_of_number(json);
    if (json_is_array(json) && type == VALUE_WORDS)
        return join(json);
    return NULL;
}

static int refuse_value(const struct input *input, enum value_fault fault, enum value_type type,
                        const char *what, struct refusal *refusal)
{
    if (fault == VALUE_IS_OUT_OF_LIMITS)
        return refuse_with(refusal, 422, "value_out_of_limits", "%s must be %s.", input->name,
                           what);
    return refuse_with(refusal, 400, type == VALUE_MOMENT ? "invalid_time" : "invalid_field",
                       "%s must be %s.", input->name, what);
}

static struct setting_version *add(struct setting_set *set, const char *key)
{
    struct setting_version *version =
        list_append((struct list *)&set->settings, &message_types[MESSAGE_setting_version]);

    version->key = own_copy(key);
    return version;
}

int setting_decode(const struct input *input, const json_t *json, const char *text,
                   struct setting_set *set, struct refusal *refusal)
{
    enum configuration_id id = configuration_named(input->field);
    enum value_type type = configuration_keys[id].type;
    char *value = text ? own_copy(text) : text_of(type, json);
    char why[WHY_MAX];
    enum value_fault fault = configuration_check(id, value ? value : "", why);

    if (!value || !utf8_is_valid(value))
        fault = VALUE_IS_MALFORMED;
    if (fault == VALUE_IS_GOOD) {
        add(set, input->field)->value = value;
        return 0;
    }
    free(value);
    return refuse_value(input, fault, type, why, refusal);
}

/* What is no key cannot be one in the schema of messages either. */
int setting_decode_key(const struct input *input, const char *key, struct setting_set *set,
                       struct refusal *refusal)
{
    if (configuration_named(key) == CONFIGURATION_COUNT)
        return refuse_with(refusal, 422, "unknown_setting", "%s names no setting.", input->name);
    add(set, key)->deleted = true;
    return 0;
}
