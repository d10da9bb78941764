/* json.c - a message struct to JSON text; by hand, as every event that is
 * stored goes through it. json_read.c is the way back. */
#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

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
