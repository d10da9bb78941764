#include "json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

/* ---- writing; by hand, as every event that is stored goes through it ---- */

struct text {
    char *data;
    size_t size, room;
};

static void add(struct text *self, const char *data, size_t size)
{
    if (self->size + size > self->room) {
        self->room = 2 * (self->size + size) + 512;
        self->data = own_grow(self->data, self->room);
    }
    memcpy(self->data + self->size, data, size);
    self->size += size;
}

/* What may not stand in a JSON string as it is. Returns the size of what
 * stands for it. */
static size_t escape(char c, char out[8])
{
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *at = strchr(plain, c);

    if (!at)
        return (size_t)snprintf(out, 8, "\\u%04x", (unsigned)c);
    out[0] = '\\';
    out[1] = letters[at - plain];
    return 2;
}

static void add_string(struct text *self, const char *string)
{
    char escaped[8];

    add(self, "\"", 1);
    for (;;) {
        size_t plain = 0;
        while ((unsigned char)string[plain] >= ' ' && string[plain] != '"' && string[plain] != '\\')
            plain++;
        add(self, string, plain);
        string += plain;
        if (!*string)
            break;
        add(self, escaped, escape(*string++, escaped));
    }
    add(self, "\"", 1);
}

static void add_number(struct text *self, int64_t number)
{
    char digits[24];
    int size = snprintf(digits, sizeof(digits), "%" PRId64, number);

    add(self, digits, (size_t)size);
}

static void add_object(struct text *self, const struct message_type *type, const void *message);

static void add_array(struct text *self, const struct message_type *record, const struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        add(self, i ? "," : "[", 1);
        add_object(self, record, (const char *)list->items + i * record->size);
    }
    add(self, "]", 1);
}

static bool is_absent(const struct field *field, const void *at)
{
    switch (field->type) {
    case FIELD_STRING:
        return !*(char *const *)at || !**(char *const *)at;
    case FIELD_UUID:
        return !*(const char *)at;
    case FIELD_BOOL:
        return !*(const bool *)at;
    case FIELD_INT:
    case FIELD_TIME:
        return !*(const int64_t *)at;
    case FIELD_LIST:
        return !((const struct list *)at)->count;
    }
    return true;
}

static void add_value(struct text *self, const struct field *field, const void *at)
{
    switch (field->type) {
    case FIELD_STRING:
        add_string(self, *(char *const *)at);
        return;
    case FIELD_UUID:
        add_string(self, at);
        return;
    case FIELD_BOOL:
        add(self, "true", 4);
        return;
    case FIELD_INT:
    case FIELD_TIME:
        add_number(self, *(const int64_t *)at);
        return;
    case FIELD_LIST:
        add_array(self, &message_types[field->record], at);
        return;
    }
}

static void add_object(struct text *self, const struct message_type *type, const void *message)
{
    const char *before = "{\"";

    for (const struct field *field = type->fields(); field->name; field++) {
        const void *at = (const char *)message + field->offset;
        if (is_absent(field, at))
            continue;
        add(self, before, 2);
        add(self, field->name, strlen(field->name));
        add(self, "\":", 2);
        add_value(self, field, at);
        before = ",\"";
    }
    add(self, *before == '{' ? "{}" : "}", *before == '{' ? 2 : 1);
}

char *message_to_json(const struct message_type *type, const void *self)
{
    struct text text = {0};

    add_object(&text, type, self);
    add(&text, "", 1);
    return text.data;
}

/* ---- reading ---- */

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
