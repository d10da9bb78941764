/* What chat-state knows without asking: open chats in order, and how
 * it is read at start. */
#include "memory.h"

#include "commands.h"
#include "fake_store.h"
#include "own.h"
#include "test.h"

static struct store *store;
static struct memory memory;

static int set_up(void **state)
{
    (void)state;
    store = fake_store_new();
    return memory_load(&memory, store, 0);
}

static int tear_down(void **state)
{
    (void)state;
    memory_clear(&memory);
    store_close(&store);
    return 0;
}

static struct chat chat_of(unsigned number)
{
    struct chat chat = {.status = "OPEN", .created = 1, .updated = 1};

    id_of(number, chat.id);
    return chat;
}

static void put(unsigned number)
{
    struct chat chat = chat_of(number);

    memory_put(&memory, &chat);
}

static unsigned number_of(const struct chat *chat)
{
    return (unsigned)strtoul(chat->id, NULL, 16);
}

static void chats_come_in_order_of_id_whatever_the_order_they_came_in(void **state)
{
    struct chats_found found = {0};

    (void)state;
    for (unsigned i = 1; i <= 500; i++)
        put(i * 211 % 503); /* 503 is a prime, so each is another */
    assert_int_equal(memory.count, 500);
    assert_false(memory_page(&memory, "", 1000, &found.chats));
    assert_int_equal(found.chats.count, 500);
    for (size_t i = 1; i < found.chats.count; i++)
        assert_true(number_of(&found.chats.items[i - 1]) < number_of(&found.chats.items[i]));
    message_clear(&message_types[MESSAGE_chats_found], &found);
}

static void a_page_begins_after_its_id_and_says_whether_there_are_more(void **state)
{
    static const struct {
        unsigned after; /* 0: from the beginning */
        size_t limit, count;
        unsigned first;
        bool more;
    } cases[] = {
        {0, 2, 2, 10, true},   {10, 2, 2, 20, true}, {15, 2, 2, 20, true}, {30, 2, 2, 40, false},
        {30, 9, 2, 40, false}, {50, 9, 0, 0, false}, {0, 5, 5, 10, false}, {0, 4, 4, 10, true},
    };

    (void)state;
    for (unsigned i = 1; i <= 5; i++)
        put(i * 10);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct chats_found found = {0};
        char after[UUID_SIZE] = "";
        if (cases[i].after)
            id_of(cases[i].after, after);
        bool more = memory_page(&memory, after, cases[i].limit, &found.chats);
        if (more != cases[i].more || found.chats.count != cases[i].count ||
            (found.chats.count && number_of(&found.chats.items[0]) != cases[i].first))
            fail_msg("case %zu: %zu chats, more %d", i, found.chats.count, more);
        message_clear(&message_types[MESSAGE_chats_found], &found);
    }
}

static void a_chat_is_replaced_found_and_dropped(void **state)
{
    struct chat chat = chat_of(7);

    (void)state;
    put(3);
    put(7);
    chat.customer_support_id = "EE1";
    memory_put(&memory, &chat);
    assert_int_equal(memory.count, 2);
    assert_string_equal(memory_chat(&memory, chat.id)->chat.customer_support_id, "EE1");
    memory_drop(&memory, chat.id);
    assert_null(memory_chat(&memory, chat.id));
    memory_drop(&memory, chat.id);
    assert_int_equal(memory.count, 1);
}

static void every_open_chat_is_read_at_start_and_no_ended_one(void **state)
{
    enum { CHATS = 1201 }; /* more than one page */

    (void)state;
    store_begin(store);
    for (unsigned i = 1; i <= CHATS; i++) {
        struct chat chat = chat_of(i);
        if (i % 400 == 0)
            chat.ended = 1;
        store_add_chat(store, i, &chat);
    }
    store_commit(store);
    memory_clear(&memory);
    assert_int_equal(memory_load(&memory, store, 0), 0);
    assert_int_equal(memory.count, CHATS - 3);
    assert_int_equal(memory.tally.row, CHATS);
}

static void a_database_that_is_away_at_start_is_told(void **state)
{
    (void)state;
    for (int calls = 0; calls < 3; calls++) {
        memory_clear(&memory);
        fake_store_fail_after(store, calls);
        assert_int_equal(memory_load(&memory, store, 0), -1);
    }
}

static void a_set_of_ids_has_what_was_added(void **state)
{
    struct idset some = {0};
    struct idset all = {0};
    char id[UUID_SIZE];

    (void)state;
    for (unsigned i = 0; i < 10000; i += 2) {
        id_of(i, id);
        idset_add(&some, id);
        idset_add(&some, id);
    }
    idset_add_all(&all, &some);
    assert_int_equal(all.count, 5000);
    for (unsigned i = 0; i < 10000; i++) {
        id_of(i, id);
        assert_int_equal(idset_has(&all, id), i % 2 == 0);
    }
    idset_clear(&some);
    idset_clear(&all);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(chats_come_in_order_of_id_whatever_the_order_they_came_in),
        CASE(a_page_begins_after_its_id_and_says_whether_there_are_more),
        CASE(a_chat_is_replaced_found_and_dropped),
        CASE(every_open_chat_is_read_at_start_and_no_ended_one),
        CASE(a_database_that_is_away_at_start_is_told),
        CASE(a_set_of_ids_has_what_was_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
