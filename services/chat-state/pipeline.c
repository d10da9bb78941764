#include "pipeline.h"

#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"

enum { NUMBER_SIZE = 24, NAME_SIZE = 64 };

/* Type ids that the server reports (catalog pg_type). */
enum { TYPE_INT8 = 20, TYPE_INT2 = 21, TYPE_INT4 = 23 };

/* ---- failures ---- */

static int lost(struct postgres *self, const char *why)
{
    self->db.lost = true;
    return refuse(self->db.why, "%.*s", (int)strcspn(why, "\n"), why);
}

static int gone(struct postgres *self)
{
    return lost(self, PQerrorMessage(self->connection));
}

/* Only the primary message: the detail may quote what was to be stored. */
static int failed(struct postgres *self, const PGresult *result)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (PQstatus(self->connection) == CONNECTION_BAD)
        return gone(self);
    return refuse(self->db.why, "%s: %s", state ? state : "?", message ? message : "no result");
}

static void on_notice(void *self, const char *notice)
{
    (void)self;
    log_debug("database notice", "notice", notice);
}

/* ---- results ---- */

static struct db_value column(const PGresult *result, int row, int i)
{
    const char *text = PQgetvalue(result, row, i);
    Oid type = PQftype(result, i);

    if (type == TYPE_INT8 || type == TYPE_INT4 || type == TYPE_INT2)
        return db_number(strtoll(text, NULL, 10));
    return db_text(text);
}

static void hand_over(const PGresult *result, const struct sink *sink)
{
    int columns = PQnfields(result);
    struct db_row row = {.count = (size_t)columns};

    assert(columns <= DB_VALUES_MAX);
    for (int i = 0; i < columns; i++)
        row.names[i] = PQfname(result, i);
    for (int r = 0; r < PQntuples(result); r++) {
        for (int i = 0; i < columns; i++)
            row.values[i] = column(result, r, i);
        sink->on_row(sink->to, &row);
    }
}

/* Returns 0, or -1 with the reason in why when result is a failure. */
static int look_at(struct postgres *self, const PGresult *result, const struct sink *sink)
{
    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
        if (sink)
            hand_over(result, sink);
        return 0;
    case PGRES_COMMAND_OK:
        snprintf(self->tag, sizeof(self->tag), "%s", PQcmdStatus((PGresult *)result));
        return 0;
    case PGRES_PIPELINE_SYNC:
        return 0;
    default:
        return failed(self, result);
    }
}

/* ---- waiting ---- */

/* Waits until there is a result to take. */
static int await(struct postgres *self, int64_t deadline)
{
    int unsent = PQflush(self->connection);

    while (unsent > 0 || (unsent == 0 && PQisBusy(self->connection))) {
        struct pollfd socket = {PQsocket(self->connection),
                                (short)(unsent ? POLLIN | POLLOUT : POLLIN), 0};
        int64_t left = deadline - clock_monotonic_ms();
        int ready = left > 0 ? poll(&socket, 1, (int)left) : 0;
        if (ready == 0)
            return lost(self, "the database does not answer in time");
        if (ready > 0 && !PQconsumeInput(self->connection))
            return gone(self);
        unsent = PQflush(self->connection);
    }
    return unsent < 0 ? gone(self) : 0;
}

/* Takes one result, and frees it. Returns 1 when it was the end of what was
 * asked for, 0 when more will come, or -1. */
static int take(struct postgres *self, int64_t deadline, const struct sink *sink, int *outcome)
{
    if (await(self, deadline) < 0)
        return -1;
    PGresult *result = PQgetResult(self->connection);
    bool piped = PQpipelineStatus(self->connection) != PQ_PIPELINE_OFF;
    bool end = result ? PQresultStatus(result) == PGRES_PIPELINE_SYNC : !piped;
    /* After the first failure the rest are skipped; the first is the reason. */
    if (result && *outcome == 0)
        *outcome = look_at(self, result, sink);
    PQclear(result);
    if (PQstatus(self->connection) == CONNECTION_BAD)
        return gone(self);
    return end;
}

/* Takes all results of what was sent. Returns 0 when all went well. */
static int take_all(struct postgres *self, int64_t within_ms, const struct sink *sink)
{
    int64_t deadline = clock_monotonic_ms() + within_ms;
    int outcome = 0;
    int end = 0;

    while (end == 0)
        end = take(self, deadline, sink, &outcome);
    return end < 0 ? -1 : outcome;
}

int pipeline_settle(struct postgres *self, int64_t within_ms, const struct sink *sink)
{
    if (!PQpipelineSync(self->connection))
        return gone(self);
    return take_all(self, within_ms, sink);
}

/* ---- sending ---- */

int pipeline_send(struct postgres *self, const char *sql)
{
    if (PQsendQueryParams(self->connection, sql, 0, NULL, NULL, NULL, NULL, 0))
        return 0;
    return gone(self);
}

/* Outside of the pipeline, which takes one statement at a time. */
int pipeline_script(struct postgres *self, const char *sql, int64_t within_ms)
{
    if (!PQexitPipelineMode(self->connection) || !PQsendQuery(self->connection, sql))
        return gone(self);
    int result = take_all(self, within_ms, NULL);
    if (!self->db.lost && !PQenterPipelineMode(self->connection))
        return gone(self);
    return result;
}

static int prepare(struct postgres *self, bool *is_prepared, const char *name, const char *sql)
{
    if (*is_prepared)
        return 0;
    if (!PQsendPrepare(self->connection, name, sql, 0, NULL))
        return gone(self);
    if (pipeline_settle(self, DB_DEADLINE_MS, NULL) < 0)
        return -1;
    *is_prepared = true;
    return 0;
}

int pipeline_send_statement(struct postgres *self, enum statement statement,
                            const struct db_values *values)
{
    char numbers[DB_VALUES_MAX][NUMBER_SIZE];
    const char *texts[DB_VALUES_MAX];
    const struct statement_text *named = &statements[statement];

    if (prepare(self, &self->prepared[statement], named->name, named->sql) < 0)
        return -1;
    for (size_t i = 0; i < values->count; i++) {
        texts[i] = values->items[i].text;
        if (!texts[i]) {
            snprintf(numbers[i], NUMBER_SIZE, "%lld", (long long)values->items[i].number);
            texts[i] = numbers[i];
        }
    }
    if (!PQsendQueryPrepared(self->connection, named->name, (int)values->count, texts, NULL, NULL,
                             0))
        return gone(self);
    return 0;
}

int pipeline_send_bulk(struct postgres *self, enum statement statement, const char *sql,
                       struct bulk *bulk)
{
    const char *arrays[DB_VALUES_MAX];
    int sizes[DB_VALUES_MAX], formats[DB_VALUES_MAX];
    char name[NAME_SIZE];

    snprintf(name, sizeof(name), "bulk_%s", statements[statement].name);
    if (prepare(self, &self->bulk_prepared[statement], name, sql) < 0)
        return -1;
    for (size_t i = 0; i < bulk->count; i++) {
        arrays[i] = bulk_array(bulk, i, &sizes[i]);
        formats[i] = 1; /* binary */
    }
    if (!PQsendQueryPrepared(self->connection, name, (int)bulk->count, arrays, sizes, formats, 0))
        return gone(self);
    return 0;
}

/* ---- opening ---- */

/* libpq's complaint about a malformed URL quotes it, password and all. */
static int check_url(const char *url, char why[WHY_MAX])
{
    char *complaint = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &complaint);

    PQfreemem(complaint);
    if (!options)
        return refuse(why, "the URL of the database is malformed");
    PQconninfoFree(options);
    return 0;
}

static PGconn *dial(const char *url)
{
    /* What comes after the URL outranks it. */
    const char *const names[] = {"application_name",
                                 "dbname",
                                 "connect_timeout",
                                 "client_encoding",
                                 "target_session_attrs",
                                 "keepalives",
                                 "keepalives_idle",
                                 "keepalives_interval",
                                 "keepalives_count",
                                 "tcp_user_timeout",
                                 NULL};
    const char *const values[] = {
        "kratt-chat-state", url, "2", "UTF8", "read-write", "1", "5", "2", "3", "5000", NULL};

    return PQconnectdbParams(names, values, 1);
}

/* The server, too, must notice soon that we are gone, as it keeps the
 * writer's lock for us until then: also when we are frozen and our kernel
 * answers for us. A leader says something every second. The setting for idle
 * sessions came with PostgreSQL 14. */
int pipeline_open(struct postgres *self, const char *url)
{
    if (check_url(url, self->db.why) < 0)
        return -1;
    self->connection = dial(url);
    if (PQstatus(self->connection) != CONNECTION_OK)
        return gone(self);
    PQsetNoticeProcessor(self->connection, on_notice, NULL);
    if (PQsetnonblocking(self->connection, 1) != 0)
        return gone(self);
    return pipeline_script(self,
                           "SET statement_timeout = 5000; SET jit = off;"
                           "SET idle_in_transaction_session_timeout = 2000;"
                           "SELECT set_config(name, '2000', false) FROM pg_settings"
                           " WHERE name = 'idle_session_timeout';"
                           "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2;"
                           "SET tcp_keepalives_count = 3; SET tcp_user_timeout = 5000",
                           DB_ANSWER_MS);
}
