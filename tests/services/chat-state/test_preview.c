/* Of what is typed the last value is told, five times a second at most. */
#include "preview.h"

#include <stdio.h>

#include "commands.h"
#include "test.h"

static struct previews *previews;
static char one[UUID_SIZE], other[UUID_SIZE];

static int set_up(void **state)
{
    (void)state;
    previews = previews_new();
    id_of(1, one);
    id_of(2, other);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    previews_destroy(&previews);
    return 0;
}

static void assert_next(int64_t now, const char *chat_id, const char *content)
{
    struct preview due;

    assert_true(previews_next(previews, now, &due));
    assert_string_equal(due.chat_id, chat_id);
    assert_string_equal(due.content, content);
    message_clear(&message_types[MESSAGE_preview], &due);
}

static void assert_no_next(int64_t now)
{
    struct preview due;

    assert_false(previews_next(previews, now, &due));
}

static void the_first_is_told_at_once_and_the_last_of_a_pause_at_its_end(void **state)
{
    (void)state;
    assert_int_equal(previews_due(previews), INT64_MAX);
    assert_int_equal(previews_set(previews, one, "T", 1000), PREVIEW_TELL);
    assert_int_equal(previews_set(previews, one, "Te", 1001), PREVIEW_WAITS);
    assert_int_equal(previews_set(previews, one, "Ter", 1199), PREVIEW_WAITS);
    assert_int_equal(previews_due(previews), 1200);
    assert_no_next(1199);
    assert_next(1200, one, "Ter");
    assert_no_next(1200);
    assert_int_equal(previews_set(previews, one, "Tere", 1399), PREVIEW_WAITS);
    assert_next(1400, one, "Tere");
    assert_no_next(1600);
    assert_int_equal(previews_due(previews), INT64_MAX);
    assert_int_equal(previews_set(previews, one, "Tere!", 1600), PREVIEW_TELL);
}

static void chats_do_not_wait_for_each_other(void **state)
{
    (void)state;
    assert_int_equal(previews_set(previews, one, "a", 1000), PREVIEW_TELL);
    assert_int_equal(previews_set(previews, other, "b", 1100), PREVIEW_TELL);
    assert_int_equal(previews_set(previews, other, "bb", 1110), PREVIEW_WAITS);
    assert_int_equal(previews_set(previews, one, "aa", 1120), PREVIEW_WAITS);
    assert_next(1300, one, "aa");
    assert_next(1300, other, "bb");
    assert_no_next(1300);
}

static void nothing_is_told_where_there_was_nothing(void **state)
{
    (void)state;
    assert_int_equal(previews_set(previews, one, "", 1000), PREVIEW_NOTHING);
    assert_int_equal(previews_set(previews, one, NULL, 1000), PREVIEW_NOTHING);
    assert_int_equal(previews_count(previews), 0);
    assert_int_equal(previews_set(previews, one, "a", 1000), PREVIEW_TELL);
    assert_int_equal(previews_set(previews, one, "", 1010), PREVIEW_WAITS);
    assert_next(1200, one, "");
    assert_no_next(1400);
    assert_int_equal(previews_count(previews), 0);
}

static void what_was_said_is_forgotten_but_not_the_pause(void **state)
{
    (void)state;
    assert_int_equal(previews_set(previews, one, "a", 1000), PREVIEW_TELL);
    assert_int_equal(previews_set(previews, one, "ab", 1010), PREVIEW_WAITS);
    previews_drop(previews, one);
    assert_int_equal(previews_set(previews, one, "c", 1020), PREVIEW_WAITS);
    assert_next(1200, one, "c");
    previews_drop(previews, one);
    assert_no_next(1400);
    assert_int_equal(previews_count(previews), 0);
    previews_drop(previews, one);
}

static void one_that_rests_is_kept_until_it_is_said(void **state)
{
    (void)state;
    assert_int_equal(previews_set(previews, one, "a", 1000), PREVIEW_TELL);
    assert_no_next(1200);
    assert_int_equal(previews_count(previews), 1);
    previews_drop(previews, one);
    assert_int_equal(previews_count(previews), 0);
}

static void there_are_only_so_many(void **state)
{
    char id[UUID_SIZE];

    (void)state;
    for (unsigned i = 0; i < PREVIEWS_MAX; i++) {
        id_of(i + 10, id);
        assert_int_equal(previews_set(previews, id, "a", 1000), PREVIEW_TELL);
    }
    assert_int_equal(previews_set(previews, one, "a", 1000), PREVIEW_TOO_MANY);
    previews_drop(previews, id);
    assert_no_next(1200);
    assert_int_equal(previews_set(previews, one, "a", 1300), PREVIEW_TELL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_first_is_told_at_once_and_the_last_of_a_pause_at_its_end),
        CASE(chats_do_not_wait_for_each_other),
        CASE(nothing_is_told_where_there_was_nothing),
        CASE(what_was_said_is_forgotten_but_not_the_pause),
        CASE(one_that_rests_is_kept_until_it_is_said),
        CASE(there_are_only_so_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
