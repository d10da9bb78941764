#include "stores.h"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "own.h"

static char folder[] = "/tmp/kratt-stores-XXXXXX";
static char server[300]; /* its URL, once a test needed it */
static int beds;         /* made so far */

/* Runs a program, which must end well; out gets the first line it prints. */
static void run(const char *const argv[], char *out, size_t size)
{
    int ends[2];
    int status = -1;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(argv[0], (char **)argv);
        _exit(127);
    }
    close(ends[1]);
    FILE *lines = fdopen(ends[0], "r");
    assert_non_null(lines);
    out[0] = 0;
    if (fgets(out, (int)size, lines))
        out[strcspn(out, "\n")] = 0;
    fclose(lines);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void run_postgres(const char *verb, char *out, size_t size)
{
    static const char script[] = TESTS_DIR "/postgres";
    char data[100], pid[20];
    const char *const argv[] = {script, verb, data, pid, NULL};

    snprintf(data, sizeof(data), "%s/pg", folder);
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    run(argv, out, size);
}

void stores_postgres(const char *verb)
{
    char nothing[100];

    run_postgres(verb, nothing, sizeof(nothing));
}

int stores_start(void **state)
{
    (void)state;
    log_open("test", LOG_EMERG);
    assert_non_null(mkdtemp(folder));
    /* The server runs as somebody else when we are root. */
    return chmod(folder, 0711);
}

int stores_stop(void **state)
{
    const char *const argv[] = {"rm", "-r", folder, NULL};
    char nothing[100];

    (void)state;
    if (*server)
        stores_postgres("stop");
    run(argv, nothing, sizeof(nothing));
    return 0;
}

struct store *testbed_open(const struct testbed *bed)
{
    char why[WHY_MAX] = "";
    struct store *store = store_open(bed->url, why);

    if (!store)
        fail_msg("%s", why);
    return store;
}

/* Gives the testbed a URL where nothing is yet. */
static void renew_sqlite(struct testbed *bed)
{
    snprintf(bed->url, sizeof(bed->url), "%s/%d/kratt.db", folder, ++beds);
}

static void renew_postgres(struct testbed *bed)
{
    char sql[60];

    if (!*server)
        run_postgres("start", server, sizeof(server));
    snprintf(bed->url, sizeof(bed->url), "%s", server);
    snprintf(sql, sizeof(sql), "CREATE SCHEMA test%d", ++beds);
    free(testbed_ask(bed, sql));
    snprintf(bed->url, sizeof(bed->url), "%s?options=-csearch_path%%3Dtest%d", server, beds);
}

void testbed_renew(struct testbed *bed)
{
    store_close(&bed->store);
    (bed->is_postgres ? renew_postgres : renew_sqlite)(bed);
}

static int begin(void **state, bool is_postgres)
{
    struct testbed *bed = own_zero(sizeof(*bed));

    bed->is_postgres = is_postgres;
    testbed_renew(bed);
    bed->store = testbed_open(bed);
    assert_int_equal(store_lock(bed->store), 1);
    assert_int_equal(store_migrate(bed->store, 0), 0);
    *state = bed;
    return 0;
}

int testbed_sqlite(void **state)
{
    return begin(state, false);
}

int testbed_postgres(void **state)
{
    return begin(state, true);
}

int testbed_close(void **state)
{
    struct testbed *bed = *state;

    store_close(&bed->store);
    free(bed);
    return 0;
}

static void append(char **answer, const char *line)
{
    size_t before = strlen(*answer);
    size_t size = before + strlen(line) + 2;

    *answer = own_grow(*answer, size);
    snprintf(*answer + before, size - before, "%s\n", line);
}

static void ask_postgres(const char *url, const char *sql, char **answer)
{
    PGconn *connection = PQconnectdb(url);
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(connection));
    for (int i = 0; i < PQntuples(result); i++)
        append(answer, PQgetvalue(result, i, 0));
    PQclear(result);
    PQfinish(connection);
}

static int on_row(void *answer, int count, char **values, char **names)
{
    (void)names;
    append(answer, values[count - 1] ? values[count - 1] : "");
    return 0;
}

static void ask_sqlite(const char *path, const char *sql, char **answer)
{
    sqlite3 *file = NULL;
    char *complaint = NULL;

    assert_int_equal(sqlite3_open_v2(path, &file, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    if (sqlite3_exec(file, sql, on_row, answer, &complaint) != SQLITE_OK)
        fail_msg("%s: %s", sql, complaint);
    sqlite3_close(file);
}

char *testbed_ask(const struct testbed *bed, const char *sql)
{
    char *answer = own_copy("");

    (bed->is_postgres ? ask_postgres : ask_sqlite)(bed->url, sql, &answer);
    return answer;
}

int64_t testbed_count(const struct testbed *bed, const char *sql)
{
    char *answer = testbed_ask(bed, sql);
    int64_t count = strtoll(answer, NULL, 10);

    free(answer);
    return count;
}

static const char open_chats[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
    " INSERT INTO chat (id, base_id, seq, customer_support_id, customer_support_display_name,"
    " csa_title, end_user_id, end_user_first_name, end_user_last_name, status, created, updated,"
    " ended, end_user_email, end_user_phone, end_user_os, end_user_url, external_id, forwarded_to,"
    " forwarded_to_name, received_from, received_from_name, feedback_rating, feedback_text)"
    " SELECT 100 + i, CAST(10000000 + i AS TEXT) || '-0000-4000-8000-000000000000', 0, '', '', '',"
    " '', '', '', 'OPEN', i, i, 0, '', '', 'Linux', 'https://example.ee/', '', '', '', '', '', '',"
    " '' FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
    " INSERT INTO message (id, base_id, chat_base_id, seq, content, event, author_id,"
    " author_timestamp, author_first_name, author_last_name, author_role, forwarded_by_user,"
    " forwarded_from_csa, forwarded_to_csa, rating, created, updated)"
    " SELECT 200000 + i, CAST(10000000 + i AS TEXT) || '-0000-4000-9000-000000000000',"
    " CAST(10000000 + i AS TEXT) || '-0000-4000-8000-000000000000', 0, 'tere', '', '', i, '', '',"
    " 'end-user', '', '', '', '', i, i FROM n;"
    "INSERT INTO open_chat (base_id) SELECT base_id FROM chat";

void testbed_open_chats(const struct testbed *bed, int count)
{
    char sql[sizeof(open_chats) + 40];

    /* The count stands in it twice. */
    snprintf(sql, sizeof(sql), open_chats, count, count);
    free(testbed_ask(bed, sql));
}

void assert_same(enum message_id id, const void *got, const void *want)
{
    const struct message_type *type = &message_types[id];
    char why[WHY_MAX] = "";
    msgpack_sbuffer one, two;

    msgpack_sbuffer_init(&one);
    msgpack_sbuffer_init(&two);
    if (message_encode(type, got, &one, why) < 0 || message_encode(type, want, &two, why) < 0)
        fail_msg("%s", why);
    assert_int_equal(one.size, two.size);
    assert_memory_equal(one.data, two.data, one.size);
    msgpack_sbuffer_destroy(&one);
    msgpack_sbuffer_destroy(&two);
}
