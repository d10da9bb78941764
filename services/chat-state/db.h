/* db.h - a database, in the few words that SQLite and PostgreSQL share.
 *
 * Statements are those of sql/<name>.sql, each prepared once; values are
 * always bound, never written into SQL. A function that returns int returns
 * 0, or -1 with the reason in db->why. Reasons never hold a password or a
 * stored value, so they may be logged. Once db->lost is set, nothing but
 * close is of use. One thread. */
#ifndef DB_H
#define DB_H

#include "codec.h"
#include "statements.h"

enum {
    DB_VALUES_MAX = 40,
    DB_DEADLINE_MS = 6000, /* for any one answer of the database */
    DB_ANSWER_MS = 2000,   /* for connecting, and for SELECT 1 */
};

/* A parameter or a column: text, or when that is NULL a number. */
struct db_value {
    const char *text; /* lent */
    int64_t number;
};

struct db_values {
    size_t count;
    struct db_value items[DB_VALUES_MAX];
};

/* A row of a query; all of it is lent for the call. */
struct db_row {
    size_t count;
    const char *names[DB_VALUES_MAX];
    struct db_value values[DB_VALUES_MAX];
};

typedef void db_on_row(void *to, const struct db_row *row);

/* Each driver's struct begins with this one. */
struct db {
    const struct db_driver *driver;
    bool lost; /* the database went away */
    char why[WHY_MAX];
};

struct db_driver {
    /* Returns NULL with the reason in why. */
    struct db *(*connect)(const char *url, char why[WHY_MAX]);
    void (*close)(struct db *self);

    /* Takes the writer's lock, which lasts until close or the end of the
     * process. Returns 1 when it is ours, 0 when another has it, or -1. */
    int (*lock)(struct db *self);

    /* Whether the database answers within DB_ANSWER_MS. */
    bool (*answers)(struct db *self);

    int (*begin)(struct db *self);

    /* Runs SQL of our own with several statements in it. */
    int (*script)(struct db *self, const char *sql);

    /* Runs a statement without a result. The failure of a statement may
     * show only in the next query or commit. */
    int (*run)(struct db *self, enum statement statement, const struct db_values *values);

    /* Calls on_row(to, row) for each row. */
    int (*query)(struct db *self, enum statement statement, const struct db_values *values,
                 db_on_row *on_row, void *to);

    /* After -1 nothing of the transaction is kept, unless db->lost says that
     * nobody knows. */
    int (*commit)(struct db *self);
    void (*rollback)(struct db *self);
};

extern const struct db_driver db_sqlite;
extern const struct db_driver db_postgres;

static inline struct db_value db_text(const char *text)
{
    return (struct db_value){.text = text ? text : ""};
}

static inline struct db_value db_number(int64_t number)
{
    return (struct db_value){.number = number};
}

#endif
