/* Which events a message may have and from whom, and what a later version of
 * a message keeps and changes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat.h"
#include "commands.h"
#include "event_value.h"
#include "own.h"
#include "test.h"
#include "written.h"

#define USER   "end-user"
#define AGENT  "backoffice-user"
#define SYSTEM "buerokratt"

static const struct {
    const char *event;
    bool message[3], version[3]; /* by the end user, an agent, the system */
    bool counts;
} values[] = {
    {"", {true, true, true}, {false, false, false}, true},
    {"greeting", {false, false, true}, {false, false, false}, true},
    {"rating", {false, false, false}, {true, false, true}, false},
    {"requested-authentication", {false, true, true}, {false, false, false}, true},
    {"authentication_successful", {false, false, true}, {false, false, false}, true},
    {"ask-permission", {false, true, true}, {false, false, false}, true},
    {"ask-permission-accepted", {false, false, false}, {true, false, true}, true},
    {"ask-permission-rejected", {false, false, false}, {true, false, true}, true},
    {"ask-permission-ignored", {false, false, false}, {false, true, true}, true},
    {"contact-information", {false, true, true}, {false, false, false}, true},
    {"contact-information-fulfilled", {true, false, true}, {true, false, true}, true},
    {"contact-information-rejected", {false, false, false}, {true, false, true}, true},
    {"requested-chat-forward", {false, true, true}, {false, false, false}, false},
    {"requested-chat-forward-accepted", {false, false, false}, {true, false, true}, true},
    {"requested-chat-forward-rejected", {false, false, false}, {true, false, true}, true},
    {"redirected", {false, false, true}, {false, false, false}, true},
    {"message-read", {true, true, true}, {false, false, false}, false},
    {"message-preview", {false, false, false}, {false, false, false}, true},
    {"chat_sent_to_csa_email", {false, false, true}, {false, false, false}, true},
    /* for chat.end alone, but for the system's own words */
    {"client-left", {false, false, true}, {false, false, true}, true},
    {"ACCEPTED", {false, false, true}, {false, false, true}, true},
    {"answered", {false, false, true}, {false, false, true}, true},
    /* a client's own, which nobody knows here */
    {"waiting_validation", {true, true, true}, {true, true, true}, true},
    {"contact-information-skipped", {true, true, true}, {true, true, true}, true},
    /* no names */
    {"ask permission", {false, false, false}, {false, false, false}, true},
    {"event1", {false, false, false}, {false, false, false}, true},
    {"<b>", {false, false, false}, {false, false, false}, true},
};

static void each_event_has_its_writers_and_its_kind(void **state)
{
    static const char *const roles[] = {USER, AGENT, SYSTEM};

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
        for (size_t role = 0; role < 3; role++) {
            const char *event = values[i].event;
            if (event_may_be_written(event, EVENT_MESSAGE, roles[role]) != values[i].message[role])
                fail_msg("message %s by %s", event, roles[role]);
            if (event_may_be_written(event, EVENT_VERSION, roles[role]) != values[i].version[role])
                fail_msg("version %s by %s", event, roles[role]);
            if (event_counts_as_last(event) != values[i].counts)
                fail_msg("%s as the last message", event);
        }
}

static void a_name_has_128_characters_at_most(void **state)
{
    char name[130];

    (void)state;
    memset(name, 'a', sizeof(name));
    name[129] = '\0';
    assert_false(event_may_be_written(name, EVENT_MESSAGE, USER));
    name[128] = '\0';
    assert_true(event_may_be_written(name, EVENT_MESSAGE, USER));
}

static void each_answer_has_its_question(void **state)
{
    static const struct {
        const char *event, *question;
        bool answers;
    } cases[] = {
        {"ask-permission-accepted", "ask-permission", true},
        {"ask-permission-accepted", "ask-permission-ignored", true},
        {"ask-permission-accepted", "ask-permission-rejected", false},
        {"ask-permission-accepted", "contact-information", false},
        {"ask-permission-accepted", "", false},
        {"ask-permission-ignored", "ask-permission", true},
        {"ask-permission-ignored", "ask-permission-accepted", false},
        {"contact-information-rejected", "contact-information", true},
        {"contact-information-fulfilled", "contact-information-rejected", false},
        {"requested-chat-forward-accepted", "requested-chat-forward", true},
        {"contact-information-skipped", "contact-information", true},
        {"contact-information-skipped", "unavailable_csas_ask_contacts", true},
        {"contact-information-skipped", "", false},
        {"contact-information-skipped", "message-read", false},
        {"rating", "", true},
        {"rating", "rating", true},
        {"rating", "greeting", true},
        {"rating", "ask-permission", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        if (event_answers(cases[i].event, cases[i].question) != cases[i].answers)
            fail_msg("%s to %s", cases[i].event, cases[i].question);
}

/* ---- the rule ---- */

static const struct limits limits = {
    .open_chats = 10, .messages = 10, .characters = 1000, .tokens = 10};
static struct chat chat;
static struct message question;
static struct facts facts;
static struct decision decision;

static int set_up(void **state)
{
    (void)state;
    chat = (struct chat){.status = own_copy("OPEN"),
                         .last_message = own_copy("tere"),
                         .last_message_timestamp = 5,
                         .created = 900000,
                         .updated = 950000,
                         .seq = 3};
    question = (struct message){.content = own_copy("palun"),
                                .event = own_copy("ask-permission"),
                                .author_id = own_copy("EE1"),
                                .author_role = own_copy(AGENT),
                                .author_first_name = own_copy("Mari"),
                                .author_timestamp = 940000,
                                .forwarded_by_user = own_copy("EE2"),
                                .created = 940001,
                                .updated = 940001,
                                .seq = 3};
    id_of(1, chat.id);
    id_of(1, question.chat_id);
    id_of(50, question.id);
    facts = (struct facts){.now = 1000000,
                           .seq = 7,
                           .limits = &limits,
                           .chat = &chat,
                           .messages = 1,
                           .message_is_known = true,
                           .revised = &question};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    message_clear(&message_types[MESSAGE_chat], &chat);
    message_clear(&message_types[MESSAGE_message], &question);
    decision_clear(&decision);
    return 0;
}

static void revise(const char *event, const char *author_role, bool keeps)
{
    struct message_revise command = make_revise(1, 50, event, keeps);

    own_replace(&command.author_role, author_role);
    decision_clear(&decision);
    decide(MESSAGE_message_revise, &command, &facts, &decision);
    message_clear(&message_types[MESSAGE_message_revise], &command);
}

static void assert_refused(const char *code)
{
    assert_non_null(decision.refusal);
    assert_string_equal(decision.refusal->code, code);
    assert_null(decision.event.kind);
    assert_int_equal(decision.event.message.count, 0);
}

static const struct message *version(void)
{
    assert_null(decision.refusal);
    assert_string_equal(decision.event.kind, "message.revised");
    assert_int_equal(decision.event.message.count, 1);
    assert_false(decision.writes_chat);
    return &decision.event.message.items[0];
}

static void an_answer_has_a_new_author_and_no_old_content(void **state)
{
    (void)state;
    revise("ask-permission-accepted", USER, false);
    const struct message *answer = version();
    assert_string_equal(answer->id, question.id);
    assert_string_equal(answer->event, "ask-permission-accepted");
    assert_string_equal(answer->content, "");
    assert_string_equal(answer->author_role, USER);
    assert_string_equal(answer->author_id, "");
    assert_string_equal(answer->author_first_name, "");
    assert_string_equal(answer->forwarded_by_user, "EE2");
    assert_int_equal(answer->author_timestamp, 1674033412160);
    assert_int_equal(answer->created, 940001);
    assert_int_equal(answer->updated, 1000000);
    assert_int_equal(answer->seq, 7);
    const struct chat *after = &decision.event.chat.items[0];
    assert_string_equal(after->last_message_event, "ask-permission-accepted");
    assert_string_equal(after->last_message, "");
    assert_int_equal(after->updated, 1000000);
}

static void what_keeps_keeps_content_and_author(void **state)
{
    (void)state;
    revise("ask-permission-ignored", AGENT, true);
    assert_string_equal(version()->content, "palun");
    assert_string_equal(version()->author_id, "EE1");
    assert_string_equal(version()->author_first_name, "Mari");
    assert_int_equal(version()->author_timestamp, 1674033412160);
}

static void a_rating_is_no_last_message(void **state)
{
    struct message_revise command = make_revise(1, 50, "rating", true);

    (void)state;
    own_replace(&question.event, "");
    own_replace(&command.author_role, USER);
    own_replace(&command.rating, "liked");
    command.author_timestamp = 0;
    decide(MESSAGE_message_revise, &command, &facts, &decision);
    assert_string_equal(version()->rating, "liked");
    assert_string_equal(version()->content, "palun");
    assert_int_equal(version()->author_timestamp, 940000);
    assert_string_equal(decision.event.chat.items[0].last_message, "tere");
    assert_int_equal(decision.event.chat.items[0].last_message_timestamp, 5);
    message_clear(&message_types[MESSAGE_message_revise], &command);
}

static void what_is_there_already_is_accepted_and_writes_nothing(void **state)
{
    (void)state;
    own_replace(&question.event, "ask-permission-accepted");
    own_replace(&question.content, "");
    revise("ask-permission-accepted", USER, false);
    assert_null(decision.refusal);
    assert_null(decision.event.kind);
    assert_int_equal(decision.event.chat.count, 1);
}

static void each_refusal_has_its_reason(void **state)
{
    (void)state;
    revise("ask-permission-accepted", AGENT, false);
    assert_refused("unknown_event");
    revise("contact-information-rejected", USER, false);
    assert_refused("question_is_closed");
    facts.messages = limits.messages - 1;
    revise("ask-permission-accepted", USER, false);
    assert_refused("chat_is_full");
    facts.messages = 1;
    facts.characters = limits.characters;
    revise("ask-permission-accepted", USER, false);
    assert_refused("chat_is_full");
    facts.characters = 0;
    facts.revised = NULL;
    revise("ask-permission-accepted", USER, false);
    assert_refused("message_not_found");
    facts.chat = NULL;
    revise("ask-permission-accepted", USER, false);
    assert_refused("chat_not_found");
    facts.chat = &chat;
    facts.revised = &question;
    chat.ended = 950000;
    revise("ask-permission-accepted", USER, false);
    assert_refused("chat_has_ended");
    facts.token_is_revoked = true;
    revise("ask-permission-accepted", USER, false);
    assert_refused("token_revoked");
}

static void a_message_that_is_named_alone_and_not_there_is_not_found(void **state)
{
    struct message_revise command = make_revise(0, 50, "ask-permission-ignored", true);

    (void)state;
    facts.chat = NULL;
    facts.revised = NULL;
    decide(MESSAGE_message_revise, &command, &facts, &decision);
    assert_refused("message_not_found");
    message_clear(&message_types[MESSAGE_message_revise], &command);
}

/* ---- the versions of a group ---- */

static void the_newest_version_of_a_group_is_found(void **state)
{
    struct written written = {0};
    struct message versions[200] = {0};

    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        id_of(i % 100, versions[i].id);
        id_of(1000 + i % 2, versions[i].chat_id);
        written_add(&written, &versions[i]);
    }
    assert_ptr_equal(written_find(&written, "", versions[7].id), &versions[107]);
    assert_ptr_equal(written_find(&written, versions[7].chat_id, versions[7].id), &versions[107]);
    assert_null(written_find(&written, versions[6].chat_id, versions[7].id));
    written_clear(&written);
    assert_null(written_find(&written, "", versions[7].id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_event_has_its_writers_and_its_kind),
        cmocka_unit_test(a_name_has_128_characters_at_most),
        cmocka_unit_test(each_answer_has_its_question),
        cmocka_unit_test_setup_teardown(an_answer_has_a_new_author_and_no_old_content, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_keeps_keeps_content_and_author, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rating_is_no_last_message, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_there_already_is_accepted_and_writes_nothing,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_refusal_has_its_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_that_is_named_alone_and_not_there_is_not_found,
                                        set_up, tear_down),
        cmocka_unit_test(the_newest_version_of_a_group_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
