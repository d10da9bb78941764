#include "pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

enum {
    LOCK_KEY = 0x4b726174, /* with the name of the schema, the writer's lock */
    SCRIPT_MS = 600000,    /* a migration may rewrite a table */
};

static void postgres_close(struct db *db)
{
    struct postgres *self = (struct postgres *)db;

    PQfinish(self->connection);
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        bulk_free(&self->collected[i]);
        free(self->bulk_sql[i]);
    }
    free(self);
}

static struct db *postgres_connect(const char *url, char why[WHY_MAX])
{
    struct postgres *self = own_zero(sizeof(*self));
    self->db.driver = &db_postgres;
    if (pipeline_open(self, url) == 0)
        return &self->db;
    refuse(why, "%s", self->db.why);
    postgres_close(&self->db);
    return NULL;
}

static void on_locked(void *to, const struct db_row *row)
{
    *(int *)to = row->values[0].number != 0;
}

static int postgres_lock(struct db *db)
{
    struct postgres *self = (struct postgres *)db;
    int locked = 0;
    const struct sink sink = {on_locked, &locked};
    char sql[200];

    snprintf(sql, sizeof(sql),
             "SELECT CASE WHEN pg_try_advisory_lock(%d, hashtext(current_schema()))"
             " THEN 1 ELSE 0 END AS locked",
             LOCK_KEY);
    if (pipeline_send(self, sql) < 0 || pipeline_settle(self, DB_DEADLINE_MS, &sink) < 0)
        return -1;
    return locked;
}

/* ---- rows that go together ---- */

/* Collects a row of a plain INSERT. Returns false when it is none. Such rows
 * are each other's business in no way (no table refers to another), so they
 * may overtake one another, but nothing else. */
static bool collect(struct postgres *self, enum statement statement, const struct db_values *values)
{
    char **sql = &self->bulk_sql[statement];

    if (!self->writing)
        return false;
    if (!*sql)
        *sql = bulk_sql(statements[statement].sql, values);
    if (*sql)
        bulk_add(&self->collected[statement], values);
    return *sql != NULL;
}

static int send_collected(struct postgres *self)
{
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        struct bulk *bulk = &self->collected[i];
        if (bulk->rows == 0)
            continue;
        int rc = pipeline_send_bulk(self, (enum statement)i, self->bulk_sql[i], bulk);
        bulk_clear(bulk);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static void drop_collected(struct postgres *self)
{
    for (int i = 0; i < STATEMENT_COUNT; i++)
        bulk_clear(&self->collected[i]);
}

static int postgres_begin(struct db *db)
{
    struct postgres *self = (struct postgres *)db;

    if (pipeline_send(self, "BEGIN") < 0)
        return -1;
    self->writing = true;
    return 0;
}

static int postgres_script(struct db *db, const char *sql)
{
    struct postgres *self = (struct postgres *)db;

    if (send_collected(self) < 0 || pipeline_send(self, "SET LOCAL statement_timeout = 0") < 0 ||
        pipeline_settle(self, DB_DEADLINE_MS, NULL) < 0)
        return -1;
    return pipeline_script(self, sql, SCRIPT_MS);
}

static int postgres_run(struct db *db, enum statement statement, const struct db_values *values)
{
    struct postgres *self = (struct postgres *)db;

    if (collect(self, statement, values))
        return 0;
    if (send_collected(self) < 0 || pipeline_send_statement(self, statement, values) < 0)
        return -1;
    return self->writing ? 0 : pipeline_settle(self, DB_DEADLINE_MS, NULL);
}

static int postgres_query(struct db *db, enum statement statement, const struct db_values *values,
                          db_on_row *on_row, void *to)
{
    struct postgres *self = (struct postgres *)db;
    const struct sink sink = {on_row, to};

    if (send_collected(self) < 0 || pipeline_send_statement(self, statement, values) < 0)
        return -1;
    return pipeline_settle(self, DB_DEADLINE_MS, &sink);
}

static bool postgres_answers(struct db *db)
{
    struct postgres *self = (struct postgres *)db;

    return pipeline_send(self, statements[SQL_read_answer].sql) == 0 &&
           pipeline_settle(self, DB_ANSWER_MS, NULL) == 0;
}

static void postgres_rollback(struct db *db)
{
    struct postgres *self = (struct postgres *)db;
    char why[WHY_MAX];

    self->writing = false;
    drop_collected(self);
    if (db->lost)
        return;
    /* The reason of the first failure is the one to keep. */
    memcpy(why, db->why, sizeof(why));
    (void)pipeline_settle(self, DB_DEADLINE_MS,
                          NULL); /* after a failure all is skipped up to a sync */
    if (!db->lost &&
        (pipeline_send(self, "ROLLBACK") < 0 || pipeline_settle(self, DB_DEADLINE_MS, NULL) < 0))
        db->lost = true;
    memcpy(db->why, why, sizeof(why));
}

static int postgres_commit(struct db *db)
{
    struct postgres *self = (struct postgres *)db;

    /* A transaction that failed answers COMMIT with ROLLBACK, and no error. */
    if (send_collected(self) == 0 && pipeline_send(self, "COMMIT") == 0 &&
        pipeline_settle(self, DB_DEADLINE_MS, NULL) == 0) {
        self->writing = false;
        if (strcmp(self->tag, "COMMIT") == 0)
            return 0;
        return refuse(db->why, "the transaction had failed");
    }
    postgres_rollback(db);
    return -1;
}

const struct db_driver db_postgres = {
    .connect = postgres_connect,
    .close = postgres_close,
    .lock = postgres_lock,
    .answers = postgres_answers,
    .begin = postgres_begin,
    .script = postgres_script,
    .run = postgres_run,
    .query = postgres_query,
    .commit = postgres_commit,
    .rollback = postgres_rollback,
};
