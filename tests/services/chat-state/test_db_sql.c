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
static const char *const passing[] = {"OPEN_CHAT ", "COMMAND ", "REVOCATION "};

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
    for (const char *at = sql; (at = strstr(at, "DELETE")); at++)
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

static void migrations_are_numbered_from_one(void **state)
{
    (void)state;
    for (int i = 0; i < MIGRATION_COUNT; i++)
        assert_int_equal(migrations[i].version, i + 1);
}

/* Tables of a row or so, which may be read whole. */
static const char *const small[] = {"SCAN CONSTANT ROW", "SCAN log", "SCAN t",
                                    "SCAN schema_version"};

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history_is_only_ever_added_to),
        cmocka_unit_test(migrations_are_numbered_from_one),
        cmocka_unit_test_setup_teardown(no_statement_reads_a_table_whole, testbed_sqlite,
                                        testbed_close),
    };

    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
