/* What holds for the SQL as it is written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "own.h"
#include "stores.h"

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* The statement in capitals, comments left out, each space one blank. */
static char *normal(const char *sql)
{
    char *text = own_zero(strlen(sql) + 1);
    size_t size = 0;

    while (*sql) {
        size_t blank = strspn(sql, " \n");
        sql += blank;
        if (blank)
            text[size++] = ' ';
        else if (strncmp(sql, "--", 2) == 0)
            sql += strcspn(sql, "\n");
        else
            text[size++] = upper(*sql++);
    }
    return text;
}

static const char *const never[] = {"UPDATE ", "REPLACE ", "TRUNCATE ",
                                    "DROP ",   "ALTER ",   "MERGE "};

/* What is no history, and so may be deleted from. */
static const char *const passing[] = {"OPEN_CHAT ", "COMMAND ", "TOKEN ", "EVENT ", "DEADLINE "};

static bool may_delete(const char *at)
{
    for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
        if (strncmp(at + strlen("DELETE FROM "), passing[i], strlen(passing[i])) == 0)
            return true;
    return false;
}

static void check_append_only(const char *name, const char *sql)
{
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        if (strstr(sql, never[i]))
            fail_msg("%s: %s", name, never[i]);
    for (const char *at = sql; (at = strstr(at, "DELETE ")); at++)
        if (!may_delete(at))
            fail_msg("%s deletes history", name);
}

static void history_is_only_ever_added_to(void **state)
{
    (void)state;
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        char *sql = normal(statements[i].sql);
        check_append_only(statements[i].name, sql);
        free(sql);
    }
}

static void the_numbers_of_migrations_rise_from_one(void **state)
{
    (void)state;
    assert_int_equal(migrations[0].version, 1);
    for (int i = 1; i < MIGRATION_COUNT; i++)
        assert_true(migrations[i].version > migrations[i - 1].version);
}

/* Tables of a row or so, and what a query found so far: these may be read whole. */
static const char *const small[] = {"SCAN CONSTANT ROW",   "SCAN l",         "SCAN t",
                                    "SCAN schema_version", "SCAN said",      "SCAN noted",
                                    "SCAN version",        "SCAN bound",     "SCAN found",
                                    "SCAN page",           "SCAN (subquery-"};

static bool is_small(const char *line)
{
    for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++)
        if (strncmp(line, small[i], strlen(small[i])) == 0)
            return true;
    return false;
}

static void check_plan(const char *name, char *plan)
{
    char *rest = NULL;

    for (char *line = strtok_r(plan, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (strncmp(line, "SCAN", 4) == 0 && !strstr(line, "INDEX") && !is_small(line))
            fail_msg("%s reads a table whole: %s", name, line);
}

static void no_statement_reads_a_table_whole(void **state)
{
    struct testbed *bed = *state;

    for (int i = 0; i < STATEMENT_COUNT; i++) {
        size_t size = strlen(statements[i].sql) + 50;
        char *sql = own_zero(size);
        snprintf(sql, size, "EXPLAIN QUERY PLAN %s", statements[i].sql);
        char *plan = testbed_ask(bed, sql);
        check_plan(statements[i].name, plan);
        free(plan);
        free(sql);
    }
}

/* ---- what must not grow with history ---- */

/* 200 chats of 100 events and messages, and 20,000 that have ended, so that a
 * planner has something to choose by. */
static const char fill[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
    " INSERT INTO event (seq, at, kind, chat_id, body, command_id)"
    " SELECT i, i, 'message.posted', 'chat' || (i % 200), '{}', 'command' || i FROM n;"
    "INSERT INTO command (id, wire, body, created, fingerprint)"
    " SELECT 'old' || seq, 'command.done', '{}', at, '' FROM event;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
    " INSERT INTO message (id, base_id, chat_base_id, seq, content, event, author_id,"
    " author_timestamp, author_first_name, author_last_name, author_role, forwarded_by_user,"
    " forwarded_from_csa, forwarded_to_csa, rating, created, updated)"
    " SELECT i + 100, 'message' || i, 'chat' || (i % 200), i, 'jah', '', '', 0, '', '', 'end-user',"
    " '', '', '', '', i, i FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
    " INSERT INTO chat (id, base_id, seq, customer_support_id, customer_support_display_name,"
    " csa_title, end_user_id, end_user_first_name, end_user_last_name, status, created, updated,"
    " ended, end_user_email, end_user_phone, end_user_os, end_user_url, external_id, forwarded_to,"
    " forwarded_to_name, received_from, received_from_name, feedback_rating, feedback_text)"
    " SELECT i + 30000, 'ended' || i, i, '', '', '', '', '', '', 'ENDED', i, i, i, '', '', '', '',"
    " '', '', '', '', '', '', '' FROM n;"
    "ANALYZE";

static const struct {
    enum statement statement;
    const char *values;    /* for PostgreSQL */
    const char *sqlite[3]; /* parts of the plan that must be there */
    const char *postgres[3];
} ranges[] = {
    {SQL_read_chat_events,
     "'chat7', 19000, 1000",
     {"INDEX event_chat (chat_id=? AND seq>?)"},
     {"Index Scan using event_chat", "Index Cond: ((chat_id = $1) AND (seq > $2))"}},
    {SQL_read_events,
     "19000, 1000",
     {"(seq>?)"},
     {"Index Scan using event_pkey", "Index Cond: (seq > $1)"}},
    {SQL_forget_events,
     "1000, 500, 700",
     {"(seq<?)"},
     {"Index Scan using event_pkey", "Index Cond: (seq <= $1)"}},
    {SQL_keep_commands,
     "1000, 500, 700, 600",
     {"(seq<?)"},
     {"Index Scan using event_pkey", "Index Cond: (seq <= $1)"}},
    {SQL_read_command,
     "'command7'",
     {"INDEX event_command (command_id=?)", "SEARCH command USING INDEX"},
     {"Index Scan using event_command", "Index Scan using command_pkey"}},
    {SQL_read_messages,
     "'chat7', 19000, 19000",
     {"SEARCH m USING INDEX message_chat (chat_base_id=? AND <expr>=? AND seq>?)",
      "SEARCH p USING INDEX message_chat (chat_base_id=? AND <expr>=?)"},
     {"ELSE 0 END = 0) AND (seq > $", "ELSE 0 END = 1) AND (seq > $",
      "Index Scan Backward using message_chat"}},
    {SQL_read_ended_chats,
     "0, 9000, 9000, 'ended9000', 200",
     {"SEARCH c USING COVERING INDEX chat_ended (ended>? AND ended<?)",
      "SEARCH c USING INDEX sqlite_autoindex_chat_1 (id=?)"},
     {"Index Only Scan Backward using chat_ended", "Index Scan using chat_pkey"}},
    {SQL_read_contents,
     "9000, 2000",
     {"SEARCH message USING INDEX sqlite_autoindex_message_1 (id<?)"},
     {"Index Scan Backward using message_pkey"}},
};

static char *plan_of(const struct testbed *bed, size_t i)
{
    const char *sql = statements[ranges[i].statement].sql;
    size_t size = strlen(sql) + 300;
    char *question = own_zero(size);

    if (bed->is_postgres)
        snprintf(question, size,
                 "SET plan_cache_mode = force_generic_plan; PREPARE range AS %s;"
                 " EXPLAIN EXECUTE range(%s)",
                 sql, ranges[i].values);
    else
        snprintf(question, size, "EXPLAIN QUERY PLAN %s", sql);
    char *plan = testbed_ask(bed, question);
    free(question);
    return plan;
}

static void a_range_is_read_by_its_index_alone(void **state)
{
    struct testbed *bed = *state;

    free(testbed_ask(bed, fill));
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        const char *name = statements[ranges[i].statement].name;
        const char *const *parts = bed->is_postgres ? ranges[i].postgres : ranges[i].sqlite;
        char *plan = plan_of(bed, i);
        for (int k = 0; k < 3 && parts[k]; k++)
            if (!strstr(plan, parts[k]))
                fail_msg("%s has no \"%s\": %s", name, parts[k], plan);
        if (strstr(plan, "Seq Scan"))
            fail_msg("%s reads a table whole: %s", name, plan);
        check_plan(name, plan);
        free(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history_is_only_ever_added_to),
        cmocka_unit_test(the_numbers_of_migrations_rise_from_one),
        cmocka_unit_test_setup_teardown(no_statement_reads_a_table_whole, testbed_sqlite,
                                        testbed_close),
        ON_BOTH(a_range_is_read_by_its_index_alone),
    };

    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
