#include "schema.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

enum { REQUIRED = true, OPTIONAL = false };

/* One function per message, so that FIELD can name the struct it is in. */
#define FIELD(name, type, presence, max, doc)                                                      \
    {#name, FIELD_##type,  presence,         max, offsetof(self, name),                            \
     doc,   MESSAGE_COUNT, sizeof(#name) - 1},
#define LIST(name, record, presence, max, doc)                                                     \
    {#name, FIELD_LIST,       presence,         max, offsetof(self, name),                         \
     doc,   MESSAGE_##record, sizeof(#name) - 1},
#define MESSAGE(name, wire, doc, ...)                                                              \
    static const struct field *name##_fields(void)                                                 \
    {                                                                                              \
        typedef struct name self;                                                                  \
        static const struct field fields[] = {__VA_ARGS__{NULL, 0, 0, 0, 0, 0, MESSAGE_COUNT, 0}}; \
        return fields;                                                                             \
    }
#include "messages.def"
#undef FIELD
#undef LIST
#undef MESSAGE

const struct message_type message_types[MESSAGE_COUNT] = {
#define MESSAGE(name, wire, doc, ...)                                                              \
    [MESSAGE_##name] = {wire, doc, sizeof(struct name), name##_fields},
#include "messages.def"
#undef MESSAGE
};

const struct message_type *message_type_named(const char *wire)
{
    for (size_t i = 0; i < MESSAGE_COUNT; i++)
        if (strcmp(message_types[i].wire, wire) == 0)
            return &message_types[i];
    return NULL;
}

const struct field *message_field(const struct message_type *type, const char *name)
{
    for (const struct field *field = type->fields(); field->name; field++)
        if (*field->name == *name && strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

static bool is_named(const struct field *field, const char *name, size_t size)
{
    return field->name_size == size && memcmp(field->name, name, size) == 0;
}

int field_index(const struct field *fields, int from, const char *name, size_t size)
{
    for (int i = from; fields[i].name; i++)
        if (is_named(&fields[i], name, size))
            return i;
    for (int i = 0; i < from; i++)
        if (is_named(&fields[i], name, size))
            return i;
    return -1;
}

const char *message_text(const struct message_type *type, const void *self, const char *name)
{
    const struct field *field = message_field(type, name);
    const char *at = (const char *)self;

    if (!field)
        return "";
    if (field->type == FIELD_UUID)
        return at + field->offset;
    assert(field->type == FIELD_STRING);
    const char *text = *(char *const *)(const void *)(at + field->offset);
    return text ? text : "";
}

int64_t message_number(const struct message_type *type, const void *self, const char *name)
{
    const struct field *field = message_field(type, name);
    const char *at = (const char *)self;

    if (!field)
        return 0;
    if (field->type == FIELD_BOOL)
        return *(const bool *)(at + field->offset);
    assert(field->type == FIELD_INT || field->type == FIELD_TIME);
    return *(const int64_t *)(const void *)(at + field->offset);
}

void message_set_text(const struct message_type *type, void *self, const char *name,
                      const char *text)
{
    const struct field *field = message_field(type, name);

    assert(field && (field->type == FIELD_STRING || field->type == FIELD_UUID));
    char *at = (char *)self + field->offset;
    if (field->type == FIELD_UUID) {
        memset(at, 0, UUID_SIZE);
        memcpy(at, text, strnlen(text, UUID_SIZE - 1));
        return;
    }
    own_replace((char **)(void *)at, text);
}

static void copy_list(const struct field *field, struct list *list)
{
    const struct message_type *record = &message_types[field->record];
    struct list from = *list;

    *list = (struct list){0};
    for (size_t i = 0; i < from.count; i++)
        message_copy(record, list_append(list, record), (char *)from.items + i * record->size);
}

void message_copy(const struct message_type *type, void *self, const void *from)
{
    memcpy(self, from, type->size);
    for (const struct field *field = type->fields(); field->name; field++) {
        void *at = (char *)self + field->offset;
        if (field->type == FIELD_STRING && *(char **)at)
            *(char **)at = own_copy(*(char **)at);
        else if (field->type == FIELD_LIST)
            copy_list(field, at);
    }
}

static void clear_list(const struct message_type *record, struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        message_clear(record, (char *)list->items + i * record->size);
    free(list->items);
}

void message_clear(const struct message_type *type, void *self)
{
    for (const struct field *field = type->fields(); field->name; field++) {
        void *at = (char *)self + field->offset;
        if (field->type == FIELD_STRING)
            free(*(char **)at);
        else if (field->type == FIELD_LIST)
            clear_list(&message_types[field->record], at);
    }
    memset(self, 0, type->size);
}

/* Doubles at each power of two, so that n appends cost O(n). */
void *list_append(struct list *list, const struct message_type *record)
{
    if ((list->count & (list->count - 1)) == 0)
        list->items = own_grow(list->items, (list->count ? 2 * list->count : 1) * record->size);
    void *item = (char *)list->items + list->count++ * record->size;
    memset(item, 0, record->size);
    return item;
}
