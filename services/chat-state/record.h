/* record.h - between a message of messages.def and a row of the database, by
 * name: a column has the name of the field it fills. */
#ifndef RECORD_H
#define RECORD_H

#include "db.h"

/* Appends the fields of this name to values, in this order; names end at a
 * NULL. Text is lent by self. */
void record_bind(struct db_values *values, const struct message_type *type, const void *self,
                 const char *const names[]);

/* Makes records of rows. Columns that the message does not have are
 * left out, as are lists. */
struct record_reader {
    enum message_id record;
    struct list *list; /* each row is appended here */
    bool ready;        /* fields are known, since the first row */
    const struct field *fields[DB_VALUES_MAX];
};

/* A db_on_row; to is a struct record_reader. */
void record_on_row(void *to, const struct db_row *row);

/* The text or number of the column of this name, which must be there. */
const char *row_text(const struct db_row *row, const char *name);
int64_t row_number(const struct db_row *row, const char *name);

#endif
