#include "record.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "own.h"

static struct db_value value_of(const void *self, const struct field *field)
{
    const char *at = (const char *)self + field->offset;

    switch (field->type) {
    case FIELD_STRING:
        return db_text(*(char *const *)(const void *)at);
    case FIELD_UUID:
        return db_text(at);
    case FIELD_INT:
    case FIELD_TIME:
        return db_number(*(const int64_t *)(const void *)at);
    case FIELD_BOOL:
        return db_number(*(const bool *)at);
    case FIELD_LIST:
        assert(!"a column is not a list");
    }
    return db_number(0);
}

/* Names are mostly in the order of the fields, so each search begins where the
 * last one ended. */
static const struct field *next_field(const struct message_type *type, const struct field *last,
                                      const char *name)
{
    const struct field *field = last ? last + 1 : type->fields();

    while (field->name && strcmp(field->name, name) != 0)
        field++;
    return field->name ? field : message_field(type, name);
}

void record_bind(struct db_values *values, const struct message_type *type, const void *self,
                 const char *const names[])
{
    const struct field *field = NULL;

    for (; *names; names++) {
        field = next_field(type, field, *names);
        assert(field && values->count < DB_VALUES_MAX);
        values->items[values->count++] = value_of(self, field);
    }
}

/* NULL for a column that is none of the message's, and for a list: who reads it
 * divides it. */
static const struct field *field_of(const struct message_type *type, const char *name)
{
    const struct field *field = message_field(type, name);

    return field && field->type != FIELD_LIST ? field : NULL;
}

static void find_fields(struct record_reader *self, const struct db_row *row)
{
    for (size_t i = 0; i < row->count; i++)
        self->fields[i] = field_of(&message_types[self->record], row->names[i]);
    self->ready = true;
}

static void fill(void *record, const struct field *field, const struct db_value *value)
{
    char *at = (char *)record + field->offset;

    switch (field->type) {
    case FIELD_STRING:
        own_replace((char **)(void *)at, value->text);
        break;
    case FIELD_UUID:
        snprintf(at, UUID_SIZE, "%s", value->text ? value->text : "");
        break;
    case FIELD_INT:
    case FIELD_TIME:
        *(int64_t *)(void *)at = value->number;
        break;
    case FIELD_BOOL:
        *(bool *)at = value->number != 0;
        break;
    case FIELD_LIST:
        assert(!"a column is not a list");
    }
}

void record_on_row(void *to, const struct db_row *row)
{
    struct record_reader *self = to;
    const struct message_type *type = &message_types[self->record];
    void *record = list_append(self->list, type);

    if (!self->ready)
        find_fields(self, row);
    for (size_t i = 0; i < row->count; i++)
        if (self->fields[i])
            fill(record, self->fields[i], &row->values[i]);
}

static const struct db_value *row_value(const struct db_row *row, const char *name)
{
    size_t i = 0;

    while (i < row->count && strcmp(row->names[i], name) != 0)
        i++;
    assert(i < row->count);
    return &row->values[i];
}

const char *row_text(const struct db_row *row, const char *name)
{
    const char *text = row_value(row, name)->text;

    return text ? text : "";
}

int64_t row_number(const struct db_row *row, const char *name)
{
    return row_value(row, name)->number;
}
