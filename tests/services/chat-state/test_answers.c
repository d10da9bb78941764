/* What others ask chat-state, with the database there and away. */
#include "answers.h"

#include "batch.h"
#include "commands.h"
#include "fake_store.h"
#include "identity.h"
#include "own.h"
#include "test.h"
#include "uuid.h"

enum { NOW = 1700000000 };

static const struct limits limits = {
    .open_chats = 2000, .messages = 100, .characters = 100000, .tokens = 5, .accounts = 100};

static struct store *store;
static struct memory memory;
static struct batch *batch;
static struct reply reply;

static void add(enum message_id type, void *command)
{
    batch_add(batch, NULL, type, command, NOW);
    message_clear(&message_types[type], command);
}

/* Chat 1 is open, chat 2 has ended, token 98 is good, EE1 is online. */
static int set_up(void **state)
{
    struct chat_open first = make_open(1, 50, "tere");
    struct chat_open second = make_open(2, 60, "tere");
    struct chat_end end = make_end(2, 61, "answered");
    struct account_add account = make_account("EE1", "mari");
    struct token_issue issue = make_issue(98, NOW + 1000);

    (void)state;
    store = fake_store_new();
    assert_int_equal(memory_load(&memory, store, NOW), 0);
    batch = batch_new(&memory, store, &limits);
    add(MESSAGE_chat_open, &first);
    add(MESSAGE_chat_open, &second);
    add(MESSAGE_chat_end, &end);
    add(MESSAGE_account_add, &account);
    add(MESSAGE_token_issue, &issue);
    assert_int_equal(batch_commit(batch), 0);
    batch_clear(batch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    reply_clear(&reply);
    batch_destroy(&batch);
    memory_clear(&memory);
    store_close(&store);
    return 0;
}

/* Asks, with request_id 1, and returns "" or the code of the refusal. */
static const char *ask(enum message_id type, void *query, bool is_away)
{
    char id[UUID_SIZE];
    char why[WHY_MAX];

    id_of(1, id);
    message_set_text(&message_types[type], query, "request_id", id);
    reply_clear(&reply);
    const struct source source = {&memory, is_away ? NULL : store, NOW};
    assert_int_equal(answer_query(&source, type, query, &reply), 0);
    if (message_check(&message_types[reply.type], reply.body, why) == -1)
        fail_msg("the answer breaks the schema: %s", why);
    assert_string_equal(reply_request(&reply), id);
    if (reply.type != MESSAGE_request_refused)
        return "";
    return ((const struct request_refused *)reply.body)->code;
}

static const struct {
    const char *name;
    enum message_id query, answer;
    unsigned chat;
    const char *login;
    const char *code, *away; /* of the refusals */
} questions[] = {
    {"an open chat", MESSAGE_chat_get, MESSAGE_chat_found, 1, NULL, "", ""},
    {"an ended chat", MESSAGE_chat_get, MESSAGE_chat_found, 2, NULL, "", "database_unavailable"},
    {"no chat", MESSAGE_chat_get, MESSAGE_request_refused, 3, NULL, "chat_not_found",
     "database_unavailable"},
    {"the open chats", MESSAGE_chats_get, MESSAGE_chats_found, 0, NULL, "", ""},
    {"the ended chats", MESSAGE_ended_get, MESSAGE_chats_found, 0, NULL, "",
     "database_unavailable"},
    {"a search", MESSAGE_search_get, MESSAGE_search_found, 0, NULL, "", "database_unavailable"},
    {"no note on a chat", MESSAGE_comment_get, MESSAGE_comment_found, 1, NULL, "",
     "database_unavailable"},
    {"a note on no chat", MESSAGE_comment_get, MESSAGE_request_refused, 3, NULL, "chat_not_found",
     "database_unavailable"},
    {"messages", MESSAGE_messages_get, MESSAGE_messages_found, 1, NULL, "", "database_unavailable"},
    {"events", MESSAGE_events_get, MESSAGE_events_found, 0, NULL, "", "database_unavailable"},
    {"an account", MESSAGE_account_get, MESSAGE_account_found, 0, "mari", "",
     "database_unavailable"},
    {"no account", MESSAGE_account_get, MESSAGE_request_refused, 0, "jaan", "agent_not_found",
     "database_unavailable"},
    {"an account of no name", MESSAGE_account_get, MESSAGE_request_refused, 0, "",
     "agent_not_found", "agent_not_found"},
    {"the accounts", MESSAGE_accounts_get, MESSAGE_accounts_found, 0, NULL, "", ""},
    {"the agents", MESSAGE_agents_get, MESSAGE_agents_found, 0, NULL, "", ""},
    {"a check of no token", MESSAGE_token_check, MESSAGE_request_refused, 0, NULL, "token_missing",
     "token_missing"},
    {"waits", MESSAGE_waits_get, MESSAGE_waits_found, 0, NULL, "", "database_unavailable"},
};

static void ask_question(size_t i)
{
    const struct message_type *type = &message_types[questions[i].query];
    void *query = own_zero(type->size);
    char id[UUID_SIZE];

    id_of(questions[i].chat, id);
    if (questions[i].chat)
        message_set_text(type, query, "chat_id", id);
    if (questions[i].login)
        message_set_text(type, query, "login", questions[i].login);
    const char *code = ask(questions[i].query, query, false);
    if (strcmp(code, questions[i].code) != 0 || reply.type != questions[i].answer)
        fail_msg("%s: \"%s\"", questions[i].name, code);
    code = ask(questions[i].query, query, true);
    if (strcmp(code, questions[i].away) != 0)
        fail_msg("%s, away: \"%s\"", questions[i].name, code);
    message_clear(type, query);
    free(query);
}

static void every_question_has_its_answer_there_and_away(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
        ask_question(i);
}

static void a_token_that_is_not_known_gets_no_answer_of_any_kind(void **state)
{
    static const enum message_id queries[] = {
        MESSAGE_chat_get,    MESSAGE_chats_get,    MESSAGE_messages_get, MESSAGE_events_get,
        MESSAGE_account_get, MESSAGE_accounts_get, MESSAGE_token_check,  MESSAGE_waits_get};

    (void)state;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        const struct message_type *type = &message_types[queries[i]];
        void *query = own_zero(type->size);
        char id[UUID_SIZE];
        id_of(99, id);
        message_set_text(type, query, "token_id", id);
        assert_string_equal(ask(queries[i], query, false), "token_revoked");
        message_clear(type, query);
        free(query);
    }
}

static void a_good_token_is_good(void **state)
{
    struct token_check query = {0};

    (void)state;
    id_of(98, query.token_id);
    assert_string_equal(ask(MESSAGE_token_check, &query, true), "");
    assert_int_equal(reply.type, MESSAGE_command_done);
}

static void an_answer_says_where_the_log_stood(void **state)
{
    struct events_get events = {.after_seq = 1};
    struct chats_get chats = {.limit = 1};

    (void)state;
    assert_string_equal(ask(MESSAGE_events_get, &events, false), "");
    const struct events_found *found = reply.body;
    assert_int_equal(found->seq, 5);
    assert_int_equal(found->first_seq, 1);
    assert_int_equal(found->events.count, 4);
    assert_int_equal(found->events.items[0].seq, 2);
    assert_string_equal(found->log_id, memory.log_id);
    assert_string_equal(ask(MESSAGE_chats_get, &chats, false), "");
    assert_int_equal(((const struct chats_found *)reply.body)->seq, 5);
    assert_int_equal(((const struct chats_found *)reply.body)->chats.count, 1);
    assert_false(((const struct chats_found *)reply.body)->more);
}

static void accounts_are_told_by_pages(void **state)
{
    struct account_add account = make_account("EE2", "jaan");
    struct accounts_get query = {.limit = 1};

    (void)state;
    add(MESSAGE_account_add, &account);
    assert_int_equal(batch_commit(batch), 0);
    batch_clear(batch);
    assert_string_equal(ask(MESSAGE_accounts_get, &query, false), "");
    const struct accounts_found *found = reply.body;
    assert_int_equal(found->seq, 6);
    assert_int_equal(found->accounts.count, 1);
    assert_true(found->more);
    query.limit = 2;
    assert_string_equal(ask(MESSAGE_accounts_get, &query, false), "");
    found = reply.body;
    assert_int_equal(found->accounts.count, 2);
    assert_false(found->more);
    assert_int_equal(found->accounts.items[0].roles.count, 1);
}

static void agents_are_told_by_id_role_and_presence(void **state)
{
    struct account_add account = make_account("EE2", "jaan");
    struct presence_set presence = make_presence("EE2", "idle");
    static const struct {
        struct agents_get query;
        size_t count;
    } cases[] = {
        {{.limit = 0}, 2},
        {{.id_code = "EE2"}, 1},
        {{.id_code = "EE3"}, 0},
        {{.roles = ROLE_CUSTOMER_SUPPORT_AGENT}, 2},
        {{.roles = ROLE_ANALYST}, 0},
        {{.is_present = true}, 1},
        {{.after = "EE1"}, 1},
    };

    (void)state;
    add(MESSAGE_account_add, &account);
    add(MESSAGE_presence_set, &presence);
    assert_int_equal(batch_commit(batch), 0);
    batch_clear(batch);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct agents_get query = cases[i].query;
        assert_string_equal(ask(MESSAGE_agents_get, &query, true), "");
        const struct agents_found *found = reply.body;
        assert_int_equal(found->agents.count, cases[i].count);
        if (found->agents.count == 1)
            assert_string_equal(found->agents.items[0].presence_status, "idle");
    }
}

static void settings_are_told_also_of_nobody(void **state)
{
    struct profile_get query = {.id_code = "EE1"};

    (void)state;
    assert_string_equal(ask(MESSAGE_profile_get, &query, true), "");
    const struct profile_found *found = reply.body;
    assert_true(found->is_known);
    assert_true(found->profile.items[0].use_autocorrect);
    query.id_code = "1";
    assert_string_equal(ask(MESSAGE_profile_get, &query, true), "");
    found = reply.body;
    assert_false(found->is_known);
    assert_string_equal(found->profile.items[0].id_code, "1");
}

static void who_has_no_account_or_role_is_told_nothing(void **state)
{
    struct chats_get query = {.caller = "EE1", .caller_roles = ROLES_ANSWERING};

    (void)state;
    assert_string_equal(ask(MESSAGE_chats_get, &query, true), "");
    query.caller_roles = ROLE_ADMINISTRATOR;
    assert_string_equal(ask(MESSAGE_chats_get, &query, true), "role_not_allowed");
    query.caller = "EE3";
    assert_string_equal(ask(MESSAGE_chats_get, &query, true), "not_authenticated");
}

static void a_page_of_long_chats_ends_early_and_says_so(void **state)
{
    enum { CHATS = 1000, LENGTH = 3000 };
    char content[2 * LENGTH + 1] = "";
    const struct source source = {&memory, store, NOW};
    struct chats_get query = {0};
    size_t got = 0;
    int pages = 0;

    (void)state;
    for (size_t i = 0; i < LENGTH; i++)
        snprintf(content + 2 * i, 3, "õ");
    for (unsigned i = 0; i < CHATS; i++) {
        struct chat chat = {.status = "OPEN",
                            .created = 1,
                            .updated = 1,
                            .last_message = content,
                            .contacts_message = content,
                            .end_user_url = content};
        id_of(1000 + i, chat.id);
        memory_put(&memory, &chat);
    }
    id_of(999, query.after);
    for (bool more = true; more; pages++) {
        struct reply page = {0};
        answer_query(&source, MESSAGE_chats_get, &query, &page);
        const struct chats_found *answer = page.body;
        more = answer->more;
        got += answer->chats.count;
        assert_true(answer->chats.count > 0);
        memcpy(query.after, answer->chats.items[answer->chats.count - 1].id, UUID_SIZE);
        reply_clear(&page);
    }
    assert_int_equal(got, CHATS);
    assert_int_equal(pages, 2);
}

static void a_database_that_goes_away_in_between_is_told(void **state)
{
    const struct source source = {&memory, store, NOW};
    struct messages_get query = {0};

    (void)state;
    id_of(1, query.chat_id);
    fake_store_fail_after(store, 0);
    assert_int_equal(answer_query(&source, MESSAGE_messages_get, &query, &reply), -1);
    assert_int_equal(reply.type, MESSAGE_request_refused);
    assert_int_equal(((const struct request_refused *)reply.body)->status, 503);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(every_question_has_its_answer_there_and_away),
        CASE(a_token_that_is_not_known_gets_no_answer_of_any_kind),
        CASE(a_good_token_is_good),
        CASE(an_answer_says_where_the_log_stood),
        CASE(accounts_are_told_by_pages),
        CASE(agents_are_told_by_id_role_and_presence),
        CASE(settings_are_told_also_of_nobody),
        CASE(who_has_no_account_or_role_is_told_nothing),
        CASE(a_page_of_long_chats_ends_early_and_says_so),
        CASE(a_database_that_goes_away_in_between_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
