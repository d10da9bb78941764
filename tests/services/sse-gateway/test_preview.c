/* What is typed, as the gateway knows it, and how a row shows it. */
#include "preview.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

#define ONE   "11111111-1111-4111-8111-111111111111"
#define OTHER "22222222-2222-4222-8222-222222222222"

static struct previews *previews;

static int set_up(void **state)
{
    (void)state;
    previews = previews_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    previews_destroy(&previews);
    return 0;
}

static void the_last_value_of_a_chat_counts(void **state)
{
    (void)state;
    assert_string_equal(previews_get(previews, ONE), "");
    assert_true(previews_set(previews, ONE, "T", 1));
    assert_true(previews_set(previews, ONE, "Te", 2));
    assert_false(previews_set(previews, ONE, "Te", 3));
    assert_true(previews_set(previews, OTHER, "x", 3));
    assert_string_equal(previews_get(previews, ONE), "Te");
    assert_true(previews_set(previews, ONE, "", 4));
    assert_false(previews_set(previews, ONE, NULL, 5));
    assert_string_equal(previews_get(previews, ONE), "");
    assert_string_equal(previews_get(previews, OTHER), "x");
    previews_clear(previews);
    assert_string_equal(previews_get(previews, OTHER), "");
}

static void of_so_many_chats_and_no_more(void **state)
{
    char id[UUID_SIZE];

    (void)state;
    for (int i = 0; i < PREVIEWS_MAX; i++) {
        snprintf(id, sizeof(id), "%08x-0000-4000-8000-000000000000", i);
        assert_true(previews_set(previews, id, "x", 1));
    }
    assert_false(previews_set(previews, ONE, "x", 1));
    assert_true(previews_set(previews, id, "y", 2));
    assert_true(previews_set(previews, id, "", 3));
    assert_true(previews_set(previews, ONE, "x", 4));
}

static void a_row_shows_it_as_json(void **state)
{
    msgpack_sbuffer row;

    (void)state;
    msgpack_sbuffer_init(&row);
    msgpack_sbuffer_write(&row, "{\"id\":\"1\"}", 10);
    preview_append(&row, "\"õ\"\n");
    msgpack_sbuffer_write(&row, "", 1);
    assert_string_equal(row.data, "{\"id\":\"1\",\"preview\":\"\\\"õ\\\"\\n\"}");
    msgpack_sbuffer_destroy(&row);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_last_value_of_a_chat_counts),
        CASE(of_so_many_chats_and_no_more),
        CASE(a_row_shows_it_as_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
