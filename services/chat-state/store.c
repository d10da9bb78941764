#include "store_db.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "own.h"
#include "uuid.h"

int store_failed(struct store *self)
{
    const char *why = self->db ? self->db->why : "not connected";

    if (!self->db || self->db->lost) {
        if (!self->away)
            log_error("database went away", "why", why);
        self->away = true;
    } else {
        if (!self->refused)
            log_error("database refused", "why", why);
        self->refused = true;
    }
    self->broken = true;
    return -1;
}

int store_query(struct store *self, enum statement statement, const struct db_values *values,
                db_on_row *on_row, void *to)
{
    if (self->away || self->driver->query(self->db, statement, values, on_row, to) < 0)
        return store_failed(self);
    return 0;
}

int store_run(struct store *self, enum statement statement, const struct db_values *values)
{
    if (self->away || self->driver->run(self->db, statement, values) < 0)
        return store_failed(self);
    return 0;
}

int store_query_list(struct store *self, enum statement statement, const struct db_values *values,
                     enum message_id record, struct list *list)
{
    struct record_reader reader = {.record = record, .list = list};

    return store_query(self, statement, values, record_on_row, &reader);
}

/* ---- coming and going ---- */

static const struct db_driver *driver_for(const char *url)
{
    bool is_postgres =
        strncmp(url, "postgresql://", 13) == 0 || strncmp(url, "postgres://", 11) == 0;

    return is_postgres ? &db_postgres : &db_sqlite;
}

struct store *store_open(const char *url, char why[WHY_MAX])
{
    const struct db_driver *driver = driver_for(url);
    struct db *db = driver->connect(url, why);

    if (!db)
        return NULL;
    struct store *self = own_zero(sizeof(*self));
    self->url = own_copy(url);
    self->driver = driver;
    self->db = db;
    return self;
}

static void disconnect(struct store *self)
{
    if (self->db)
        self->driver->close(self->db);
    self->db = NULL;
    self->locked = false;
    self->writing = false;
}

void store_close(struct store **self)
{
    if (!*self)
        return;
    disconnect(*self);
    free((*self)->url);
    free(*self);
    *self = NULL;
}

int store_lock(struct store *self)
{
    int result = self->away ? -1 : self->driver->lock(self->db);

    if (result < 0)
        return store_failed(self);
    self->locked = result == 1;
    return result;
}

bool store_answers(struct store *self)
{
    if (!self->away && self->driver->answers(self->db))
        return true;
    store_failed(self);
    return false;
}

int store_recover(struct store *self)
{
    char why[WHY_MAX];

    disconnect(self);
    self->db = self->driver->connect(self->url, why);
    if (!self->db) {
        log_debug("database is still away", "why", why);
        return store_failed(self);
    }
    if (self->away)
        log_info("database came back");
    self->away = false;
    return store_lock(self);
}

/* ---- transactions ---- */

int store_begin(struct store *self)
{
    assert(!self->writing);
    self->broken = false;
    if (self->away || self->driver->begin(self->db) < 0)
        return store_failed(self);
    self->writing = true;
    return 0;
}

void store_rollback(struct store *self)
{
    if (self->writing && !self->away)
        self->driver->rollback(self->db);
    self->writing = false;
}

int store_commit(struct store *self)
{
    if (self->broken || !self->writing) {
        store_rollback(self);
        return -1;
    }
    self->writing = false;
    if (self->driver->commit(self->db) < 0)
        return store_failed(self);
    if (self->refused)
        log_info("database works again");
    self->refused = false;
    return 0;
}

/* ---- schema ---- */

static void on_version(void *to, const struct db_row *row)
{
    *(int64_t *)to = row_number(row, "version");
}

static int apply(struct store *self, const struct migration *migration)
{
    struct db_values values = {
        3, {db_number(migration->version), db_text(migration->name), db_number(clock_wall_ms())}};

    if (store_begin(self) < 0)
        return -1;
    if (self->driver->script(self->db, migration->sql) < 0)
        store_failed(self);
    else
        store_run(self, SQL_add_schema_version, &values);
    if (store_commit(self) < 0)
        return -1;
    log_info("database migrated", "to", migration->name);
    return 0;
}

/* A database that nobody has migrated yet refuses the question: that is an
 * answer, and no failure to log. */
int store_is_current(struct store *self)
{
    const struct db_values none = {0};
    int64_t version = 0;

    if (self->away)
        return store_failed(self);
    if (self->driver->query(self->db, SQL_read_schema_version, &none, on_version, &version) < 0)
        return self->db->lost ? store_failed(self) : 0;
    return version == migrations[MIGRATION_COUNT - 1].version;
}

static int name_log(struct store *self, int64_t start)
{
    char uuid[UUID_SIZE];
    struct db_values values = {2, {db_text(uuid), db_number(start)}};

    uuid_make(uuid);
    return store_run(self, SQL_add_log, &values);
}

int store_migrate(struct store *self, int64_t start)
{
    const struct db_values none = {0};
    int64_t newest = migrations[MIGRATION_COUNT - 1].version;
    int64_t version = 0;

    assert(self->locked);
    if (store_run(self, SQL_make_schema_version, &none) < 0 ||
        store_query(self, SQL_read_schema_version, &none, on_version, &version) < 0)
        return -1;
    if (version > newest) {
        log_error("database is of a newer program", "version", log_number(version), "known",
                  log_number(newest));
        return -1;
    }
    for (int i = 0; i < MIGRATION_COUNT; i++)
        if (migrations[i].version > version && apply(self, &migrations[i]) < 0)
            return -1;
    return name_log(self, start);
}
