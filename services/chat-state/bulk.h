/* bulk.h - the rows of one INSERT, collected so that PostgreSQL gets them as
 * one statement: an array for each column, in its binary form, where each row
 * would else cost a statement of its own. */
#ifndef BULK_H
#define BULK_H

#include "db.h"

struct bulk_column {
    bool is_text; /* else numbers */
    char *data;   /* the array as the server takes it */
    size_t size, room;
};

/* Empty when zeroed. */
struct bulk {
    size_t rows, count; /* count: of the columns */
    struct bulk_column columns[DB_VALUES_MAX];
};

/* Returns the statement for many rows, which the caller frees; NULL when sql
 * is not an INSERT of just these values: VALUES ($1, $2, …). */
char *bulk_sql(const char *sql, const struct db_values *values);

/* Adds a copy of a row. All rows have the same types. */
void bulk_add(struct bulk *self, const struct db_values *values);

/* Returns the array of column i, lent until the next row or bulk_clear. */
const char *bulk_array(struct bulk *self, size_t i, int *size);

/* Forgets the rows, and gives back memory that was needed once. */
void bulk_clear(struct bulk *self);

/* Frees what it holds. */
void bulk_free(struct bulk *self);

#endif
