/* What is to happen at a time is stored, and found, on SQLite and on
 * PostgreSQL. */
#include <stdio.h>
#include <string.h>

#include "notice.h"
#include "own.h"
#include "sample.h"
#include "stores.h"

static const struct message_type *const type = &message_types[MESSAGE_deadline];

static struct store *store_of(void **state)
{
    return ((struct testbed *)*state)->store;
}

static void set(struct store *store, const struct deadline *deadline)
{
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_set_deadline(store, deadline), 0);
    assert_int_equal(store_commit(store), 0);
}

static void set_row(struct store *store, const char *id, const char *kind, const char *subject,
                    int64_t due)
{
    set(store, &(struct deadline){
                   .id = (char *)id, .kind = (char *)kind, .subject = (char *)subject, .due = due});
}

/* Their ids in order, with spaces between. */
static void assert_rows(struct store *store, int64_t limit, const char *expected)
{
    struct deadline_list rows = {0};
    char ids[512] = "";

    assert_int_equal(store_read_deadlines(store, limit, &rows), 0);
    for (size_t i = 0; i < rows.count; i++)
        snprintf(ids + strlen(ids), sizeof(ids) - strlen(ids), "%s%s", i ? " " : "",
                 rows.items[i].id);
    assert_string_equal(ids, expected);
    deadline_list_clear(&rows);
}

static void every_field_of_a_deadline_comes_back(void **state)
{
    for (unsigned i = 0; i < 20; i++) {
        struct deadline deadline, got = {0};
        sample_fill(type, &deadline, 100 * i);
        if (!deadline.due)
            deadline.due = 1;
        set(store_of(state), &deadline);
        assert_int_equal(store_read_deadline(store_of(state), deadline.id, &got), 1);
        assert_same(MESSAGE_deadline, &got, &deadline);
        message_clear(type, &got);
        message_clear(type, &deadline);
    }
}

static void the_earliest_come_first_and_no_more_than_asked_for(void **state)
{
    struct store *store = store_of(state);

    set_row(store, "late", "k", "", 9000);
    set_row(store, "b", "k", "", 2000);
    set_row(store, "soon", "k", "", 1000);
    set_row(store, "a", "k", "", 2000);
    assert_rows(store, 10, "soon a b late");
    assert_rows(store, 2, "soon a");
}

static void one_that_is_set_again_moves_and_one_that_is_taken_back_is_gone(void **state)
{
    struct store *store = store_of(state);
    struct deadline got = {0};

    set_row(store, "a", "k", "", 1000);
    set_row(store, "b", "k", "", 2000);
    set_row(store, "a", "k", "", 3000);
    assert_rows(store, 10, "b a");
    set_row(store, "b", "k", "", 0);
    set_row(store, "never", "k", "", 0);
    assert_rows(store, 10, "a");
    assert_int_equal(store_read_deadline(store, "b", &got), 0);
}

static void those_of_a_chat_go_with_it_and_no_others(void **state)
{
    struct store *store = store_of(state);

    set_row(store, "mine", "k", "chat 1", 1000);
    set_row(store, "mine too", "l", "chat 1", 2000);
    set_row(store, "another's", "k", "chat 2", 3000);
    set_row(store, "nobody's", "k", "", 4000);
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_remove_deadlines(store, "chat 1"), 0);
    assert_int_equal(store_remove_deadlines(store, ""), 0);
    assert_int_equal(store_commit(store), 0);
    assert_rows(store, 10, "another's nobody's");
}

static void mails_of_each_kind_are_counted_and_nothing_else(void **state)
{
    struct store *store = store_of(state);
    int64_t count = -1;

    assert_int_equal(store_count_mails(store, &count), 0);
    assert_int_equal(count, 0);
    set_row(store, "a", KIND_NOTICE, "", 1000);
    set_row(store, "b", KIND_MAIL, "", 1000);
    set_row(store, "c", KIND_HISTORY, "", 1000);
    set_row(store, "d", "inactive", "", 1000);
    assert_int_equal(store_count_mails(store, &count), 0);
    assert_int_equal(count, 3);
}

static void keep_chat(struct store *store, int64_t row, const char *id, int64_t ended)
{
    struct chat chat;

    sample_fill(&message_types[MESSAGE_chat], &chat, (unsigned)row);
    memcpy(chat.id, id, UUID_SIZE);
    chat.ended = ended;
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_add_chat(store, row, &chat), 0);
    assert_int_equal(store_commit(store), 0);
    message_clear(&message_types[MESSAGE_chat], &chat);
}

static void each_open_chat_gets_one_for_its_silence_and_once(void **state)
{
    static const char open[] = "00000000-0000-4000-8000-000000000001";
    static const char ended[] = "00000000-0000-4000-8000-000000000002";
    struct store *store = store_of(state);

    keep_chat(store, 1, open, 0);
    keep_chat(store, 2, ended, 5000);
    for (int64_t due = 7000; due <= 8000; due += 1000) {
        struct deadline got = {0};
        assert_int_equal(store_begin(store), 0);
        assert_int_equal(store_add_inactive(store, due, 6000), 0);
        assert_int_equal(store_commit(store), 0);
        assert_rows(store, 10, "inactive:00000000-0000-4000-8000-000000000001");
        assert_int_equal(
            store_read_deadline(store, "inactive:00000000-0000-4000-8000-000000000001", &got), 1);
        assert_string_equal(got.kind, "inactive");
        assert_string_equal(got.subject, open);
        assert_int_equal(got.due, 7000);
        assert_int_equal(got.created, 6000);
        message_clear(type, &got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(every_field_of_a_deadline_comes_back),
        ON_BOTH(the_earliest_come_first_and_no_more_than_asked_for),
        ON_BOTH(one_that_is_set_again_moves_and_one_that_is_taken_back_is_gone),
        ON_BOTH(those_of_a_chat_go_with_it_and_no_others),
        ON_BOTH(mails_of_each_kind_are_counted_and_nothing_else),
        ON_BOTH(each_open_chat_gets_one_for_its_silence_and_once),
    };

    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
