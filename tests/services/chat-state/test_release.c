/* chats.release concerns many chats: each has its event, all are in one
 * transaction, and the command is answered once. */
#include "batch.h"
#include "commands.h"
#include "fake_store.h"
#include "own.h"
#include "test.h"

enum { NOW = 1700000000 };

static const struct limits limits = {
    .open_chats = 10, .messages = 20, .characters = 10000, .tokens = 10, .accounts = 10};

static struct store *store;
static struct memory memory;
static struct batch *batch;

static void add(enum message_id type, void *command)
{
    batch_add(batch, NULL, type, command, NOW);
    message_clear(&message_types[type], command);
}

static void commit(void)
{
    assert_int_equal(batch_commit(batch), 0);
    batch_clear(batch);
}

static void open_and_claim(unsigned number, const char *agent)
{
    struct chat_open open = make_open(number, number + 50, "tere");
    struct chat_claim claim = make_claim(number, agent);

    add(MESSAGE_chat_open, &open);
    add(MESSAGE_chat_claim, &claim);
}

/* EE1 has the chats 3, 1 and 2, in this order; EE2 has chat 4. */
static int set_up(void **state)
{
    (void)state;
    store = fake_store_new();
    assert_int_equal(memory_load(&memory, store, NOW), 0);
    batch = batch_new(&memory, store, &limits);
    open_and_claim(3, "EE1");
    open_and_claim(1, "EE1");
    open_and_claim(4, "EE2");
    commit();
    open_and_claim(2, "EE1"); /* known to the stage alone, when it comes to it */
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

static const char *owner_of(unsigned number)
{
    char id[UUID_SIZE];

    id_of(number, id);
    const struct live *live = memory_chat(&memory, id);
    assert_non_null(live);
    return live->chat.customer_support_id ? live->chat.customer_support_id : "";
}

static void each_chat_has_its_event_and_the_command_one_answer(void **state)
{
    struct chats_release command = make_release("EE1");
    static const char order[] = "312";
    int64_t created = 0;

    (void)state;
    add(MESSAGE_chats_release, &command);
    assert_int_equal(batch_count(batch), 5); /* open, claim, and three times this */
    assert_int_equal(batch_commit(batch), 0);
    for (size_t i = 0; i < 3; i++) {
        const struct outcome *outcome = batch_outcome(batch, 2 + i);
        const struct chat *chat = outcome->decision.event.chat.items;
        assert_string_equal(outcome->decision.event.kind, "chat.released");
        assert_int_equal(chat->id[7], order[i]); /* who came first stays first */
        assert_true(chat->created > created);
        assert_int_equal(outcome->is_part, i > 0);
        assert_int_equal(outcome->reply.type, MESSAGE_command_done);
        created = chat->created;
    }
    batch_clear(batch);
    for (unsigned number = 1; number <= 3; number++)
        assert_string_equal(owner_of(number), "");
    assert_string_equal(owner_of(4), "EE2");
    assert_int_equal(memory.tally.created, created);
}

static void a_release_that_is_sent_twice_takes_effect_once(void **state)
{
    struct chats_release command = make_release("EE1"), again = {0};

    (void)state;
    message_copy(&message_types[MESSAGE_chats_release], &again, &command);
    again.may_repeat = true;
    add(MESSAGE_chats_release, &command);
    commit();
    struct chat_claim claim = make_claim(1, "EE1");
    add(MESSAGE_chat_claim, &claim);
    commit();
    add(MESSAGE_chats_release, &again);
    assert_int_equal(batch_count(batch), 1);
    assert_int_equal(batch_outcome(batch, 0)->verdict, VERDICT_REPEATED);
    assert_int_equal(batch_outcome(batch, 0)->reply.type, MESSAGE_command_done);
    commit();
    assert_string_equal(owner_of(1), "EE1");
}

static void a_release_that_fails_frees_no_chat(void **state)
{
    size_t events = fake_store_rows(store)->events.count;

    (void)state;
    for (int calls = 0; calls < 12; calls++) {
        struct chats_release command = make_release("EE1");
        add(MESSAGE_chats_release, &command);
        fake_store_fail_after(store, calls);
        if (batch_commit(batch) == 0)
            return; /* so many calls it takes */
        fake_store_fail_after(store, -1);
        for (size_t i = 0; i < batch_count(batch); i++)
            assert_int_equal(batch_outcome(batch, i)->verdict, VERDICT_FAILED);
        batch_clear(batch);
        assert_int_equal(fake_store_rows(store)->events.count, events);
        assert_string_equal(owner_of(1), "EE1");
        assert_string_equal(owner_of(3), "EE1");
    }
    fail_msg("it never works");
}

static void who_may_not_frees_no_chat(void **state)
{
    struct token_revoke revoke = make_revoke(99, NOW + 1000);
    struct chats_release command = make_release("EE1");

    (void)state;
    add(MESSAGE_token_revoke, &revoke);
    commit();
    id_of(99, command.token_id);
    add(MESSAGE_chats_release, &command);
    assert_int_equal(batch_count(batch), 1);
    assert_int_equal(batch_outcome(batch, 0)->verdict, VERDICT_REFUSED);
    commit();
    assert_string_equal(owner_of(1), "EE1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_chat_has_its_event_and_the_command_one_answer),
        TEST(a_release_that_is_sent_twice_takes_effect_once),
        TEST(a_release_that_fails_frees_no_chat),
        TEST(who_may_not_frees_no_chat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
