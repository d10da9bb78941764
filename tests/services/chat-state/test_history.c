/* What is said of a chat, also after its end: feedback, who the end user is,
 * labels, notes; and the words of a search. */
#include <stdlib.h>
#include <string.h>

#include "chat.h"
#include "commands.h"
#include "own.h"
#include "test.h"
#include "words.h"

enum { NOW = 1000000 };

static const struct limits limits = {
    .open_chats = 10, .messages = 10, .characters = 1000, .tokens = 10};

static struct chat chat;
static const struct configuration configuration;
static struct facts facts;
static struct decision decision;

static void set_up_chat(bool has_ended)
{
    const struct message_type *type = &message_types[MESSAGE_label];

    chat = (struct chat){.status = own_copy(has_ended ? "ENDED" : "OPEN"),
                         .customer_support_id = own_copy("EE1"),
                         .customer_support_display_name = own_copy("Mari"),
                         .csa_title = own_copy("Adviser"),
                         .end_user_first_name = own_copy("Jaan"),
                         .feedback_rating = own_copy("7"),
                         .feedback_text = own_copy("good"),
                         .created = 900000,
                         .updated = 950000,
                         .ended = has_ended ? 950000 : 0,
                         .seq = 3};
    id_of(1, chat.id);
    message_set_text(type, list_append((struct list *)&chat.labels, type), "name", "tax");
    facts.chat = &chat;
}

static int set_up(void **state)
{
    (void)state;
    facts = (struct facts){.now = NOW,
                           .seq = 7,
                           .created = 900000,
                           .open_chats = 1,
                           .limits = &limits,
                           .configuration = &configuration,
                           .messages = 1};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    message_clear(&message_types[MESSAGE_chat], &chat);
    decision_clear(&decision);
    return 0;
}

static void run(enum message_id type, void *command)
{
    decision_clear(&decision);
    decide(type, command, &facts, &decision);
    message_clear(&message_types[type], command);
}

static const struct chat *after(void)
{
    assert_null(decision.refusal);
    assert_int_equal(decision.event.chat.count, 1);
    return &decision.event.chat.items[0];
}

static void assert_refused(int64_t status, const char *code)
{
    assert_non_null(decision.refusal);
    assert_string_equal(decision.refusal->code, code);
    assert_int_equal(decision.refusal->status, status);
    assert_false(decision_writes(&decision));
}

static void assert_nothing_happened(void)
{
    assert_null(decision.refusal);
    assert_null(decision.event.kind);
    assert_false(decision.writes_chat);
    assert_int_equal(decision.event.chat.count, 1);
}

/* ---- chat.feedback ---- */

static void say(const char *rating, const char *text)
{
    struct chat_feedback command = make_feedback(1, rating, text);

    run(MESSAGE_chat_feedback, &command);
}

static void a_rating_is_a_number_from_0_to_10(void **state)
{
    static const char *const good[] = {"0", "1", "9", "10"};
    static const char *const bad[] = {"11", "-1", "01", "x", "1x", "00"};

    (void)state;
    set_up_chat(false);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        say(good[i], "");
        assert_string_equal(after()->feedback_rating, good[i]);
        assert_string_equal(after()->feedback_text, "good");
        assert_true(decision.writes_chat);
        assert_string_equal(decision.event.kind, "chat.feedback");
        assert_int_equal(decision.event.message.count, 0);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        say(bad[i], "");
        assert_refused(422, "unknown_rating");
    }
}

static void feedback_says_something_of_a_chat_that_is_there(void **state)
{
    (void)state;
    say("5", "");
    assert_refused(404, "chat_not_found");
    set_up_chat(true);
    say("", " \n");
    assert_refused(422, "feedback_missing");
    facts.token_is_revoked = true;
    say("5", "");
    assert_refused(401, "token_revoked");
}

static void feedback_leaves_the_end_and_the_place_in_the_queue_as_they_are(void **state)
{
    (void)state;
    set_up_chat(true);
    say("", "bad");
    assert_string_equal(after()->feedback_text, "bad");
    assert_string_equal(after()->feedback_rating, "7");
    assert_string_equal(after()->status, "ENDED");
    assert_int_equal(after()->ended, 950000);
    assert_int_equal(after()->created, 900000);
    assert_int_equal(after()->updated, NOW);
    assert_string_equal(after()->customer_support_id, "EE1");
}

static void feedback_that_is_known_writes_nothing(void **state)
{
    (void)state;
    set_up_chat(true);
    say("7", "good");
    assert_nothing_happened();
}

/* ---- chats.release ---- */

static void release(const char *agent)
{
    struct chats_release command = make_release(agent);

    run(MESSAGE_chats_release, &command);
}

static void a_released_chat_waits_at_the_end_of_the_queue(void **state)
{
    (void)state;
    set_up_chat(false);
    facts.created = NOW + 5; /* of the newest chat: the clock was set back */
    release("EE1");
    assert_string_equal(decision.event.kind, "chat.released");
    assert_true(decision.writes_chat);
    assert_string_equal(after()->customer_support_id, "");
    assert_string_equal(after()->customer_support_display_name, "");
    assert_string_equal(after()->csa_title, "");
    assert_string_equal(after()->status, "OPEN");
    assert_int_equal(after()->created, NOW + 6);
    assert_int_equal(after()->updated, NOW + 6);
    assert_int_equal(decision.event.at, NOW + 6);
    assert_string_equal(after()->labels.items[0].name, "tax");
}

static void only_open_chats_of_the_agent_are_released(void **state)
{
    (void)state;
    release("EE1"); /* who has none */
    assert_null(decision.refusal);
    assert_null(decision.event.kind);
    set_up_chat(false);
    release("EE2");
    assert_null(decision.refusal);
    assert_null(decision.event.kind);
    chat.ended = 950000;
    release("EE1");
    assert_null(decision.event.kind);
    facts.token_is_revoked = true;
    release("EE1");
    assert_refused(401, "token_revoked");
}

/* ---- chat.identify ---- */

static void what_is_not_said_of_the_end_user_stays(void **state)
{
    struct chat_identify command = make_identity(1, "", "jaan@example.ee");

    (void)state;
    set_up_chat(false);
    run(MESSAGE_chat_identify, &command);
    assert_string_equal(decision.event.kind, "chat.identified");
    assert_true(decision.writes_chat);
    assert_string_equal(after()->end_user_first_name, "Jaan");
    assert_string_equal(after()->end_user_email, "jaan@example.ee");
    assert_int_equal(decision.event.message.count, 0);
    assert_int_equal(after()->created, 900000);
}

static void who_is_known_is_not_written_again(void **state)
{
    struct chat_identify command = make_identity(1, "Jaan", "");

    (void)state;
    set_up_chat(false);
    run(MESSAGE_chat_identify, &command);
    assert_nothing_happened();
}

static void a_message_may_say_who_the_end_user_is(void **state)
{
    struct chat_identify command = make_identity(1, "Jaan", "");

    (void)state;
    set_up_chat(false);
    id_of(50, command.message_id);
    command.event = own_copy("authentication_successful");
    command.author_role = own_copy("backoffice-user");
    run(MESSAGE_chat_identify, &command);
    assert_int_equal(decision.event.message.count, 1);
    assert_string_equal(decision.event.message.items[0].event, "authentication_successful");
    assert_string_equal(decision.event.message.items[0].author_role, "backoffice-user");
    assert_string_equal(after()->last_message_event, "authentication_successful");
    assert_false(decision.writes_chat); /* the names were known */
}

static void nobody_is_identified_in_a_chat_that_has_ended_or_is_full(void **state)
{
    struct chat_identify late = make_identity(1, "Mari", "");
    struct chat_identify full = make_identity(1, "Mari", "");

    (void)state;
    set_up_chat(true);
    run(MESSAGE_chat_identify, &late);
    assert_refused(409, "chat_has_ended");
    chat.ended = 0;
    facts.messages = limits.messages - 1;
    id_of(50, full.message_id);
    run(MESSAGE_chat_identify, &full);
    assert_refused(409, "chat_is_full");
}

/* ---- chat.label, comment.set ---- */

static void label(const char *first, const char *second)
{
    struct chat_label command = make_label(1, first, second);

    run(MESSAGE_chat_label, &command);
}

static void the_labels_are_those_of_the_command(void **state)
{
    (void)state;
    set_up_chat(true);
    label("law", "law");
    assert_string_equal(decision.event.kind, "chat.labelled");
    assert_true(decision.writes_chat);
    assert_int_equal(after()->labels.count, 1); /* twice is once */
    assert_string_equal(after()->labels.items[0].name, "law");
    assert_int_equal(after()->ended, 950000);
    label(NULL, NULL);
    assert_int_equal(after()->labels.count, 0);
    assert_true(decision.writes_chat);
    label("tax", "tax");
    assert_nothing_happened();
}

static void a_label_is_one_line(void **state)
{
    static const char *const bad[] = {"", " ", "a\nb", "\t", "a\x01"};

    (void)state;
    set_up_chat(true);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        label("law", bad[i]);
        assert_refused(422, "label_invalid");
    }
    facts.chat = NULL;
    label("law", NULL);
    assert_refused(404, "chat_not_found");
}

static void a_note_is_no_version_of_its_chat(void **state)
{
    struct comment_set command = make_comment(1, "call back");
    struct comment_set nowhere = make_comment(1, "call back");

    (void)state;
    set_up_chat(true);
    run(MESSAGE_comment_set, &command);
    assert_null(decision.refusal);
    assert_string_equal(decision.event.kind, "comment.changed");
    assert_false(decision.writes_chat);
    assert_int_equal(decision.event.chat.count, 0); /* which the end user may see */
    assert_int_equal(decision.event.comment.count, 1);
    assert_string_equal(decision.event.comment.items[0].comment, "call back");
    assert_string_equal(decision.event.comment.items[0].author_id, "EE1");
    assert_string_equal(decision.event.comment.items[0].chat_id, chat.id);
    facts.chat = NULL;
    run(MESSAGE_comment_set, &nowhere);
    assert_refused(404, "chat_not_found");
}

/* ---- words ---- */

static void case_does_not_count_in_any_alphabet_that_people_here_write(void **state)
{
    static const struct {
        const char *text, *folded;
    } cases[] = {
        {"Tere, KÕIK! ÄÖÜŠŽ õäöüšž", "tere, kõik! äöüšž õäöüšž"},
        {"ЁЖИК И МЫШЬ", "ёжик и мышь"},
        {"ΑΣΩ ÿ × ß ĸ", "ασω ÿ × ß ĸ"},
        {"日本 😀 €", "日本 😀 €"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *folded = words_fold(cases[i].text);
        assert_string_equal(folded, cases[i].folded);
        free(folded);
    }
}

static void words_are_found_one_after_the_other(void **state)
{
    static const struct {
        const char *words, *text;
        bool found;
    } cases[] = {
        {"tere kõik", "TERE hommikust, KÕIK inimesed", true},
        {"kõik tere", "tere kõik", false},
        {"re ko", "tere kohe", true},
        {"aa aa", "aaa", false}, /* no letter counts twice */
        {"aa aa", "aaaa", true},
        {"%", "100 protsenti", false}, /* no signs of LIKE */
        {"100%", "100% kindel", true},
        {"_", "a", false},
        {"", "a", false},
        {" \t", "a", false},
        {"  tere  ", "Tere", true},
        {"tere", "", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (words_are_in(cases[i].words, cases[i].text) != cases[i].found)
            fail_msg("\"%s\" in \"%s\"", cases[i].words, cases[i].text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_rating_is_a_number_from_0_to_10),
        TEST(feedback_says_something_of_a_chat_that_is_there),
        TEST(feedback_leaves_the_end_and_the_place_in_the_queue_as_they_are),
        TEST(feedback_that_is_known_writes_nothing),
        TEST(a_released_chat_waits_at_the_end_of_the_queue),
        TEST(only_open_chats_of_the_agent_are_released),
        TEST(what_is_not_said_of_the_end_user_stays),
        TEST(who_is_known_is_not_written_again),
        TEST(a_message_may_say_who_the_end_user_is),
        TEST(nobody_is_identified_in_a_chat_that_has_ended_or_is_full),
        TEST(the_labels_are_those_of_the_command),
        TEST(a_label_is_one_line),
        TEST(a_note_is_no_version_of_its_chat),
        cmocka_unit_test(case_does_not_count_in_any_alphabet_that_people_here_write),
        cmocka_unit_test(words_are_found_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
