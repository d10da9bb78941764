/* A chat that goes from one institution to another: the rules, the messages
 * that go along, and what comes twice. */
#include <stdio.h>
#include <string.h>

#include "answers.h"
#include "batch.h"
#include "commands.h"
#include "event_value.h"
#include "fake_store.h"
#include "notice.h"
#include "own.h"
#include "test.h"

enum { NOW = 1700000000, TOKEN_LIFE = 1000 };

static const struct limits limits = {.open_chats = 3,
                                     .messages = 10,
                                     .characters = 1000,
                                     .tokens = 4,
                                     .accounts = 10,
                                     .mails = 10,
                                     .mail_pause_ms = 1000};

static struct store *store;
static struct memory memory;
static struct batch *batch;
static struct reply reply;

/* Chat 1 is open, with message 50. */
static int set_up(void **state)
{
    struct chat_open open = make_open(1, 50, "tere");

    (void)state;
    store = fake_store_new();
    assert_int_equal(memory_load(&memory, store, NOW), 0);
    batch = batch_new(&memory, store, &limits);
    batch_add(batch, NULL, MESSAGE_chat_open, &open, NOW);
    message_clear(&message_types[MESSAGE_chat_open], &open);
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

/* Decides and writes it; the outcome of the command is the last one. */
static const struct outcome *run(enum message_id type, void *command)
{
    batch_clear(batch);
    batch_add(batch, NULL, type, command, NOW);
    message_clear(&message_types[type], command);
    assert_int_equal(batch_commit(batch), 0);
    return batch_outcome(batch, batch_count(batch) - 1);
}

static const struct chat *chat_after(const struct outcome *outcome)
{
    assert_int_equal(outcome->verdict, VERDICT_ACCEPTED);
    assert_int_equal(outcome->decision.event.chat.count, 1);
    return outcome->decision.event.chat.items;
}

static void assert_refused(const struct outcome *outcome, const char *code)
{
    assert_int_equal(outcome->verdict, VERDICT_REFUSED);
    assert_string_equal(((const struct request_refused *)outcome->reply.body)->code, code);
    assert_null(outcome->decision.event.kind);
}

/* ---- chat.forward ---- */

static struct chat_forward make_forward(unsigned chat, const char *to, const char *content)
{
    static unsigned number = 500;
    struct chat_forward command = {.forwarded_to = own_copy(to),
                                   .forwarded_to_name = own_copy(*to ? "Amet" : ""),
                                   .content = own_copy(content),
                                   .author_role = own_copy("backoffice-user"),
                                   .author_id = own_copy("EE1")};
    char id[UUID_SIZE];

    id_of(++number, id);
    command.command_id = own_copy(id);
    id_of(chat, command.chat_id);
    id_of(number, command.message_id);
    return command;
}

static const struct outcome *forward(const char *to, const char *content)
{
    struct chat_forward command = make_forward(1, to, content);

    return run(MESSAGE_chat_forward, &command);
}

static void where_a_chat_is_to_go_is_a_version_of_it(void **state)
{
    struct chat_feedback feedback = make_feedback(1, "5", "");

    (void)state;
    run(MESSAGE_chat_feedback, &feedback);
    const struct outcome *outcome = forward("https://a.ee", "");
    assert_string_equal(chat_after(outcome)->forwarded_to, "https://a.ee");
    assert_string_equal(chat_after(outcome)->forwarded_to_name, "Amet");
    assert_string_equal(chat_after(outcome)->feedback_rating, "");
    assert_string_equal(outcome->decision.event.kind, "chat.forwarded");
    assert_true(outcome->decision.writes_chat);
    assert_int_equal(outcome->decision.event.message.count, 0);
    assert_null(forward("https://a.ee", "")->decision.event.kind);
    outcome = forward("", "");
    assert_string_equal(chat_after(outcome)->forwarded_to, "");
    assert_string_equal(chat_after(outcome)->forwarded_to_name, "");
    assert_null(forward("", "")->decision.event.kind);
}

static void the_message_that_asks_is_written_with_it(void **state)
{
    (void)state;
    const struct outcome *outcome = forward("https://a.ee", "[\"x\"]");
    const struct message *message = outcome->decision.event.message.items;
    assert_string_equal(chat_after(outcome)->forwarded_to, "https://a.ee");
    assert_string_equal(message->event, "requested-chat-forward");
    assert_string_equal(message->content, "[\"x\"]");
    assert_string_equal(message->author_id, "EE1");
    assert_string_equal(chat_after(outcome)->last_message, "tere");
    outcome = forward("", "[\"y\"]");
    assert_string_equal(chat_after(outcome)->forwarded_to, "https://a.ee");
    assert_string_equal(outcome->decision.event.kind, "message.posted");
    assert_false(outcome->decision.writes_chat);
}

static void an_ended_or_full_chat_is_not_forwarded(void **state)
{
    struct chat_end end = make_end(1, 99, "answered");

    (void)state;
    for (size_t i = 0; i + 2 < (size_t)limits.messages; i++)
        assert_int_equal(forward("https://a.ee", "[\"x\"]")->verdict, VERDICT_ACCEPTED);
    assert_refused(forward("https://b.ee", "[\"x\"]"), "chat_is_full");
    assert_int_equal(forward("https://b.ee", "")->verdict, VERDICT_ACCEPTED);
    run(MESSAGE_chat_end, &end);
    assert_refused(forward("https://a.ee", ""), "chat_has_ended");
    struct chat_forward unknown = make_forward(7, "https://a.ee", "");
    assert_refused(run(MESSAGE_chat_forward, &unknown), "chat_not_found");
}

/* ---- chat.pass_on ---- */

static struct chat_pass_on make_pass_on(unsigned question)
{
    struct chat_pass_on command = {.command_id = own_copy("pass"),
                                   .external_id = own_copy("there"),
                                   .may_repeat = true,
                                   .expires_at = NOW + TOKEN_LIFE};

    id_of(1, command.chat_id);
    id_of(900, command.new_token_id);
    if (question)
        id_of(question, command.id);
    return command;
}

static void a_chat_that_is_there_has_ended_here_once(void **state)
{
    struct chat_forward ask = make_forward(1, "https://a.ee", "[\"x\"]");
    struct chat_pass_on command = make_pass_on(0), again = make_pass_on(0);

    (void)state;
    memcpy(command.id, ask.message_id, UUID_SIZE);
    run(MESSAGE_chat_forward, &ask);
    const struct outcome *outcome = run(MESSAGE_chat_pass_on, &command);
    const struct chat *chat = chat_after(outcome);
    const struct message *message = outcome->decision.event.message.items;
    assert_string_equal(outcome->decision.event.kind, "chat.ended");
    assert_string_equal(chat->status, "REDIRECTED");
    assert_string_equal(chat->external_id, "there");
    assert_int_equal(chat->ended, outcome->decision.event.at);
    assert_true(outcome->decision.writes_chat);
    assert_string_equal(message->event, "requested-chat-forward-accepted");
    assert_string_equal(message->content, "");
    assert_string_equal(message->author_role, "end-user");
    assert_string_equal(message->author_id, "");
    assert_int_equal(outcome->decision.event.issuance.count, 1);
    assert_string_equal(outcome->decision.event.issuance.items[0].cookie, "chatJwt");
    assert_int_equal(run(MESSAGE_chat_pass_on, &again)->verdict, VERDICT_REPEATED);
    struct chat_pass_on other = make_pass_on(0);
    own_replace(&other.command_id, "another");
    assert_refused(run(MESSAGE_chat_pass_on, &other), "chat_has_ended");
}

static void a_question_that_has_its_answer_keeps_it(void **state)
{
    struct chat_forward ask = make_forward(1, "https://a.ee", "[\"x\"]");
    struct message_revise yes = make_revise(1, 0, "requested-chat-forward-accepted", false);
    struct chat_pass_on command = make_pass_on(0);

    (void)state;
    memcpy(yes.id, ask.message_id, UUID_SIZE);
    memcpy(command.id, ask.message_id, UUID_SIZE);
    own_replace(&yes.author_role, "end-user");
    run(MESSAGE_chat_forward, &ask);
    assert_int_equal(run(MESSAGE_message_revise, &yes)->verdict, VERDICT_ACCEPTED);
    const struct outcome *outcome = run(MESSAGE_chat_pass_on, &command);
    assert_string_equal(chat_after(outcome)->status, "REDIRECTED");
    assert_int_equal(outcome->decision.event.message.count, 0);
}

static void a_chat_without_a_destination_stays(void **state)
{
    struct chat_pass_on command = make_pass_on(0);

    (void)state;
    assert_refused(run(MESSAGE_chat_pass_on, &command), "nowhere_to_forward");
}

/* ---- chat.receive ---- */

static void add_said(struct chat_receive *command, unsigned id, const char *content,
                     const char *event)
{
    const struct message_type *type = &message_types[MESSAGE_message];
    struct message *message = list_append((struct list *)&command->messages, type);

    id_of(id, message->id);
    message->content = own_copy(content);
    message->event = own_copy(event);
    message->author_id = own_copy("EE7");
    message->author_role = own_copy("backoffice-user");
    message->author_timestamp = 940000 + id;
    message->created = message->updated = 1;
}

static struct chat_receive make_receive(unsigned chat)
{
    struct chat_receive command = {.command_id = own_copy("receive"),
                                   .received_from = own_copy("https://b.ee"),
                                   .received_from_name = own_copy("Teine"),
                                   .end_user_id = own_copy("EE9"),
                                   .may_repeat = true,
                                   .expires_at = NOW + TOKEN_LIFE};

    id_of(chat, command.chat_id);
    id_of(77, command.external_id);
    id_of(901, command.new_token_id);
    return command;
}

static void a_chat_that_comes_has_its_messages_in_their_order(void **state)
{
    struct chat_receive command = make_receive(2);

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        add_said(&command, 200 + i, i ? "sõna" : "", i ? "" : "ask-permission");
    const struct outcome *outcome = run(MESSAGE_chat_receive, &command);
    assert_int_equal(batch_count(batch), 3);
    assert_int_equal(outcome->reply.type, MESSAGE_chat_found);
    const struct event *first = &batch_outcome(batch, 0)->decision.event;
    assert_string_equal(first->kind, "chat.opened");
    assert_string_equal(first->issuance.items[0].cookie, "redirectJwt");
    const struct chat *chat = chat_after(outcome);
    assert_string_equal(chat->status, "OPEN");
    assert_string_equal(chat->received_from, "https://b.ee");
    assert_string_equal(chat->received_from_name, "Teine");
    assert_string_equal(chat->end_user_id, "EE9");
    char external_id[UUID_SIZE];
    id_of(77, external_id);
    assert_string_equal(chat->external_id, external_id);
    assert_string_equal(chat->last_message, "sõna");
    int64_t at = 0;
    for (unsigned i = 0; i < 3; i++) {
        const struct event *event = &batch_outcome(batch, i)->decision.event;
        const struct message *message = event->message.items;
        char id[UUID_SIZE];
        id_of(200 + i, id);
        assert_string_equal(message->id, id);
        assert_string_equal(message->author_id, "EE7");
        assert_int_equal(message->author_timestamp, 940200 + i);
        assert_true(message->created > at);
        at = message->created;
    }
    assert_int_equal(memory.count, 2);
    const struct deadline_list *told = &batch_outcome(batch, 0)->decision.deadlines;
    assert_int_equal(told->count, 1); /* agents get to know of it */
    assert_string_equal(told->items[0].kind, KIND_NOTICE);
}

static void a_chat_that_comes_twice_is_one(void **state)
{
    struct chat_receive command = make_receive(2), again = make_receive(2);

    (void)state;
    add_said(&command, 200, "a", "");
    add_said(&command, 201, "b", "");
    add_said(&again, 200, "a", "");
    run(MESSAGE_chat_receive, &command);
    const struct outcome *outcome = run(MESSAGE_chat_receive, &again);
    assert_int_equal(outcome->verdict, VERDICT_REPEATED);
    assert_int_equal(outcome->reply.type, MESSAGE_chat_found);
    assert_int_equal(memory.count, 2);
}

static void what_may_not_come_does_not(void **state)
{
    static const struct {
        const char *content, *event, *code;
        unsigned chat, count;
    } cases[] = {
        {"a", "", "content_missing", 2, 0},
        {" ", "", "content_missing", 2, 1},
        {"a", "answered", "unknown_event", 2, 1},
        {"a", "requested-chat-forward", "unknown_event", 2, 1},
        {"a", "", "chat_exists", 1, 1},
        {"a", "", "chat_is_full", 2, 9},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct chat_receive command = make_receive(cases[i].chat);
        for (unsigned n = 0; n < cases[i].count; n++)
            add_said(&command, 200 + n, cases[i].content, cases[i].event);
        assert_refused(run(MESSAGE_chat_receive, &command), cases[i].code);
        assert_int_equal(memory.count, 1);
    }
}

static void a_received_chat_goes_no_further(void **state)
{
    struct chat_receive command = make_receive(2);

    (void)state;
    add_said(&command, 200, "a", "");
    run(MESSAGE_chat_receive, &command);
    struct chat_forward forward_it = make_forward(2, "https://c.ee", "");
    assert_refused(run(MESSAGE_chat_forward, &forward_it), "chat_was_received");
}

/* ---- forward.get ---- */

static void ask_for(unsigned chat)
{
    const struct source source = {.memory = &memory, .store = store};
    struct forward_get get = {.chat_id = ""};

    id_of(chat, get.chat_id);
    reply_clear(&reply);
    answer_query(&source, MESSAGE_forward_get, &get, &reply);
}

static void the_messages_that_were_chosen_last_go_along(void **state)
{
    struct message_post second = make_post(1, 51, "teine", ""), third = make_post(1, 52, "x", "");
    char content[2][3 * UUID_SIZE], id[3][UUID_SIZE];

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        id_of(50 + i, id[i]);
    snprintf(content[0], sizeof(content[0]), "[\"%s\"]", id[2]);
    snprintf(content[1], sizeof(content[1]), "[\"%s\",\"%s\"]", id[1], id[0]);
    run(MESSAGE_message_post, &second);
    run(MESSAGE_message_post, &third);
    forward("https://a.ee", content[0]);
    forward("https://a.ee", content[1]);
    ask_for(1);
    assert_int_equal(reply.type, MESSAGE_forward_found);
    const struct forward_found *found = (const void *)reply.body;
    assert_int_equal(found->chat.count, 1);
    assert_int_equal(found->messages.count, 2);
    assert_string_equal(found->messages.items[0].content, "tere");
    assert_string_equal(found->messages.items[1].content, "teine");
    assert_true(*found->question);
    ask_for(7);
    assert_int_equal(reply.type, MESSAGE_request_refused);
}

static void what_ends_or_forwards_a_chat_is_not_copied(void **state)
{
    (void)state;
    assert_true(event_may_be_copied(""));
    assert_true(event_may_be_copied("contact-information-fulfilled"));
    assert_true(event_may_be_copied("a-name"));
    assert_false(event_may_be_copied("client-left"));
    assert_false(event_may_be_copied("message-preview"));
    assert_false(event_may_be_copied("requested-chat-forward-accepted"));
    assert_false(event_may_be_copied("no name"));
}

#define WITH_CHAT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CHAT(where_a_chat_is_to_go_is_a_version_of_it),
        WITH_CHAT(the_message_that_asks_is_written_with_it),
        WITH_CHAT(an_ended_or_full_chat_is_not_forwarded),
        WITH_CHAT(a_chat_that_is_there_has_ended_here_once),
        WITH_CHAT(a_question_that_has_its_answer_keeps_it),
        WITH_CHAT(a_chat_without_a_destination_stays),
        WITH_CHAT(a_chat_that_comes_has_its_messages_in_their_order),
        WITH_CHAT(a_chat_that_comes_twice_is_one),
        WITH_CHAT(what_may_not_come_does_not),
        WITH_CHAT(a_received_chat_goes_no_further),
        WITH_CHAT(the_messages_that_were_chosen_last_go_along),
        cmocka_unit_test(what_ends_or_forwards_a_chat_is_not_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
