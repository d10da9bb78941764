/* When the history of a chat is mailed, and what becomes of it (contract
 * V-24). */
#include <stdlib.h>
#include <string.h>

#include "chat.h"
#include "chat_mail.h"
#include "commands.h"
#include "notice.h"
#include "own.h"
#include "test.h"

enum { NOW = 1000000, STEADY = 2000000, PAUSE_MS = 60000 };

static const struct limits usual = {
    .open_chats = 10, .messages = 10, .characters = 4000000, .mails = 5, .mail_pause_ms = PAUSE_MS};

static const struct configuration configuration; /* as it comes */
static struct limits limits;
static struct chat chat;
static struct account account;
static struct facts facts;
static struct decision decision;

static int set_up(void **state)
{
    (void)state;
    limits = usual;
    chat = (struct chat){.status = (char *)"OPEN",
                         .customer_support_id = (char *)"EE1",
                         .created = 900000,
                         .updated = 950000};
    id_of(1, chat.id);
    account = (struct account){.id_code = (char *)"EE1", .csa_email = (char *)"mary@example.ee"};
    facts = (struct facts){.now = NOW,
                           .seq = 7,
                           .steady = STEADY,
                           .limits = &limits,
                           .configuration = &configuration,
                           .chat = &chat,
                           .account = &account,
                           .messages = 2,
                           .characters = 20};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    decision_clear(&decision);
    return 0;
}

static void run(void)
{
    struct chat_mail command = {.command_id = own_copy("c")};

    id_of(1, command.chat_id);
    id_of(2, command.message_id);
    decision_clear(&decision);
    decide(MESSAGE_chat_mail, &command, &facts, &decision);
    message_clear(&message_types[MESSAGE_chat_mail], &command);
}

static void assert_refused(int64_t status, const char *code)
{
    run();
    assert_non_null(decision.refusal);
    assert_int_equal(decision.refusal->status, status);
    assert_string_equal(decision.refusal->code, code);
    assert_false(decision_writes(&decision));
}

static void the_chat_says_so_and_stays_what_it_is(void **state)
{
    (void)state;
    for (int64_t ended = 0; ended <= 960000; ended += 960000) {
        chat.ended = ended;
        chat.status = (char *)(ended ? "ENDED" : "OPEN");
        run();
        assert_null(decision.refusal);
        assert_false(decision.writes_chat);
        assert_string_equal(decision.event.kind, "message.posted");
        assert_string_equal(decision.event.chat.items[0].status, chat.status);
        assert_int_equal(decision.event.chat.items[0].ended, ended);
        const struct message *message = &decision.event.message.items[0];
        assert_string_equal(message->event, "chat_sent_to_csa_email");
        assert_string_equal(message->author_role, "backoffice-user");
        assert_null(message->content);
    }
}

static void its_row_is_a_mail_that_is_tried_now_and_has_nothing_that_was_said(void **state)
{
    char chat_id[UUID_SIZE], body[100];

    (void)state;
    chat.last_message = (char *)"secret";
    run();
    assert_int_equal(decision.deadlines.count, 1);
    const struct deadline *row = &decision.deadlines.items[0];
    assert_string_equal(row->kind, KIND_HISTORY);
    assert_int_equal(row->due, STEADY + PAUSE_MS);
    assert_int_equal(row->attempts, 1);
    assert_true(text_is_empty(row->subject)); /* the end of the chat does not take it along */
    snprintf(body, sizeof(body), "mary@example.ee\n%s", chat.id);
    assert_string_equal(row->body, body);
    assert_int_equal(notice_waits(row), 1);
    assert_int_equal(chat_mail_chat(row, chat_id), 0);
    assert_string_equal(chat_id, chat.id);
}

static void each_reason_why_not_is_said(void **state)
{
    (void)state;
    facts.account = NULL;
    assert_refused(409, "chat_has_no_agent");
    facts.account = &account;
    account.csa_email = NULL;
    assert_refused(409, "agent_has_no_email");
    account.csa_email = (char *)"mary@example.ee\nBcc: eve@example.ee";
    assert_refused(409, "agent_has_no_email");
    account.csa_email = (char *)"mary@example.ee";
    facts.characters = 500001;
    assert_refused(422, "transcript_too_large");
    facts.characters = 500000;
    facts.mails = 5;
    assert_refused(503, "too_many_mails");
    facts.mails = 4;
    facts.messages = 9;
    assert_refused(409, "chat_is_full");
    facts.messages = 8;
    run();
    assert_null(decision.refusal);
    limits.mails = 0;
    assert_refused(503, "mail_not_configured");
    facts.chat = NULL;
    assert_refused(404, "chat_not_found");
    facts.token_is_revoked = true;
    assert_refused(401, "token_revoked");
}

static void the_mail_has_the_chat_as_its_text(void **state)
{
    struct message message = {.content = (char *)"Tere\nõhtust", .author_role = (char *)"end-user"};
    const struct message_list messages = {&message, 1};
    struct notice_mail mail;

    (void)state;
    run();
    struct deadline row = decision.deadlines.items[0];
    row.body = chat_mail_body(&row, &messages);
    assert_int_equal(notice_read(&row, &mail), 0);
    assert_string_equal(mail.to, "mary@example.ee");
    assert_string_equal(mail.subject, "Vestluse ajalugu");
    assert_non_null(strstr(mail.text, chat.id));
    assert_non_null(strstr(mail.text, "Kasutaja: Tere\n    õhtust\n"));
    free(mail.to);
    free(row.body);
}

static void a_row_without_a_chat_is_none(void **state)
{
    static const char *const bodies[] = {NULL, "", "mary@example.ee", "mary@example.ee\n",
                                         "mary@example.ee\nEE1"};
    char chat_id[UUID_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_int_equal(chat_mail_chat(&(struct deadline){.body = (char *)bodies[i]}, chat_id),
                         -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_chat_says_so_and_stays_what_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            its_row_is_a_mail_that_is_tried_now_and_has_nothing_that_was_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_reason_why_not_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_mail_has_the_chat_as_its_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_row_without_a_chat_is_none, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
