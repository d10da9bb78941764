/* Accounts as a group of commands leaves them: the rules, what is written, and
 * that there is always an administrator. */
#include "account.h"

#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "chat.h"
#include "commands.h"
#include "fake_store.h"
#include "identity.h"
#include "own.h"
#include "picture.h"
#include "test.h"

enum { NOW = 1700000000 };

static const struct limits limits = {
    .open_chats = 10, .messages = 10, .characters = 1000, .tokens = 10, .accounts = 5};

static struct store *store;
static struct memory memory;
static struct batch *batch;

static int set_up(void **state)
{
    (void)state;
    store = fake_store_new();
    assert_int_equal(memory_load(&memory, store, NOW), 0);
    batch = batch_new(&memory, store, &limits);
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

/* Adds it to the group, and forgets the command. */
static void add(enum message_id type, void *command)
{
    batch_add(batch, NULL, type, command, NOW);
    message_clear(&message_types[type], command);
}

/* Returns the code of a refusal, "" for none. */
static const char *code_of(size_t index)
{
    const struct reply *reply = &batch_outcome(batch, index)->reply;

    return reply->type == MESSAGE_request_refused
               ? ((const struct request_refused *)reply->body)->code
               : "";
}

static void commit(void)
{
    assert_int_equal(batch_commit(batch), 0);
}

/* Returns the code, lent until the next call. */
static const char *run(enum message_id type, void *command)
{
    static char code[64];

    add(type, command);
    commit();
    snprintf(code, sizeof(code), "%s", code_of(0));
    batch_clear(batch);
    return code;
}

static const char *run_add(const char *agent, const char *role)
{
    struct account_add command = make_account(agent, agent);

    own_replace(&command.roles.items[0].name, role);
    return run(MESSAGE_account_add, &command);
}

static const char *run_edit(const char *agent, const char *role)
{
    struct account_add command = make_edit(agent, agent, role);

    return run(MESSAGE_account_add, &command);
}

static const char *run_delete(const char *agent)
{
    struct account_delete command = make_delete(agent);

    return run(MESSAGE_account_delete, &command);
}

static const char *run_profile(const char *agent)
{
    struct profile_set command = make_profile(agent, true);

    return run(MESSAGE_profile_set, &command);
}

static const struct member *known(const char *agent)
{
    return roster_find(&memory.roster, agent);
}

/* ---- the rules ---- */

static void an_account_is_added_once_and_edited_only_when_it_is_there(void **state)
{
    (void)state;
    assert_string_equal(run_edit("EE1", "ROLE_ANALYST"), "agent_not_found");
    assert_string_equal(run_add("EE1", "ROLE_ANALYST"), "");
    assert_string_equal(run_add("EE1", "ROLE_ANALYST"), "user_exists");
    assert_string_equal(run_edit("EE1", "ROLE_SERVICE_MANAGER"), "");
    assert_string_equal(run_delete("EE2"), "agent_not_found");
    assert_string_equal(run_profile("EE2"), "agent_not_found");
    assert_string_equal(known("EE1")->account.roles.items[0].name, "ROLE_SERVICE_MANAGER");
    assert_string_equal(known("EE1")->account.password_hash, "");
}

static void an_edit_without_a_login_keeps_it(void **state)
{
    struct account_add command = make_edit("EE1", "", "ROLE_ANALYST");

    (void)state;
    assert_string_equal(run_add("EE1", "ROLE_ANALYST"), "");
    assert_string_equal(run(MESSAGE_account_add, &command), "");
    const struct account_list *accounts = &fake_store_rows(store)->accounts;
    assert_string_equal(accounts->items[1].login, "EE1");
    assert_string_equal(accounts->items[1].password_hash, "$y$hash");
}

static void accounts_are_bounded(void **state)
{
    char agent[8];

    (void)state;
    for (int i = 0; i < 5; i++) {
        snprintf(agent, sizeof(agent), "EE%d", i);
        assert_string_equal(run_add(agent, "ROLE_ANALYST"), "");
    }
    assert_string_equal(run_add("EE5", "ROLE_ANALYST"), "too_many_accounts");
    assert_string_equal(run_delete("EE0"), "");
    assert_string_equal(run_add("EE5", "ROLE_ANALYST"), "");
}

static void a_deleted_account_goes_with_all_it_has_in_one_event(void **state)
{
    struct presence_set presence = make_presence("EE1", "online");

    (void)state;
    assert_string_equal(run_add("EE1", "ROLE_ANALYST"), "");
    assert_string_equal(run(MESSAGE_presence_set, &presence), "");
    assert_string_equal(run_profile("EE1"), "");
    assert_string_equal(run_delete("EE1"), "");
    const struct fake_rows *rows = fake_store_rows(store);
    const struct event *event = &rows->events.items[rows->events.count - 1];
    assert_string_equal(event->kind, "account.deleted");
    assert_int_equal(event->account.items[0].roles.count, 0);
    assert_string_equal(event->account.items[0].presence_status, "offline");
    assert_false(event->profile.items[0].use_autocorrect);
    assert_string_equal(rows->accounts.items[rows->accounts.count - 1].password_hash, "");
    assert_null(known("EE1"));
}

static void one_that_is_added_again_begins_with_the_usual_settings(void **state)
{
    struct account_delete gone = make_delete("EE1");
    struct account_add again = make_account("EE1", "jaan");

    (void)state;
    assert_string_equal(run_add("EE1", "ROLE_ANALYST"), "");
    assert_string_equal(run_profile("EE1"), "");
    assert_true(known("EE1")->profile.new_chat_email_notifications);
    add(MESSAGE_account_delete, &gone);
    add(MESSAGE_account_add, &again);
    commit();
    assert_string_equal(code_of(1), "");
    assert_false(known("EE1")->profile.new_chat_email_notifications);
    assert_true(known("EE1")->profile.use_autocorrect);
}

static void a_login_is_free_again_once_its_account_is_gone(void **state)
{
    struct account_delete gone = make_delete("EE1");
    struct account_add other = make_account("EE2", "EE1");

    (void)state;
    assert_string_equal(run_add("EE1", "ROLE_ANALYST"), "");
    add(MESSAGE_account_delete, &gone);
    add(MESSAGE_account_add, &other);
    commit();
    assert_string_equal(code_of(1), "");
}

static void a_commit_that_fails_leaves_the_accounts_as_they_were(void **state)
{
    struct account_delete gone = make_delete("EE1");

    (void)state;
    assert_string_equal(run_add("EE1", "ROLE_ANALYST"), "");
    add(MESSAGE_account_delete, &gone);
    fake_store_fail_after(store, 1);
    assert_int_equal(batch_commit(batch), -1);
    fake_store_fail_after(store, -1);
    assert_non_null(known("EE1"));
}

/* ---- who asks ---- */

static const char *ask_as(const char *caller, unsigned roles)
{
    struct profile_set command = make_profile("EE1", false);

    command.caller = own_copy(caller);
    command.caller_roles = roles;
    return run(MESSAGE_profile_set, &command);
}

static void roles_are_those_of_the_moment(void **state)
{
    struct account_delete gone = make_delete("EE2");
    struct profile_set late = make_profile("EE1", false);

    (void)state;
    assert_string_equal(run_add("EE1", "ROLE_ADMINISTRATOR"), "");
    assert_string_equal(run_add("EE2", "ROLE_SERVICE_MANAGER"), "");
    assert_string_equal(ask_as("EE2", ROLES_ANSWERING), "");
    assert_string_equal(ask_as("EE3", ROLES_ANY), "not_authenticated");
    assert_string_equal(ask_as("EE2", ROLE_ADMINISTRATOR), "role_not_allowed");
    assert_string_equal(run_edit("EE2", "ROLE_ANALYST"), "");
    assert_string_equal(ask_as("EE2", ROLES_ANSWERING), "role_not_allowed");
    late.caller = own_copy("EE2");
    late.caller_roles = ROLES_ANY;
    add(MESSAGE_account_delete, &gone); /* also within one group */
    add(MESSAGE_profile_set, &late);
    commit();
    assert_string_equal(code_of(1), "not_authenticated");
}

static void anyone_may_give_up_a_token(void **state)
{
    struct token_issue issue = make_issue(99, NOW + 5000);
    struct token_revoke command = make_revoke(99, NOW + 5000);

    (void)state;
    assert_string_equal(run(MESSAGE_token_issue, &issue), "");
    command.caller = own_copy("EE1");
    command.caller_roles = ROLES_ANY;
    assert_string_equal(run(MESSAGE_token_revoke, &command), "");
}

/* ---- the last administrator ---- */

static void the_last_administrator_stays(void **state)
{
    (void)state;
    assert_string_equal(run_add("EE1", "ROLE_ADMINISTRATOR"), "");
    assert_string_equal(run_add("EE2", "ROLE_ANALYST"), "");
    assert_string_equal(run_delete("EE1"), "last_administrator");
    assert_string_equal(run_edit("EE1", "ROLE_ANALYST"), "last_administrator");
    assert_string_equal(run_edit("EE1", "ROLE_ADMINISTRATOR"), "");
    assert_string_equal(run_edit("EE2", "ROLE_ADMINISTRATOR"), "");
    assert_string_equal(run_delete("EE1"), "");
    assert_string_equal(run_delete("EE2"), "last_administrator");
}

static void of_two_deletes_of_the_last_two_in_one_group_one_wins(void **state)
{
    struct account_delete one = make_delete("EE1");
    struct account_delete other = make_delete("EE2");

    (void)state;
    assert_string_equal(run_add("EE1", "ROLE_ADMINISTRATOR"), "");
    assert_string_equal(run_add("EE2", "ROLE_ADMINISTRATOR"), "");
    add(MESSAGE_account_delete, &one);
    add(MESSAGE_account_delete, &other);
    commit();
    assert_string_equal(code_of(0), "");
    assert_string_equal(code_of(1), "last_administrator");
}

static uint32_t random_state;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % limit;
}

static void add_random(void)
{
    static const char *const roles[] = {"ROLE_ADMINISTRATOR", "ROLE_ANALYST"};
    const char agent[] = {'E', 'E', (char)('1' + random_below(4)), '\0'};
    const char *role = roles[random_below(2)];
    struct account_delete gone = make_delete(agent);
    struct account_add edit = make_edit(agent, agent, role);
    struct account_add new = make_account(agent, agent);

    own_replace(&new.roles.items[0].name, role);
    switch (random_below(3)) {
    case 0:
        batch_add(batch, NULL, MESSAGE_account_delete, &gone, NOW);
        break;
    case 1:
        batch_add(batch, NULL, MESSAGE_account_add, &edit, NOW);
        break;
    default:
        batch_add(batch, NULL, MESSAGE_account_add, &new, NOW);
    }
    message_clear(&message_types[MESSAGE_account_delete], &gone);
    message_clear(&message_types[MESSAGE_account_add], &edit);
    message_clear(&message_types[MESSAGE_account_add], &new);
}

/* What was read anew and what was followed by the log are what is known. */
static void compare_memories(const struct memory *follower)
{
    struct memory read;
    char *of_leader = picture_of(&memory, PICTURE_READ);

    assert_int_equal(memory_load(&read, store, NOW), 0);
    char *of_read = picture_of(&read, PICTURE_READ);
    assert_string_equal(of_read, of_leader);
    assert_int_equal(follower->roster.count, memory.roster.count);
    for (size_t i = 0; i < memory.roster.count; i++) {
        const struct member *one = &follower->roster.items[i], *other = &memory.roster.items[i];
        assert_string_equal(one->account.id_code, other->account.id_code);
        assert_int_equal(account_has_role(&one->account, ROLE_ADMINISTRATOR),
                         account_has_role(&other->account, ROLE_ADMINISTRATOR));
        assert_int_equal(one->profile.use_autocorrect, other->profile.use_autocorrect);
    }
    free(of_leader);
    free(of_read);
    memory_clear(&read);
}

static void whatever_is_done_there_is_an_administrator(void **state)
{
    struct memory follower;
    const struct roster nobody = {0};

    (void)state;
    random_state = 7;
    assert_int_equal(memory_load(&follower, store, NOW), 0);
    assert_string_equal(run_add("EE1", "ROLE_ADMINISTRATOR"), "");
    for (int i = 0; i < 300; i++) {
        size_t known_events = (size_t)follower.tally.seq;
        for (unsigned commands = 1 + random_below(5); commands > 0; commands--)
            add_random();
        commit();
        batch_clear(batch);
        assert_true(roster_total(&memory.roster, &nobody, ROLE_ADMINISTRATOR) > 0);
        const struct event_list *events = &fake_store_rows(store)->events;
        for (size_t k = known_events; k < events->count; k++)
            memory_follow(&follower, &events->items[k]);
        compare_memories(&follower);
    }
    memory_clear(&follower);
}

#define CASE(test)                                                                                 \
    {                                                                                              \
#test, test, set_up, tear_down, NULL                                                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_account_is_added_once_and_edited_only_when_it_is_there),
        CASE(an_edit_without_a_login_keeps_it),
        CASE(accounts_are_bounded),
        CASE(a_deleted_account_goes_with_all_it_has_in_one_event),
        CASE(one_that_is_added_again_begins_with_the_usual_settings),
        CASE(a_login_is_free_again_once_its_account_is_gone),
        CASE(a_commit_that_fails_leaves_the_accounts_as_they_were),
        CASE(roles_are_those_of_the_moment),
        CASE(anyone_may_give_up_a_token),
        CASE(the_last_administrator_stays),
        CASE(of_two_deletes_of_the_last_two_in_one_group_one_wins),
        CASE(whatever_is_done_there_is_an_administrator),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
