/* pipeline.h - a connection to PostgreSQL, for db_postgres.c.
 *
 * It stays in libpq's pipeline mode: what is sent runs in order, and nothing
 * waits for a result but pipeline_settle(), so that a group of writes costs
 * one round trip. No call of libpq here waits by itself, as a server that is
 * frozen would then freeze us too: every wait has a deadline, and past it the
 * connection counts as lost. */
#ifndef PIPELINE_H
#define PIPELINE_H

#include <libpq-fe.h>

#include "bulk.h"

struct postgres {
    struct db db;
    PGconn *connection;
    bool prepared[STATEMENT_COUNT]; /* on first use */
    bool bulk_prepared[STATEMENT_COUNT];
    bool writing;                           /* between begin and commit */
    struct bulk collected[STATEMENT_COUNT]; /* not sent yet */
    char *bulk_sql[STATEMENT_COUNT];        /* on first use */
    char tag[16];                           /* what the server says it did last */
};

/* Who reads the rows of a result. */
struct sink {
    db_on_row *on_row;
    void *to;
};

/* The functions return 0, or -1 with the reason in self->db.why. */

int pipeline_open(struct postgres *self, const char *url);

/* Sends one statement that takes no values. */
int pipeline_send(struct postgres *self, const char *sql);

/* Sends a named statement; prepares it first, which settles. */
int pipeline_send_statement(struct postgres *self, enum statement statement,
                            const struct db_values *values);

/* Sends the rows of a named statement in the form that sql has for many. */
int pipeline_send_bulk(struct postgres *self, enum statement statement, const char *sql,
                       struct bulk *bulk);

/* Waits for all results of what was sent, and hands their rows to sink (which
 * may be NULL). The reason is that of the first failure. */
int pipeline_settle(struct postgres *self, int64_t within_ms, const struct sink *sink);

/* Runs several statements at once; everything sent must have been settled. */
int pipeline_script(struct postgres *self, const char *sql, int64_t within_ms);

#endif
