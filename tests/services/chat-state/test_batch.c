/* Many commands, one transaction: over a store in arrays that fails when it
 * is told to. */
#include "batch.h"

#include "commands.h"
#include "fake_store.h"
#include "json.h"
#include "own.h"
#include "picture.h"
#include "test.h"

enum { NOW = 1700000000 };

static const struct limits limits = {
    .open_chats = 5, .messages = 10, .characters = 1000, .tokens = 5, .accounts = 100};

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

static void restart(void)
{
    batch_destroy(&batch);
    memory_clear(&memory);
    assert_int_equal(memory_load(&memory, store, NOW), 0);
    batch = batch_new(&memory, store, &limits);
}

/* Adds the command and forgets it. */
static void add(enum message_id type, void *command)
{
    batch_add(batch, NULL, type, command, NOW);
    message_clear(&message_types[type], command);
}

static void add_open(unsigned chat, unsigned message)
{
    struct chat_open command = make_open(chat, message, "tere");
    add(MESSAGE_chat_open, &command);
}

static void add_post(unsigned chat, unsigned message)
{
    struct message_post command = make_post(chat, message, "jah", "");
    add(MESSAGE_message_post, &command);
}

static void add_claim(unsigned chat, const char *agent)
{
    struct chat_claim command = make_claim(chat, agent);
    add(MESSAGE_chat_claim, &command);
}

static void add_end(unsigned chat, unsigned message)
{
    struct chat_end command = make_end(chat, message, "answered");
    add(MESSAGE_chat_end, &command);
}

static void add_agent(const char *agent, const char *login, const char *status)
{
    struct account_add account = make_account(agent, login);
    struct presence_set presence = make_presence(agent, status);
    add(MESSAGE_account_add, &account);
    add(MESSAGE_presence_set, &presence);
}

static void commit(void)
{
    assert_int_equal(batch_commit(batch), 0);
    batch_clear(batch);
}

/* "" when the command was accepted or repeated, else the code. Lent. */
static const char *code_of(size_t index)
{
    const struct reply *reply = &batch_outcome(batch, index)->reply;

    if (reply->type != MESSAGE_request_refused)
        return "";
    return ((const struct request_refused *)reply->body)->code;
}

static const struct chat *answered(size_t index)
{
    const struct outcome *outcome = batch_outcome(batch, index);

    assert_int_equal(outcome->reply.type, MESSAGE_chat_found);
    return &((const struct chat_found *)outcome->reply.body)->chat.items[0];
}

static void assert_gapless(void)
{
    const struct event_list *events = &fake_store_rows(store)->events;

    for (size_t i = 0; i < events->count; i++)
        assert_int_equal(events->items[i].seq, i + 1);
}

static void ended_chats_leave_memory(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 1; i <= 4; i++)
            add_open(100 * round + i, 10000 + 100 * round + i);
        commit();
        assert_int_equal(memory.count, 4);
        for (unsigned i = 1; i <= 4; i++)
            add_end(100 * round + i, 20000 + 100 * round + i);
        commit();
        assert_int_equal(memory.count, 0);
    }
}

/* ---- one after the other ---- */

static void a_command_sees_what_those_before_it_did(void **state)
{
    (void)state;
    add_post(1, 49);
    add_open(1, 50);
    add_post(1, 51);
    add_claim(1, "EE1");
    add_claim(1, "EE2");
    add_end(1, 52);
    add_post(1, 53);
    add_open(1, 54);
    assert_int_equal(batch_commit(batch), 0);

    static const char *const codes[] = {
        "chat_not_found", "",           "", "", "claimed_by_another_agent", "",
        "chat_has_ended", "chat_exists"};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        assert_string_equal(code_of(i), codes[i]);
    assert_string_equal(answered(5)->status, "ENDED");
    assert_int_equal(fake_store_rows(store)->events.count, 4);
    assert_int_equal(fake_store_rows(store)->chats.count, 3); /* a post makes no version */
    assert_int_equal(fake_store_rows(store)->messages.count, 3);
    assert_gapless();
    assert_int_equal(memory.count, 0);
}

static void nothing_is_known_to_memory_before_the_commit(void **state)
{
    (void)state;
    add_open(1, 50);
    assert_int_equal(memory.count, 0);
    assert_int_equal(memory.tally.seq, 0);
    assert_int_equal(fake_store_rows(store)->events.count, 0);
    commit();
    assert_int_equal(memory.count, 1);
    assert_int_equal(memory.tally.seq, 1);
    assert_int_equal(memory.first_seq, 1);
}

static void an_answer_carries_the_request_id_and_the_chat(void **state)
{
    struct chat_open command = make_open(1, 50, "tere");

    (void)state;
    batch_add(batch, NULL, MESSAGE_chat_open, &command, NOW);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(reply_request(&batch_outcome(batch, 0)->reply), command.request_id);
    assert_string_equal(answered(0)->last_message, "tere");
    assert_int_equal(((struct chat_found *)batch_outcome(batch, 0)->reply.body)->seq, 1);
    message_clear(&message_types[MESSAGE_chat_open], &command);
}

static void events_of_one_millisecond_still_rise(void **state)
{
    (void)state;
    add_open(1, 50);
    add_open(2, 60);
    add_post(1, 51);
    add_post(1, 52);
    commit();
    const struct event_list *events = &fake_store_rows(store)->events;
    assert_int_equal(events->items[0].at, NOW);
    assert_int_equal(events->items[1].at, NOW + 1);
    assert_int_equal(events->items[2].at, NOW + 1);
    assert_int_equal(events->items[3].at, NOW + 2);
}

static void an_agent_added_in_a_group_can_be_redirected_to_in_it(void **state)
{
    struct chat_redirect away = make_redirect(1, 51, "EE2");
    struct chat_redirect there = make_redirect(1, 52, "EE2");
    struct presence_set offline = make_presence("EE2", "offline");
    struct chat_redirect gone = make_redirect(1, 53, "EE2");

    (void)state;
    add_open(1, 50);
    add(MESSAGE_chat_redirect, &away);
    add_agent("EE2", "jaan", "online");
    add(MESSAGE_chat_redirect, &there);
    add(MESSAGE_presence_set, &offline);
    add(MESSAGE_chat_redirect, &gone);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(1), "agent_not_found");
    assert_string_equal(code_of(4), "");
    assert_string_equal(answered(4)->customer_support_display_name, "Jaan");
    assert_string_equal(code_of(6), "csa_is_offline");
}

static void a_question_is_answered_in_its_group_by_its_id_alone(void **state)
{
    struct message_post question = make_post(1, 51, "", "ask-permission");
    struct message_revise ignored = make_revise(0, 51, "ask-permission-ignored", true);
    struct message_revise accepted = make_revise(1, 51, "ask-permission-accepted", false);
    struct message_revise unknown = make_revise(0, 52, "ask-permission-ignored", true);

    (void)state;
    own_replace(&question.author_role, "backoffice-user");
    add_open(1, 50);
    add(MESSAGE_message_post, &question);
    add(MESSAGE_message_revise, &ignored);
    add(MESSAGE_message_revise, &accepted);
    add(MESSAGE_message_revise, &unknown);
    assert_int_equal(batch_commit(batch), 0);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(code_of(i), "");
    assert_string_equal(code_of(4), "message_not_found");
    assert_string_equal(answered(3)->last_message_event, "ask-permission-accepted");
    const struct message_list *messages = &fake_store_rows(store)->messages;
    assert_int_equal(messages->count, 4);
    assert_string_equal(messages->items[3].id, messages->items[1].id);
    assert_int_equal(messages->items[3].created, messages->items[1].created);
    assert_true(messages->items[3].updated > messages->items[2].updated);
}

/* Refused otherwise: the question is answered. */
static void a_repeated_answer_is_answered_as_the_first(void **state)
{
    struct message_post question = make_post(1, 51, "", "ask-permission");
    struct message_revise first = make_revise(0, 51, "ask-permission-ignored", true);
    struct message_revise other = make_revise(1, 51, "ask-permission-accepted", false);
    struct message_revise again = make_revise(0, 51, "ask-permission-ignored", true);

    (void)state;
    own_replace(&question.author_role, "backoffice-user");
    own_replace(&again.command_id, first.command_id);
    add_open(1, 50);
    add(MESSAGE_message_post, &question);
    add(MESSAGE_message_revise, &first);
    add(MESSAGE_message_revise, &other);
    assert_int_equal(batch_commit(batch), 0);
    batch_clear(batch);
    add(MESSAGE_message_revise, &again);
    assert_int_equal(batch_commit(batch), 0);
    assert_int_equal(batch_outcome(batch, 0)->verdict, VERDICT_REPEATED);
    assert_string_equal(answered(0)->last_message_event, "ask-permission-ignored");
    assert_int_equal(fake_store_rows(store)->messages.count, 4);
}

static void a_new_version_in_the_same_group_keeps_the_password(void **state)
{
    struct account_add again = make_account("EE2", "jaan2");
    struct account_add other = make_account("EE3", "jaan");

    (void)state;
    again.is_edit = true;
    own_replace(&again.password_hash, "");
    add_agent("EE2", "jaan", "online");
    add(MESSAGE_account_add, &again);
    add(MESSAGE_account_add, &other);
    assert_int_equal(batch_commit(batch), 0);
    const struct account_list *accounts = &fake_store_rows(store)->accounts;
    assert_int_equal(accounts->count, 4);
    assert_string_equal(accounts->items[2].password_hash, "$y$hash");
    assert_string_equal(accounts->items[2].presence_status, "online");
    assert_string_equal(code_of(3), ""); /* nobody has this login any more */
}

/* ---- bounds ---- */

static void open_chats_are_bounded_over_groups_and_within_one(void **state)
{
    (void)state;
    add_open(1, 50);
    add_open(2, 51);
    commit();
    for (unsigned chat = 3; chat <= 6; chat++)
        add_open(chat, 50 + chat);
    add_end(1, 70);
    add_open(7, 80);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(2), "");
    assert_string_equal(code_of(3), "too_many_chats");
    assert_string_equal(code_of(5), "");
    assert_int_equal(memory.count, 5);
}

static void what_a_chat_holds_is_counted_also_after_a_restart(void **state)
{
    (void)state;
    add_open(1, 50);
    for (unsigned i = 1; i < 8; i++)
        add_post(1, 50 + i);
    commit();
    restart();
    add_claim(1, "EE1"); /* which does not need to count */
    add_post(1, 50);
    add_post(1, 60);
    add_post(1, 60);
    add_post(1, 61);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(1), "message_exists");
    assert_string_equal(code_of(2), "");
    assert_string_equal(code_of(3), "message_exists");
    assert_string_equal(code_of(4), "chat_is_full");
    batch_clear(batch);
    add_post(1, 60);
    add_end(1, 62);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(0), "message_exists");
    assert_string_equal(code_of(1), "");
}

static void the_clock_may_be_set_back_over_a_restart(void **state)
{
    struct chat_open late = make_open(1, 50, "tere");
    struct message_post early = make_post(1, 51, "jah", "");
    struct chat_open next = make_open(2, 60, "tere");

    (void)state;
    batch_add(batch, NULL, MESSAGE_chat_open, &late, NOW + 5000);
    commit();
    restart();
    batch_add(batch, NULL, MESSAGE_message_post, &early, NOW);
    batch_add(batch, NULL, MESSAGE_chat_open, &next, NOW);
    commit();
    const struct event_list *events = &fake_store_rows(store)->events;
    assert_true(events->items[1].chat.items[0].updated > NOW + 5000);
    assert_true(events->items[2].chat.items[0].created > NOW + 5000);
    message_clear(&message_types[MESSAGE_chat_open], &late);
    message_clear(&message_types[MESSAGE_message_post], &early);
    message_clear(&message_types[MESSAGE_chat_open], &next);
}

/* ---- failure ---- */

static void add_one_of_each(void)
{
    struct token_issue extended = make_issue(98, NOW + 1000);
    struct token_issue revoked = make_issue(99, NOW + 1000);
    struct token_extend extend = make_extend(98, 97, NOW + 2000);
    struct token_revoke revoke = make_revoke(99, NOW + 1000);
    struct message_post later = make_post(1, 58, "jah", "");
    struct presence_set presence = make_presence("EE1", "idle");

    add_claim(1, "EE1");
    add_post(1, 57);
    add_end(2, 59);
    add_open(3, 60);
    add_agent("EE7", "uus", "online");
    add(MESSAGE_presence_set, &presence);
    later.may_repeat = true;
    add(MESSAGE_message_post, &later);
    add_post(9, 61); /* refused, if all goes well */
    add(MESSAGE_token_issue, &extended);
    add(MESSAGE_token_issue, &revoked);
    add(MESSAGE_token_extend, &extend);
    add(MESSAGE_token_revoke, &revoke);
}

/* Every command was refused, and nothing is to be published. */
static void assert_all_failed(void)
{
    for (size_t i = 0; i < batch_count(batch); i++) {
        assert_int_equal(batch_outcome(batch, i)->verdict, VERDICT_FAILED);
        assert_string_equal(code_of(i), "database_unavailable");
        assert_null(batch_outcome(batch, i)->decision.event.kind);
    }
}

static void a_failure_at_any_point_leaves_everything_as_it_was(void **state)
{
    int calls = 0;
    bool failed = true;

    (void)state;
    add_agent("EE1", "mari", "online");
    add_open(1, 50);
    add_open(2, 51);
    commit();
    char *before = picture_of(&memory, PICTURE_ALL);
    size_t commands = fake_store_rows(store)->command_count;
    for (; failed; calls++) {
        fake_store_fail_after(store, calls);
        add_one_of_each();
        failed = batch_commit(batch) == -1;
        fake_store_fail_after(store, -1);
        if (failed) {
            assert_all_failed();
            char *after = picture_of(&memory, PICTURE_ALL);
            assert_string_equal(before, after);
            free(after);
            assert_int_equal(fake_store_rows(store)->command_count, commands);
        }
        batch_clear(batch);
    }
    free(before);
    assert_true(calls > 30); /* it did fail at every read and write */
    assert_gapless();
    assert_int_equal(memory.count, 2);
    assert_int_equal(memory.tokens.count, 1);
    assert_int_equal(tokenset_expiry(&memory.tokens, "00000061-0000-4000-8000-000000000000"),
                     NOW + 2000);
}

static void after_a_failure_the_same_command_is_taken(void **state)
{
    struct chat_open command = make_open(1, 50, "tere");

    (void)state;
    fake_store_fail_after(store, 2);
    batch_add(batch, NULL, MESSAGE_chat_open, &command, NOW);
    assert_int_equal(batch_commit(batch), -1);
    batch_clear(batch);
    fake_store_fail_after(store, -1);
    command.may_repeat = true;
    add(MESSAGE_chat_open, &command);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(0), "");
    assert_int_equal(batch_outcome(batch, 0)->verdict, VERDICT_ACCEPTED);
    assert_int_equal(memory.tally.seq, 1);
}

/* ---- the same command twice ---- */

static void send_again_and_again(bool is_brief, enum message_id answer)
{
    struct message_post command = make_post(1, 51, "jah", "");
    char *first = NULL;

    command.brief = is_brief;
    add_open(1, 50);
    commit();
    for (int round = 0; round < 4; round++) {
        command.may_repeat = round > 0;
        batch_add(batch, NULL, MESSAGE_message_post, &command, NOW + round);
        if (round == 3) /* and twice in one group */
            batch_add(batch, NULL, MESSAGE_message_post, &command, NOW + round);
        assert_int_equal(batch_commit(batch), 0);
        for (size_t i = 0; i < batch_count(batch); i++) {
            const struct reply *reply = &batch_outcome(batch, i)->reply;
            assert_int_equal(reply->type, answer);
            char *json = message_to_json(&message_types[reply->type], reply->body);
            if (!first)
                first = own_copy(json);
            assert_string_equal(json, first);
            assert_int_equal(batch_outcome(batch, i)->verdict,
                             round ? VERDICT_REPEATED : VERDICT_ACCEPTED);
            assert_true(round == 0 || !batch_outcome(batch, i)->decision.event.kind);
            free(json);
        }
        batch_clear(batch);
        if (round == 1)
            restart();
    }
    assert_int_equal(fake_store_rows(store)->messages.count, 2);
    free(first);
    message_clear(&message_types[MESSAGE_message_post], &command);
}

static void a_command_sent_twice_takes_effect_once_and_answers_the_same(void **state)
{
    (void)state;
    send_again_and_again(false, MESSAGE_chat_found);
}

static void a_brief_command_sent_twice_is_answered_briefly_each_time(void **state)
{
    (void)state;
    send_again_and_again(true, MESSAGE_message_posted);
}

static void twice_in_one_group_is_once(void **state)
{
    struct message_post command = make_post(1, 51, "jah", "");
    char request_id[UUID_SIZE];

    (void)state;
    id_of(77, request_id);
    add_open(1, 50);
    batch_add(batch, NULL, MESSAGE_message_post, &command, NOW);
    memcpy(command.request_id, request_id, UUID_SIZE);
    add(MESSAGE_message_post, &command);
    assert_int_equal(batch_commit(batch), 0);
    assert_int_equal(batch_outcome(batch, 2)->verdict, VERDICT_REPEATED);
    assert_string_equal(reply_request(&batch_outcome(batch, 2)->reply), request_id);
    assert_int_equal(answered(2)->updated, answered(1)->updated);
    assert_int_equal(fake_store_rows(store)->messages.count, 2);
}

static void a_refused_command_is_decided_anew(void **state)
{
    struct message_post command = make_post(1, 51, "jah", "");

    (void)state;
    batch_add(batch, NULL, MESSAGE_message_post, &command, NOW);
    commit();
    add_open(1, 50);
    commit();
    command.may_repeat = true;
    add(MESSAGE_message_post, &command);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(0), "");
}

static void a_command_id_belongs_to_one_command(void **state)
{
    struct message_post first = make_post(1, 51, "jah", "");
    struct message_post other = make_post(2, 61, "jah", "");
    struct presence_set kind = make_presence("EE1", "online");

    (void)state;
    add_open(1, 50);
    add_open(2, 60);
    own_replace(&other.command_id, first.command_id);
    own_replace(&kind.command_id, first.command_id);
    other.may_repeat = kind.may_repeat = true;
    add(MESSAGE_message_post, &first);
    commit();
    add(MESSAGE_message_post, &other);
    add(MESSAGE_presence_set, &kind);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(0), "idempotency_key_reused");
    assert_string_equal(code_of(1), "idempotency_key_reused");
}

static void a_chat_opened_again_with_a_new_id_is_the_first_one(void **state)
{
    struct chat_open first = make_open(1, 50, "tere");
    struct chat_open again = make_open(2, 60, "tere");

    (void)state;
    own_replace(&again.command_id, first.command_id);
    again.may_repeat = true;
    add(MESSAGE_chat_open, &first);
    commit();
    add(MESSAGE_chat_open, &again);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(answered(0)->id, "00000001-0000-4000-8000-000000000000");
    assert_int_equal(memory.count, 1);
}

/* A command as rest-ingress makes it: ids made from what it says. */
static struct message_post make_named(const char *command_id, unsigned message,
                                      const char *fingerprint)
{
    struct message_post command = make_post(1, message, "jah", "");

    own_replace(&command.command_id, command_id);
    command.fingerprint = own_copy(fingerprint);
    return command;
}

static void a_message_that_is_known_is_answered_as_it_was(void **state)
{
    static const struct {
        const char *fingerprint;
        enum verdict verdict;
        const char *code;
    } cases[] = {
        {"f1", VERDICT_REPEATED, ""},
        {"", VERDICT_REPEATED, ""},
        {"f2", VERDICT_REFUSED, "idempotency_key_reused"},
    };

    (void)state;
    add_open(1, 50);
    for (int round = 0; round < 4; round++) {
        struct message_post command = make_named("named", 51, "f1");
        add(MESSAGE_message_post, &command);
        for (size_t i = 0; i < 3; i++) {
            command = make_named("named", 51, cases[i].fingerprint);
            add(MESSAGE_message_post, &command);
        }
        assert_int_equal(batch_commit(batch), 0);
        size_t first = batch_count(batch) - 3;
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(batch_outcome(batch, first + i)->verdict, cases[i].verdict);
            assert_string_equal(code_of(first + i), cases[i].code);
        }
        batch_clear(batch);
        if (round == 1)
            restart();
        if (round == 2) { /* the chat ends, and it is still the same message */
            add_end(1, 59);
            commit();
        }
    }
    assert_int_equal(fake_store_rows(store)->messages.count, 3);
    assert_gapless();
}

/* A message that is in the chat as another command's is no repetition. */
static void a_message_of_another_command_exists(void **state)
{
    struct message_post first = make_named("one", 51, "f1");
    struct message_post other = make_named("two", 51, "f1");

    (void)state;
    add_open(1, 50);
    add(MESSAGE_message_post, &first);
    commit();
    add(MESSAGE_message_post, &other);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(0), "message_exists");
}

static void a_fingerprint_tells_two_commands_apart(void **state)
{
    struct message_post first = make_named("key", 51, "f1");
    struct message_post again = make_named("key", 52, "f1");
    struct message_post other = make_named("key", 53, "f2");

    (void)state;
    again.may_repeat = other.may_repeat = true;
    add_open(1, 50);
    add(MESSAGE_message_post, &first);
    commit();
    add(MESSAGE_message_post, &again);
    add(MESSAGE_message_post, &other);
    assert_int_equal(batch_commit(batch), 0);
    assert_int_equal(batch_outcome(batch, 0)->verdict, VERDICT_REPEATED);
    assert_string_equal(code_of(1), "idempotency_key_reused");
    assert_int_equal(fake_store_rows(store)->messages.count, 2);
}

static void what_was_answered_before_events_remembered_it_is_answered_again(void **state)
{
    static const struct {
        const char *wire, *body;
        enum verdict verdict;
    } cases[] = {
        {"command.done", "{\"request_id\":\"11111111-1111-4111-8111-111111111111\"}",
         VERDICT_REPEATED},
        {"command.done", "{", VERDICT_FAILED},
        {"never.heard.of", "{}", VERDICT_FAILED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct token_revoke command = make_revoke(99, NOW + 1000);
        command.may_repeat = true;
        own_replace(&command.command_id, "old");
        tear_down(state);
        set_up(state);
        fake_store_remember(store, "old", cases[i].wire, cases[i].body);
        add(MESSAGE_token_revoke, &command);
        batch_commit(batch);
        assert_int_equal(batch_outcome(batch, 0)->verdict, cases[i].verdict);
        assert_int_equal(fake_store_rows(store)->events.count, 0);
    }
}

static void a_chat_that_was_answered_then_makes_a_brief_answer_now(void **state)
{
    struct message_post command = make_post(1, 51, "jah", "");
    struct chat chat = {.created = NOW, .updated = NOW};
    struct chat_found before = {.chat = {&chat, 1}};

    (void)state;
    memcpy(before.request_id, command.request_id, UUID_SIZE);
    memcpy(chat.id, command.chat_id, UUID_SIZE);
    chat.status = own_copy("OPEN");
    char *json = message_to_json(&message_types[MESSAGE_chat_found], &before);
    fake_store_remember(store, command.command_id, "chat.found", json);
    command.may_repeat = command.brief = true;
    add(MESSAGE_message_post, &command);
    assert_int_equal(batch_commit(batch), 0);
    const struct reply *reply = &batch_outcome(batch, 0)->reply;
    assert_int_equal(reply->type, MESSAGE_message_posted);
    assert_string_equal(reply_chat(reply), chat.id);
    free(json);
    free(chat.status);
}

/* Against the rules of may_repeat; the others in its group must not suffer. */
static void an_id_given_twice_fails_nobody(void **state)
{
    struct message_post first = make_named("same", 51, "");
    struct message_post again = make_named("same", 51, "");
    struct message_post other = make_named("same", 52, "");

    (void)state;
    add_open(1, 50);
    add(MESSAGE_message_post, &first);
    commit();
    add(MESSAGE_message_post, &again);
    add_post(1, 53);
    assert_int_equal(batch_commit(batch), 0);
    assert_int_equal(batch_outcome(batch, 0)->verdict, VERDICT_REPEATED);
    batch_clear(batch);
    add(MESSAGE_message_post, &other);
    add_post(1, 54);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(1), "");
    assert_int_equal(fake_store_rows(store)->messages.count, 5);
    assert_gapless();
}

/* ---- tokens ---- */

static void add_issue(unsigned token)
{
    struct token_issue command = make_issue(token, NOW + 1000);

    add(MESSAGE_token_issue, &command);
}

static void a_token_is_worthless_from_the_end_of_its_chat_on(void **state)
{
    struct chat_end end = make_end(1, 51, "client-left");
    struct chat_end again = make_end(1, 52, "client-left");
    struct message_post post = make_post(2, 61, "jah", "");

    (void)state;
    id_of(99, end.token_id);
    id_of(99, again.token_id);
    id_of(99, post.token_id);
    end.token_expires_at = again.token_expires_at = NOW + 1000;
    add_issue(99);
    add_open(1, 50);
    add_open(2, 60);
    add(MESSAGE_chat_end, &end);
    batch_add(batch, NULL, MESSAGE_message_post, &post, NOW);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(4), "token_revoked"); /* in the same group */
    batch_clear(batch);
    restart();
    add(MESSAGE_message_post, &post);
    add(MESSAGE_chat_end, &again);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(0), "token_revoked"); /* and after a restart */
    assert_string_equal(code_of(1), "chat_has_ended");
    assert_int_equal(memory.tokens.count, 0);
}

static void a_log_out_takes_the_agent_offline(void **state)
{
    struct token_revoke command = make_revoke(99, NOW + 1000);
    struct token_revoke again = make_revoke(99, NOW + 1000);

    (void)state;
    add_agent("EE1", "mari", "online");
    add_issue(99);
    command.id_code = own_copy("EE1");
    add(MESSAGE_token_revoke, &command);
    add(MESSAGE_token_revoke, &again);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(3), "");
    assert_string_equal(code_of(4), "token_revoked");
    const struct account_list *accounts = &fake_store_rows(store)->accounts;
    assert_string_equal(accounts->items[accounts->count - 1].presence_status, "offline");
    assert_string_equal(accounts->items[accounts->count - 1].password_hash, "$y$hash");
    assert_int_equal(memory.tokens.count, 0);
}

/* In one group, in two, and after a restart; by a log-in, or in a chat. */
static void a_token_of_somebody_else_is_spent_once(void **state)
{
    struct token_issue issues[3];
    struct chat_identify identity = make_identity(1, "Mari", "");

    (void)state;
    add_open(1, 50);
    for (unsigned i = 0; i < 3; i++) {
        issues[i] = make_issue(100 + i, NOW + 1000);
        id_of(99, issues[i].spent_id);
        issues[i].spent_until = NOW + 1000;
    }
    id_of(99, identity.spent_id);
    add(MESSAGE_token_issue, &issues[0]);
    add(MESSAGE_token_issue, &issues[1]);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(1), "");
    assert_string_equal(code_of(2), "token_revoked");
    batch_clear(batch);
    restart();
    add(MESSAGE_token_issue, &issues[2]);
    add(MESSAGE_chat_identify, &identity);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(0), "token_revoked");
    assert_string_equal(code_of(1), "token_revoked");
    assert_int_equal(memory.tokens.count, 2); /* with the one that was issued */
}

/* Of two who extend the same token, in one group or in two, one is refused. */
static void a_token_is_extended_once(void **state)
{
    struct token_extend first = make_extend(99, 100, NOW + 1000);
    struct token_extend second = make_extend(99, 101, NOW + 1000);
    struct token_extend third = make_extend(99, 102, NOW + 1000);
    struct token_extend onward = make_extend(100, 103, NOW + 1000);

    (void)state;
    add_issue(99);
    batch_add(batch, NULL, MESSAGE_token_extend, &first, NOW);
    add(MESSAGE_token_extend, &second);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(1), "");
    assert_string_equal(code_of(2), "token_revoked");
    batch_clear(batch);
    first.may_repeat = true; /* the answer was lost */
    add(MESSAGE_token_extend, &first);
    add(MESSAGE_token_extend, &third);
    add(MESSAGE_token_extend, &onward);
    assert_int_equal(batch_commit(batch), 0);
    assert_string_equal(code_of(0), "");
    assert_string_equal(code_of(1), "token_revoked");
    assert_string_equal(code_of(2), "");
    assert_int_equal(memory.tokens.count, 1);
    assert_true(tokenset_has(&memory.tokens, "00000067-0000-4000-8000-000000000000"));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(ended_chats_leave_memory),
        CASE(a_command_sees_what_those_before_it_did),
        CASE(nothing_is_known_to_memory_before_the_commit),
        CASE(an_answer_carries_the_request_id_and_the_chat),
        CASE(events_of_one_millisecond_still_rise),
        CASE(an_agent_added_in_a_group_can_be_redirected_to_in_it),
        CASE(a_new_version_in_the_same_group_keeps_the_password),
        CASE(open_chats_are_bounded_over_groups_and_within_one),
        CASE(what_a_chat_holds_is_counted_also_after_a_restart),
        CASE(the_clock_may_be_set_back_over_a_restart),
        CASE(a_failure_at_any_point_leaves_everything_as_it_was),
        CASE(after_a_failure_the_same_command_is_taken),
        CASE(a_command_sent_twice_takes_effect_once_and_answers_the_same),
        CASE(a_brief_command_sent_twice_is_answered_briefly_each_time),
        CASE(twice_in_one_group_is_once),
        CASE(a_refused_command_is_decided_anew),
        CASE(a_command_id_belongs_to_one_command),
        CASE(a_chat_opened_again_with_a_new_id_is_the_first_one),
        CASE(a_message_that_is_known_is_answered_as_it_was),
        CASE(a_message_of_another_command_exists),
        CASE(a_fingerprint_tells_two_commands_apart),
        CASE(what_was_answered_before_events_remembered_it_is_answered_again),
        CASE(a_chat_that_was_answered_then_makes_a_brief_answer_now),
        CASE(an_id_given_twice_fails_nobody),
        CASE(a_question_is_answered_in_its_group_by_its_id_alone),
        CASE(a_repeated_answer_is_answered_as_the_first),
        CASE(a_token_is_worthless_from_the_end_of_its_chat_on),
        CASE(a_log_out_takes_the_agent_offline),
        CASE(a_token_of_somebody_else_is_spent_once),
        CASE(a_token_is_extended_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
