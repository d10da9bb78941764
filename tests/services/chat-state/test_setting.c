/* What setting.set does (contract §6.2, §6.3; C-41). */
#include "chat.h"

#include "batch.h"
#include "commands.h"
#include "fake_store.h"
#include "own.h"
#include "test.h"

enum { NOW = 1000000 };

static struct configuration configuration;
static struct facts facts;
static struct decision decision;

static int set_up(void **state)
{
    (void)state;
    facts = (struct facts){.now = NOW, .seq = 7, .row = 41, .configuration = &configuration};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    decision_clear(&decision);
    return 0;
}

static void run(struct setting_set command)
{
    decision_clear(&decision);
    decide(MESSAGE_setting_set, &command, &facts, &decision);
    message_clear(&message_types[MESSAGE_setting_set], &command);
}

static void add(struct setting_set *command, const char *key, const char *value)
{
    struct setting_version *version =
        list_append((struct list *)&command->settings, &message_types[MESSAGE_setting_version]);

    version->key = own_copy(key);
    version->value = own_copy(value);
}

static void a_key_gets_a_new_version(void **state)
{
    (void)state;
    run(make_setting("session_length", "60"));
    assert_null(decision.refusal);
    assert_string_equal(decision.event.kind, "setting.changed");
    assert_int_equal(decision.event.settings.count, 1);
    const struct setting_version *version = decision.event.settings.items;
    assert_int_equal(version->id, 41);
    assert_string_equal(version->key, "session_length");
    assert_string_equal(version->value, "60");
    assert_false(version->deleted);
    assert_int_equal(version->created, NOW);
}

static void a_key_that_is_unset_keeps_no_value(void **state)
{
    struct setting_set command = make_setting("widgetColor", NULL);

    (void)state;
    own_replace(&command.settings.items[0].value, "not even a valid one for a number");
    run(command);
    assert_null(decision.refusal);
    assert_true(decision.event.settings.items[0].deleted);
    assert_string_equal(decision.event.settings.items[0].value, "");
}

static void many_keys_are_one_event(void **state)
{
    struct setting_set command = make_setting("widgetColor", "red");

    (void)state;
    add(&command, "isWidgetActive", "false");
    run(command);
    assert_int_equal(decision.event.settings.count, 2);
    assert_int_equal(decision.event.settings.items[0].id, 41);
    assert_int_equal(decision.event.settings.items[1].id, 42);
}

static void one_wrong_key_or_value_refuses_all(void **state)
{
    struct setting_set command = make_setting("session_length", "60");

    (void)state;
    add(&command, "session_width", "1");
    run(command);
    assert_ptr_equal(decision.refusal, &unknown_setting);
    assert_null(decision.event.kind);
    command = make_setting("session_length", "60");
    add(&command, "estimated_waiting_time", "61");
    run(command);
    assert_ptr_equal(decision.refusal, &value_out_of_limits);
    assert_null(decision.event.kind);
    run(make_setting("session_width", NULL));
    assert_ptr_equal(decision.refusal, &unknown_setting);
}

static void a_revoked_token_sets_nothing(void **state)
{
    (void)state;
    facts.token_is_revoked = true;
    run(make_setting("session_length", "60"));
    assert_ptr_equal(decision.refusal, &token_is_revoked);
}

/* ---- in a group ---- */

static const struct limits limits = {
    .open_chats = 10, .messages = 10, .characters = 1000, .tokens = 10, .accounts = 10};

static struct store *store;
static struct memory memory;
static struct batch *batch;

static int set_up_batch(void **state)
{
    (void)state;
    store = fake_store_new();
    assert_int_equal(memory_load(&memory, store, NOW), 0);
    batch = batch_new(&memory, store, &limits);
    return 0;
}

static int tear_down_batch(void **state)
{
    (void)state;
    batch_destroy(&batch);
    memory_clear(&memory);
    store_close(&store);
    return 0;
}

static void add_set(const char *key, const char *value)
{
    struct setting_set command = make_setting(key, value);

    batch_add(batch, NULL, MESSAGE_setting_set, &command, NOW);
    message_clear(&message_types[MESSAGE_setting_set], &command);
}

static void add_open(unsigned chat)
{
    struct chat_open command = make_open(chat, 100 + chat, "tere");

    batch_add(batch, NULL, MESSAGE_chat_open, &command, NOW);
    message_clear(&message_types[MESSAGE_chat_open], &command);
}

static const char *color(const struct configuration *of)
{
    return configuration_text(of, CONFIGURATION_widgetColor);
}

static void the_last_one_of_a_group_counts_and_all_stay_as_history(void **state)
{
    (void)state;
    add_open(1);
    add_set("widgetColor", "red");
    add_open(2);
    add_set("widgetColor", "blue");
    add_set("isWidgetActive", "false");
    assert_string_equal(color(&memory.configuration), "#003cff");
    assert_int_equal(batch_commit(batch), 0);

    assert_string_equal(color(&memory.configuration), "blue");
    assert_false(configuration_flag(&memory.configuration, CONFIGURATION_isWidgetActive));
    assert_int_equal(fake_store_rows(store)->settings.count, 3);
    assert_int_equal(memory.tally.row, fake_store_rows(store)->row);
    const struct reply *reply = &batch_outcome(batch, 3)->reply;
    assert_int_equal(reply->type, MESSAGE_settings_found);
    assert_string_equal(((const struct settings_found *)reply->body)->settings.items->value,
                        "blue");
}

static void after_a_restart_it_is_as_it_was(void **state)
{
    struct memory again;

    (void)state;
    add_set("widgetColor", "red");
    add_set("widgetColor", "blue");
    assert_int_equal(batch_commit(batch), 0);
    assert_int_equal(memory_load(&again, store, NOW), 0);
    assert_string_equal(color(&again.configuration), "blue");
    assert_int_equal(configuration_seq(&again.configuration),
                     configuration_seq(&memory.configuration));
    memory_clear(&again);
}

static void one_that_follows_the_log_knows_it_too(void **state)
{
    struct memory follower;

    (void)state;
    assert_int_equal(memory_load(&follower, store, NOW), 0);
    add_set("widgetColor", "red");
    assert_int_equal(batch_commit(batch), 0);
    memory_follow(&follower, &batch_outcome(batch, 0)->decision.event);
    assert_string_equal(color(&follower.configuration), "red");
    memory_clear(&follower);
}

static void a_commit_that_fails_sets_nothing(void **state)
{
    int64_t row = memory.tally.row;

    (void)state;
    add_set("widgetColor", "red");
    fake_store_fail_after(store, 1);
    assert_int_equal(batch_commit(batch), -1);
    assert_int_equal(batch_outcome(batch, 0)->verdict, VERDICT_FAILED);
    assert_string_equal(color(&memory.configuration), "#003cff");
    assert_int_equal(memory.tally.row, row);
}

static void a_command_that_comes_again_is_answered_the_same(void **state)
{
    struct setting_set command = make_setting("widgetColor", "red");

    (void)state;
    command.may_repeat = true;
    for (int i = 0; i < 2; i++) {
        batch_add(batch, NULL, MESSAGE_setting_set, &command, NOW);
        assert_int_equal(batch_commit(batch), 0);
        const struct outcome *outcome = batch_outcome(batch, 0);
        assert_int_equal(outcome->verdict, i ? VERDICT_REPEATED : VERDICT_ACCEPTED);
        assert_int_equal(outcome->reply.type, MESSAGE_settings_found);
        assert_int_equal(((const struct settings_found *)outcome->reply.body)->settings.items->id,
                         1);
        batch_clear(batch);
    }
    assert_int_equal(fake_store_rows(store)->settings.count, 1);
    message_clear(&message_types[MESSAGE_setting_set], &command);
}

#define RULE(test)  cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define GROUP(test) cmocka_unit_test_setup_teardown(test, set_up_batch, tear_down_batch)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE(a_key_gets_a_new_version),
        RULE(a_key_that_is_unset_keeps_no_value),
        RULE(many_keys_are_one_event),
        RULE(one_wrong_key_or_value_refuses_all),
        RULE(a_revoked_token_sets_nothing),
        GROUP(the_last_one_of_a_group_counts_and_all_stay_as_history),
        GROUP(after_a_restart_it_is_as_it_was),
        GROUP(one_that_follows_the_log_knows_it_too),
        GROUP(a_commit_that_fails_sets_nothing),
        GROUP(a_command_that_comes_again_is_answered_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
