/* Deadlines that are due become commands of a batch, once. */
#include "test.h"

#include "commands.h"
#include "due.h"
#include "fake_store.h"
#include "leaving.h"
#include "own.h"

enum { NOW = 1700000000, SECONDS = 10 };

static const struct limits limits = {
    .open_chats = 10, .messages = 100, .characters = 10000, .tokens = 10, .accounts = 10};

static struct store *store;
static struct memory memory;
static struct batch *batch;

/* As one that begins to lead at this time. */
static void lead(int64_t now)
{
    batch_destroy(&batch);
    memory_clear(&memory);
    assert_int_equal(memory_load(&memory, store, now), 0);
    deadlines_begin(&memory.deadlines, now);
    assert_int_equal(memory_read_deadlines(&memory, store), 0);
    batch = batch_new(&memory, store, &limits);
}

static void commit(void)
{
    assert_int_equal(batch_commit(batch), 0);
    batch_clear(batch);
}

static int set_up(void **state)
{
    struct chat_open open = make_open(1, 50, "Tere!");
    struct termination_set set = {.command_id = own_copy("set"), .seconds = SECONDS};

    (void)state;
    store = fake_store_new();
    lead(NOW);
    batch_add(batch, NULL, MESSAGE_chat_open, &open, NOW);
    id_of(1, set.chat_id);
    id_of(51, set.message_id);
    id_of(52, set.request_id);
    batch_add(batch, NULL, MESSAGE_termination_set, &set, NOW);
    commit();
    message_clear(&message_types[MESSAGE_chat_open], &open);
    message_clear(&message_types[MESSAGE_termination_set], &set);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    batch_destroy(&batch);
    memory_clear(&memory);
    store_close(&store);
    return 0;
}

static size_t due_at(int64_t now)
{
    memory.deadlines.now = now;
    return due_add(batch, &memory, &limits, now);
}

/* How many events there are, and whether the chat and its deadline are gone. */
static void is_over(size_t events)
{
    struct deadline_list rows = {0};

    assert_int_equal(fake_store_rows(store)->events.count, events);
    assert_int_equal(memory.count, 0);
    assert_int_equal(memory.deadlines.count, 0);
    assert_int_equal(store_read_deadlines(store, 10, &rows), 0);
    assert_int_equal(rows.count, 0);
}

static void a_deadline_that_is_due_is_kept_once(void **state)
{
    (void)state;
    assert_int_equal(due_at(NOW + SECONDS * 1000 - 1), 0);
    assert_int_equal(due_at(NOW + SECONDS * 1000), 1);
    commit();
    is_over(2);
    assert_int_equal(due_at(NOW + 2 * SECONDS * 1000), 0);
}

static void one_that_was_due_while_nobody_led_is_kept_late_and_once(void **state)
{
    (void)state;
    lead(NOW + 100 * SECONDS * 1000);
    assert_int_equal(due_at(NOW + 100 * SECONDS * 1000), 1);
    commit();
    lead(NOW + 200 * SECONDS * 1000);
    assert_int_equal(due_at(NOW + 200 * SECONDS * 1000), 0);
    is_over(2);
}

static void one_whose_commit_failed_is_still_due(void **state)
{
    (void)state;
    assert_int_equal(due_at(NOW + SECONDS * 1000), 1);
    fake_store_fail_after(store, 0);
    assert_int_equal(batch_commit(batch), -1);
    batch_clear(batch);
    fake_store_fail_after(store, -1);
    assert_int_equal(memory.count, 1);
    assert_int_equal(due_at(NOW + SECONDS * 1000), 1);
    commit();
    is_over(2);
}

static void a_chat_that_ends_first_takes_its_deadline_along(void **state)
{
    struct chat_end end = make_end(1, 53, "client-left");

    (void)state;
    batch_add(batch, NULL, MESSAGE_chat_end, &end, NOW + 1);
    commit();
    is_over(2);
    message_clear(&message_types[MESSAGE_chat_end], &end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_deadline_that_is_due_is_kept_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_was_due_while_nobody_led_is_kept_late_and_once,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_whose_commit_failed_is_still_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_chat_that_ends_first_takes_its_deadline_along, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
