#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "bulk.h"

static const struct db_values row = {3, {{NULL, 258}, {"päike", 0}, {"", 0}}};

static void an_insert_of_values_takes_arrays_instead(void **state)
{
    char *sql =
        bulk_sql("INSERT INTO t (a, b, c) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", &row);

    (void)state;
    assert_string_equal(sql, "INSERT INTO t (a, b, c) SELECT * FROM unnest($1::bigint[], "
                             "$2::text[], $3::text[]) ON CONFLICT DO NOTHING");
    free(sql);
}

static void what_is_no_insert_of_just_these_values_stays_as_it_is(void **state)
{
    static const char *const others[] = {
        "DELETE FROM t WHERE a = $1",
        "INSERT INTO t (a) SELECT $1",
        "INSERT INTO t (a, b) VALUES ($1, $2)",
        "INSERT INTO t (a, b, c) VALUES ($1, $2, $3 + 1)",
        "INSERT INTO t (a, b, c, d) VALUES ($1, $2, $3, $4)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_null(bulk_sql(others[i], &row));
}

/* Those of a post: each must keep the form that bulk_sql knows. */
static void what_a_post_writes_goes_in_bulk(void **state)
{
    static const struct {
        enum statement statement;
        size_t count;
    } hot[] = {{SQL_add_message, 17}, {SQL_add_event, 7}};

    (void)state;
    for (size_t i = 0; i < sizeof(hot) / sizeof(*hot); i++) {
        const struct db_values values = {.count = hot[i].count};
        char *sql = bulk_sql(statements[hot[i].statement].sql, &values);
        assert_non_null(sql);
        free(sql);
    }
}

static void an_array_is_as_the_server_takes_it(void **state)
{
    static const char numbers[] = "\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\2\0\0\0\1"
                                  "\0\0\0\x08\0\0\0\0\0\0\1\2\0\0\0\x08\0\0\0\0\0\0\1\2";
    static const char texts[] = "\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\2\0\0\0\1"
                                "\0\0\0\6p\xc3\xa4ike\0\0\0\6p\xc3\xa4ike";
    struct bulk bulk = {0};
    int size;

    (void)state;
    bulk_add(&bulk, &row);
    bulk_add(&bulk, &row);
    assert_int_equal(bulk.rows, 2);
    const char *array = bulk_array(&bulk, 0, &size);
    assert_int_equal(size, sizeof(numbers) - 1);
    assert_memory_equal(array, numbers, sizeof(numbers) - 1);
    array = bulk_array(&bulk, 1, &size);
    assert_int_equal(size, sizeof(texts) - 1);
    assert_memory_equal(array, texts, sizeof(texts) - 1);
    bulk_free(&bulk);
}

static void what_was_cleared_begins_anew(void **state)
{
    struct bulk bulk = {0};
    int before, after;

    (void)state;
    bulk_add(&bulk, &row);
    (void)bulk_array(&bulk, 1, &before);
    bulk_clear(&bulk);
    assert_int_equal(bulk.rows, 0);
    bulk_add(&bulk, &row);
    (void)bulk_array(&bulk, 1, &after);
    assert_int_equal(after, before);
    bulk_free(&bulk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_insert_of_values_takes_arrays_instead),
        cmocka_unit_test(what_is_no_insert_of_just_these_values_stays_as_it_is),
        cmocka_unit_test(what_a_post_writes_goes_in_bulk),
        cmocka_unit_test(an_array_is_as_the_server_takes_it),
        cmocka_unit_test(what_was_cleared_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
