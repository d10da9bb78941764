#include "bulk.h"

#include <arpa/inet.h>
#include <assert.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

enum {
    HEADER_WORDS = 5,
    HEADER_SIZE = HEADER_WORDS * sizeof(uint32_t),
    KEPT_MAX = 64 * 1024, /* bytes of a column */
    TYPE_INT8 = 20,
    TYPE_TEXT = 25, /* catalog pg_type */
};

/* ---- the statement ---- */

static FILE *open_text(char **text, size_t *size)
{
    FILE *out = open_memstream(text, size);

    if (!out)
        abort();
    return out;
}

static char *values_of(size_t count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_text(&text, &size);

    for (size_t i = 1; i <= count; i++)
        fprintf(out, "%s$%zu", i == 1 ? "VALUES (" : ", ", i);
    fprintf(out, ")");
    fclose(out);
    return text;
}

static void write_arrays(FILE *out, const struct db_values *values)
{
    fprintf(out, "SELECT * FROM unnest(");
    for (size_t i = 0; i < values->count; i++)
        fprintf(out, "%s$%zu::%s[]", i ? ", " : "", i + 1,
                values->items[i].text ? "text" : "bigint");
    fprintf(out, ")");
}

char *bulk_sql(const char *sql, const struct db_values *values)
{
    char *row = values_of(values->count);
    const char *at = strstr(sql, row);
    char *text = NULL;
    size_t size = 0;

    if (at) {
        FILE *out = open_text(&text, &size);
        fwrite(sql, 1, (size_t)(at - sql), out);
        write_arrays(out, values);
        fprintf(out, "%s", at + strlen(row));
        fclose(out);
    }
    free(row);
    return text;
}

/* ---- the arrays ---- */

static void append(struct bulk_column *column, const void *data, size_t size)
{
    if (column->size + size > column->room) {
        column->room = 2 * (column->size + size);
        column->data = own_grow(column->data, column->room);
    }
    memcpy(column->data + column->size, data, size);
    column->size += size;
}

static void append_value(struct bulk_column *column, const struct db_value *value)
{
    uint64_t number = htobe64((uint64_t)value->number);
    const void *data = value->text ? (const void *)value->text : &number;
    size_t size = value->text ? strlen(value->text) : sizeof(number);
    uint32_t length = htonl((uint32_t)size);

    append(column, &length, sizeof(length));
    append(column, data, size);
}

void bulk_add(struct bulk *self, const struct db_values *values)
{
    static const char header[HEADER_SIZE];

    for (size_t i = 0; i < values->count; i++) {
        struct bulk_column *column = &self->columns[i];
        bool is_text = values->items[i].text != NULL;
        if (self->rows == 0) {
            column->is_text = is_text;
            append(column, header, sizeof(header));
        }
        assert(column->is_text == is_text);
        append_value(column, &values->items[i]);
    }
    self->count = values->count;
    self->rows++;
}

/* One dimension, no nulls, counted from 1 (array_recv of the server). */
const char *bulk_array(struct bulk *self, size_t i, int *size)
{
    struct bulk_column *column = &self->columns[i];
    const uint32_t header[HEADER_WORDS] = {htonl(1), 0,
                                           htonl(column->is_text ? TYPE_TEXT : TYPE_INT8),
                                           htonl((uint32_t)self->rows), htonl(1)};

    memcpy(column->data, header, sizeof(header));
    *size = (int)column->size;
    return column->data;
}

/* ---- the end ---- */

static void drop(struct bulk_column *column)
{
    free(column->data);
    *column = (struct bulk_column){0};
}

void bulk_clear(struct bulk *self)
{
    for (size_t i = 0; i < self->count; i++) {
        self->columns[i].size = 0;
        if (self->columns[i].room > KEPT_MAX)
            drop(&self->columns[i]);
    }
    self->rows = 0;
}

void bulk_free(struct bulk *self)
{
    for (size_t i = 0; i < DB_VALUES_MAX; i++)
        drop(&self->columns[i]);
    self->rows = 0;
}
