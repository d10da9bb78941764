#include "json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

static json_t *object_of(const struct message_type *type, const void *self);

static json_t *array_of(const struct field *field, const struct list *list)
{
    const struct message_type *record = &message_types[field->record];
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array,
                              object_of(record, (const char *)list->items + i * record->size));
    return array;
}

/* Returns NULL when the field is absent. */
static json_t *value_of(const struct field *field, const void *at)
{
    switch (field->type) {
    case FIELD_STRING: {
        const char *text = *(char *const *)at;
        return text && *text ? json_string(text) : NULL;
    }
    case FIELD_UUID:
        return *(const char *)at ? json_string(at) : NULL;
    case FIELD_BOOL:
        return *(const bool *)at ? json_true() : NULL;
    case FIELD_INT:
    case FIELD_TIME:
        return *(const int64_t *)at ? json_integer(*(const int64_t *)at) : NULL;
    case FIELD_LIST:
        return ((const struct list *)at)->count ? array_of(field, at) : NULL;
    }
    return NULL;
}

static json_t *object_of(const struct message_type *type, const void *self)
{
    json_t *object = json_object();

    for (const struct field *field = type->fields(); field->name; field++) {
        json_t *value = value_of(field, (const char *)self + field->offset);
        if (value)
            json_object_set_new_nocheck(object, field->name, value);
    }
    return object;
}

char *message_to_json(const struct message_type *type, const void *self)
{
    json_t *object = object_of(type, self);
    char *text = json_dumps(object, JSON_COMPACT);

    json_decref(object);
    if (!text)
        abort(); /* out of memory: a checked message is always valid JSON */
    return text;
}

static int take_text(void *at, const struct field *field, const json_t *value, char why[WHY_MAX])
{
    if (!json_is_string(value))
        return refuse(why, "%s is not text", field->name);
    if (field->type == FIELD_STRING) {
        own_replace(at, json_string_value(value));
        return 0;
    }
    if (json_string_length(value) >= UUID_SIZE)
        return refuse(why, "%s is not a lower-case UUID", field->name);
    memcpy(at, json_string_value(value), json_string_length(value) + 1);
    return 0;
}

static int take_object(const struct message_type *type, void *self, const json_t *object,
                       char why[WHY_MAX]);

static int take_list(struct list *list, const struct field *field, const json_t *value,
                     char why[WHY_MAX])
{
    const struct message_type *record = &message_types[field->record];
    const json_t *item;
    size_t i;

    if (!json_is_array(value))
        return refuse(why, "%s is not a list", field->name);
    json_array_foreach(value, i, item)
    {
        if (take_object(record, list_append(list, record), item, why) == -1)
            return -1;
    }
    return 0;
}

static int take_field(void *at, const struct field *field, const json_t *value, char why[WHY_MAX])
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_UUID:
        return take_text(at, field, value, why);
    case FIELD_LIST:
        return take_list(at, field, value, why);
    case FIELD_BOOL:
        if (!json_is_boolean(value))
            return refuse(why, "%s is not true or false", field->name);
        *(bool *)at = json_is_true(value);
        return 0;
    case FIELD_INT:
    case FIELD_TIME:
        if (!json_is_integer(value))
            return refuse(why, "%s is not a whole number", field->name);
        *(int64_t *)at = json_integer_value(value);
        return 0;
    }
    return -1;
}

static int take_object(const struct message_type *type, void *self, const json_t *object,
                       char why[WHY_MAX])
{
    if (!json_is_object(object))
        return refuse(why, "not a JSON object");
    for (const struct field *field = type->fields(); field->name; field++) {
        const json_t *value = json_object_get(object, field->name);
        if (value && take_field((char *)self + field->offset, field, value, why) == -1)
            return -1;
    }
    return 0;
}

int message_from_json(const struct message_type *type, void *self, const char *text,
                      char why[WHY_MAX])
{
    json_error_t error;
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    int rc = -1;

    memset(self, 0, type->size);
    if (!object)
        refuse(why, "not JSON: %s", error.text);
    else if (take_object(type, self, object, why) == 0)
        rc = message_check(type, self, why);
    json_decref(object);
    if (rc == -1)
        message_clear(type, self);
    return rc;
}
