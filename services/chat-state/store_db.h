/* store_db.h - what the files of the store share: the connection, and what is
 * said when it fails. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "record.h"
#include "store.h"

struct store {
    char *url; /* may hold a password: never logged */
    const struct db_driver *driver;
    struct db *db; /* NULL when connecting again failed */
    bool locked;   /* we are the writer */
    bool writing;  /* between begin and commit */
    bool broken;   /* a write of this transaction failed */
    bool away;     /* the database went away; logged */
    bool refused;  /* it answers, but refused something; logged */
};

/* Logs the reason of the database, once until it changes. Returns -1. */
int store_failed(struct store *self);

/* Runs a statement; a failure breaks the transaction. Returns 0 or -1. */
int store_run(struct store *self, enum statement statement, const struct db_values *values);

/* Calls on_row(to, row) for each row. Returns 0 or -1. */
int store_query(struct store *self, enum statement statement, const struct db_values *values,
                db_on_row *on_row, void *to);

/* Appends a record for each row to list. Returns 0 or -1. */
int store_query_list(struct store *self, enum statement statement, const struct db_values *values,
                     enum message_id record, struct list *list);

/* Appends a chat for each row of chat_version, with its labels. Returns 0 or
 * -1. */
int store_query_chats(struct store *self, enum statement statement, const struct db_values *values,
                      struct list *chats);

#endif
