#include "db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own.h"

enum { BUSY_MS = 2000 }; /* how long another program may hold the file */

struct sqlite {
    struct db db;
    sqlite3 *file;
    sqlite3_stmt *prepared[STATEMENT_COUNT]; /* NULL until first used */
    char *lock_path;
    int lock_fd; /* -1 while the lock is not ours */
};

/* What the file itself did wrong, as opposed to what was asked of it. */
static bool is_loss(int code)
{
    switch (code & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PROTOCOL:
        return true;
    default:
        return false;
    }
}

static int failed(struct sqlite *self, int code)
{
    self->db.lost = self->db.lost || is_loss(code);
    return refuse(self->db.why, "%s", sqlite3_errmsg(self->file));
}

static int execute(struct sqlite *self, const char *sql)
{
    int code = sqlite3_exec(self->file, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? 0 : failed(self, code);
}

/* Makes each folder of the path that is missing, for the owner only. */
static int make_folders(const char *path)
{
    char *folder = own_copy(path);
    int result = 0;

    for (char *slash = strchr(folder + 1, '/'); slash && result == 0;
         slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
            result = -1;
        *slash = '/';
    }
    free(folder);
    return result;
}

/* Makes the file before SQLite does, which would let others read it; the
 * files that SQLite puts beside it get the same mode. */
static int make_file(const char *path, char why[WHY_MAX])
{
    if (!*path)
        return refuse(why, "no path of a database");
    if (make_folders(path) < 0)
        return refuse(why, "cannot make the folder of the database: %s", strerror(errno));
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return refuse(why, "cannot open the database file: %s", strerror(errno));
    close(fd);
    return 0;
}

static void sqlite_close(struct db *db)
{
    struct sqlite *self = (struct sqlite *)db;

    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(self->prepared[i]);
    sqlite3_close(self->file);
    if (self->lock_fd >= 0)
        close(self->lock_fd);
    free(self->lock_path);
    free(self);
}

static struct db *sqlite_connect(const char *path, char why[WHY_MAX])
{
    if (make_file(path, why) < 0)
        return NULL;
    struct sqlite *self = own_zero(sizeof(*self));
    size_t size = strlen(path) + sizeof("-writer");
    self->db.driver = &db_sqlite;
    self->lock_fd = -1;
    self->lock_path = own_zero(size);
    snprintf(self->lock_path, size, "%s-writer", path);
    int code = sqlite3_open_v2(path, &self->file, SQLITE_OPEN_READWRITE, NULL);
    if (code != SQLITE_OK)
        failed(self, code);
    else if (sqlite3_busy_timeout(self->file, BUSY_MS) == SQLITE_OK &&
             execute(self, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                           "PRAGMA foreign_keys = ON") == 0)
        return &self->db;
    refuse(why, "%s", self->db.why);
    sqlite_close(&self->db);
    return NULL;
}

/* A file of its own, so that others may read the database meanwhile. It is
 * never removed: a lock on a removed file would exclude nobody. */
static int sqlite_lock(struct db *db)
{
    struct sqlite *self = (struct sqlite *)db;

    if (self->lock_fd >= 0)
        return 1;
    int fd = open(self->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return refuse(db->why, "cannot open the lock file: %s", strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        self->lock_fd = fd;
        return 1;
    }
    int error = errno;
    close(fd);
    return error == EWOULDBLOCK ? 0 : refuse(db->why, "cannot lock: %s", strerror(error));
}

/* A database that was moved away or deleted would take writes that nobody
 * ever finds again. */
static int still_there(struct sqlite *self)
{
    int moved = 0;

    if (sqlite3_file_control(self->file, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
        !moved)
        return 0;
    self->db.lost = true;
    return refuse(self->db.why, "the database file is no longer in its place");
}

static int sqlite_begin(struct db *db)
{
    struct sqlite *self = (struct sqlite *)db;

    return still_there(self) < 0 ? -1 : execute(self, "BEGIN IMMEDIATE");
}

static int sqlite_script(struct db *db, const char *sql)
{
    return execute((struct sqlite *)db, sql);
}

/* SQLite numbers its parameters by first appearance; we mean their names. */
static int bind_values(struct sqlite *self, sqlite3_stmt *statement, const struct db_values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct db_value *value = &values->items[i];
        char name[16];
        snprintf(name, sizeof(name), "$%d", (int)i + 1);
        int place = sqlite3_bind_parameter_index(statement, name);
        int code = value->text ? sqlite3_bind_text(statement, place, value->text, -1, SQLITE_STATIC)
                               : sqlite3_bind_int64(statement, place, value->number);
        if (code != SQLITE_OK)
            return failed(self, code);
    }
    return 0;
}

static sqlite3_stmt *prepare(struct sqlite *self, enum statement statement,
                             const struct db_values *values)
{
    sqlite3_stmt **prepared = &self->prepared[statement];

    if (!*prepared) {
        int code = sqlite3_prepare_v3(self->file, statements[statement].sql, -1,
                                      SQLITE_PREPARE_PERSISTENT, prepared, NULL);
        if (code != SQLITE_OK) {
            failed(self, code);
            return NULL;
        }
    }
    return bind_values(self, *prepared, values) < 0 ? NULL : *prepared;
}

static struct db_value column(sqlite3_stmt *statement, int i)
{
    if (sqlite3_column_type(statement, i) == SQLITE_INTEGER)
        return db_number(sqlite3_column_int64(statement, i));
    return db_text((const char *)sqlite3_column_text(statement, i));
}

static void read_names(sqlite3_stmt *statement, struct db_row *row)
{
    row->count = (size_t)sqlite3_column_count(statement);
    assert(row->count <= DB_VALUES_MAX);
    for (int i = 0; i < (int)row->count; i++)
        row->names[i] = sqlite3_column_name(statement, i);
}

/* The names are read after the first step, which may prepare anew. */
static int step(struct sqlite *self, sqlite3_stmt *statement, db_on_row *on_row, void *to)
{
    struct db_row row = {0};
    int code;

    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (!row.count)
            read_names(statement, &row);
        for (int i = 0; i < (int)row.count; i++)
            row.values[i] = column(statement, i);
        on_row(to, &row);
    }
    return code == SQLITE_DONE ? 0 : failed(self, code);
}

static int sqlite_query(struct db *db, enum statement statement, const struct db_values *values,
                        db_on_row *on_row, void *to)
{
    struct sqlite *self = (struct sqlite *)db;
    sqlite3_stmt *prepared = prepare(self, statement, values);

    if (!prepared)
        return -1;
    int result = step(self, prepared, on_row, to);
    sqlite3_reset(prepared);
    sqlite3_clear_bindings(prepared); /* they point to what was lent */
    return result;
}

static void ignore_row(void *to, const struct db_row *row)
{
    (void)to;
    (void)row;
}

static int sqlite_run(struct db *db, enum statement statement, const struct db_values *values)
{
    return sqlite_query(db, statement, values, ignore_row, NULL);
}

static bool sqlite_answers(struct db *db)
{
    struct db_values none = {0};

    return still_there((struct sqlite *)db) == 0 && sqlite_run(db, SQL_read_answer, &none) == 0;
}

static void sqlite_rollback(struct db *db)
{
    struct sqlite *self = (struct sqlite *)db;

    /* Some failures have rolled back already. */
    if (!sqlite3_get_autocommit(self->file))
        sqlite3_exec(self->file, "ROLLBACK", NULL, NULL, NULL);
}

static int sqlite_commit(struct db *db)
{
    if (execute((struct sqlite *)db, "COMMIT") == 0)
        return 0;
    sqlite_rollback(db);
    return -1;
}

const struct db_driver db_sqlite = {
    .connect = sqlite_connect,
    .close = sqlite_close,
    .lock = sqlite_lock,
    .answers = sqlite_answers,
    .begin = sqlite_begin,
    .script = sqlite_script,
    .run = sqlite_run,
    .query = sqlite_query,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
};
