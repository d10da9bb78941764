/* What each command does to a chat in each state, and why not; then each
 * rule by itself. */
#include "chat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "own.h"
#include "test.h"

enum { NOW = 1000000 };

static const struct limits limits = {
    .open_chats = 10, .messages = 10, .characters = 1000, .tokens = 10, .accounts = 100};

static struct chat chat;
static struct account account;
static const struct configuration configuration;
static struct facts facts;
static struct decision decision;

static void set_up_chat(const char *status, const char *owner)
{
    chat = (struct chat){.status = own_copy(status),
                         .customer_support_id = own_copy(owner),
                         .feedback_rating = own_copy("7"),
                         .feedback_text = own_copy("good"),
                         .last_message = own_copy("hello"),
                         .last_message_timestamp = 5,
                         .created = 900000,
                         .updated = 950000,
                         .seq = 3};
    id_of(1, chat.id);
    if (strcmp(status, "ENDED") == 0)
        chat.ended = 950000;
    facts.chat = &chat;
}

static void set_up_agent(const char *status)
{
    account = (struct account){.id_code = own_copy("EE2"),
                               .login = own_copy("jaan"),
                               .password_hash = own_copy("$y$old"),
                               .first_name = own_copy("Jaan"),
                               .display_name = own_copy("Jaan T"),
                               .csa_title = own_copy("Expert"),
                               .presence_status = own_copy(status),
                               .presence_active = true};
    facts.account = &account;
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
    message_clear(&message_types[MESSAGE_account], &account);
    decision_clear(&decision);
    return 0;
}

/* Decides, and forgets the command. */
static void run(enum message_id type, void *command)
{
    decision_clear(&decision);
    decide(type, command, &facts, &decision);
    message_clear(&message_types[type], command);
}

static void run_post(const char *content, const char *event)
{
    struct message_post command = make_post(1, 50, content, event);
    run(MESSAGE_message_post, &command);
}

static void run_end(const char *event)
{
    struct chat_end command = make_end(1, 50, event);
    run(MESSAGE_chat_end, &command);
}

static void run_claim(const char *agent)
{
    struct chat_claim command = make_claim(1, agent);
    run(MESSAGE_chat_claim, &command);
}

static const struct chat *after(void)
{
    assert_int_equal(decision.event.chat.count, 1);
    return &decision.event.chat.items[0];
}

static const struct message *written(void)
{
    assert_int_equal(decision.event.message.count, 1);
    return &decision.event.message.items[0];
}

static void assert_refused(int64_t status, const char *code)
{
    if (!decision.refusal) {
        fail_msg("%s was expected", code);
        return;
    }
    assert_string_equal(decision.refusal->code, code);
    assert_int_equal(decision.refusal->status, status);
    assert_null(decision.event.kind);
    assert_false(decision_writes(&decision));
    assert_int_equal(decision.event.chat.count, 0);
}

static void assert_kind(const char *kind)
{
    assert_null(decision.refusal);
    assert_string_equal(decision.event.kind, kind);
    assert_int_equal(decision.event.seq, 7);
}

/* ---- the table ---- */

static void make_any(enum message_id type, void *command)
{
    switch (type) {
    case MESSAGE_chat_open:
        *(struct chat_open *)command = make_open(1, 50, "tere");
        return;
    case MESSAGE_message_post:
        *(struct message_post *)command = make_post(1, 50, "tere", "");
        return;
    case MESSAGE_chat_claim:
        *(struct chat_claim *)command = make_claim(1, "EE1");
        return;
    case MESSAGE_chat_redirect:
        *(struct chat_redirect *)command = make_redirect(1, 50, "EE2");
        return;
    default:
        *(struct chat_end *)command = make_end(1, 50, "client-left");
    }
}

enum start { NONE, WAITING, MINE, THEIRS, ENDED, REVOKED };

/* code: of the refusal; or the kind of the event; "" for yes and no event. */
static const struct {
    const char *name;
    enum message_id command;
    enum start start;
    int64_t status; /* of the refusal, 0: accepted */
    const char *code;
    const char *owner; /* afterwards */
} transitions[] = {
    {"open a new chat", MESSAGE_chat_open, NONE, 0, "chat.opened", ""},
    {"open one that is open", MESSAGE_chat_open, WAITING, 409, "chat_exists", ""},
    {"open one that has ended", MESSAGE_chat_open, ENDED, 409, "chat_exists", ""},
    {"open with a revoked token", MESSAGE_chat_open, REVOKED, 401, "token_revoked", ""},
    {"post to no chat", MESSAGE_message_post, NONE, 404, "chat_not_found", ""},
    {"post to a waiting chat", MESSAGE_message_post, WAITING, 0, "message.posted", ""},
    {"post to an owned chat", MESSAGE_message_post, MINE, 0, "message.posted", "EE1"},
    {"post to an ended chat", MESSAGE_message_post, ENDED, 409, "chat_has_ended", ""},
    {"post with a revoked token", MESSAGE_message_post, REVOKED, 401, "token_revoked", ""},
    {"claim no chat", MESSAGE_chat_claim, NONE, 404, "chat_not_found", ""},
    {"claim a waiting chat", MESSAGE_chat_claim, WAITING, 0, "chat.claimed", "EE1"},
    {"claim one's own chat", MESSAGE_chat_claim, MINE, 0, "", "EE1"},
    {"claim another's chat", MESSAGE_chat_claim, THEIRS, 409, "claimed_by_another_agent", ""},
    {"claim an ended chat", MESSAGE_chat_claim, ENDED, 409, "chat_has_ended", ""},
    {"claim with a revoked token", MESSAGE_chat_claim, REVOKED, 401, "token_revoked", ""},
    {"redirect no chat", MESSAGE_chat_redirect, NONE, 404, "chat_not_found", ""},
    {"redirect a waiting chat", MESSAGE_chat_redirect, WAITING, 0, "chat.redirected", "EE2"},
    {"redirect one's own chat", MESSAGE_chat_redirect, MINE, 0, "chat.redirected", "EE2"},
    {"redirect another's chat", MESSAGE_chat_redirect, THEIRS, 0, "chat.redirected", "EE2"},
    {"redirect an ended chat", MESSAGE_chat_redirect, ENDED, 409, "chat_has_ended", ""},
    {"redirect with a revoked token", MESSAGE_chat_redirect, REVOKED, 401, "token_revoked", ""},
    {"end no chat", MESSAGE_chat_end, NONE, 404, "chat_not_found", ""},
    {"end a waiting chat", MESSAGE_chat_end, WAITING, 0, "chat.ended", ""},
    {"end an owned chat", MESSAGE_chat_end, MINE, 0, "chat.ended", "EE1"},
    {"end an ended chat", MESSAGE_chat_end, ENDED, 409, "chat_has_ended", ""},
    {"end with a revoked token", MESSAGE_chat_end, REVOKED, 401, "token_revoked", ""},
};

static void set_up_start(enum start start)
{
    static const char *const owners[] = {"", "", "EE1", "EE9", "EE1", ""};

    if (start != NONE)
        set_up_chat(start == ENDED ? "ENDED" : "OPEN", owners[start]);
    set_up_agent("online");
    facts.token_is_revoked = start == REVOKED;
}

static void check_transition(size_t i)
{
    int64_t status = decision.refusal ? decision.refusal->status : 0;
    const char *kind = decision.event.kind ? decision.event.kind : "";
    const char *code = decision.refusal ? decision.refusal->code : kind;

    if (status != transitions[i].status || strcmp(code, transitions[i].code) != 0)
        fail_msg("%s: %d %s", transitions[i].name, (int)status, code);
    if (status)
        return;
    const char *owner = after()->customer_support_id;
    if (strcmp(owner ? owner : "", transitions[i].owner) != 0)
        fail_msg("%s: owner is %s", transitions[i].name, owner);
    if (*kind && after()->updated != decision.event.at)
        fail_msg("%s: updated is not the time of the event", transitions[i].name);
}

static void every_command_in_every_state_does_what_the_table_says(void **state)
{
    for (size_t i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++) {
        union {
            struct chat_open open;
            struct message_post post;
            struct chat_claim claim;
            struct chat_redirect redirect;
            struct chat_end end;
        } command;
        set_up(state);
        set_up_start(transitions[i].start);
        make_any(transitions[i].command, &command);
        run(transitions[i].command, &command);
        check_transition(i);
        tear_down(state);
    }
}

/* ---- chat.open ---- */

static void a_new_chat_waits_with_its_first_message(void **state)
{
    struct chat_open command = make_open(1, 50, "tere");

    (void)state;
    run(MESSAGE_chat_open, &command);
    assert_kind("chat.opened");
    assert_true(decision.writes_chat);
    assert_string_equal(after()->status, "OPEN");
    assert_int_equal(after()->ended, 0);
    assert_int_equal(after()->seq, 7);
    assert_string_equal(after()->last_message, "tere");
    assert_int_equal(after()->last_message_timestamp, 1674033412159);
    assert_string_equal(after()->end_user_os, "Linux");
    assert_string_equal(written()->author_role, "end-user");
    assert_string_equal(written()->content, "tere");
    assert_int_equal(written()->author_timestamp, 1674033412159);
    assert_int_equal(written()->created, NOW);
    assert_int_equal(written()->updated, NOW);
    assert_int_equal(written()->seq, 7);
}

static void no_two_chats_are_created_at_the_same_time(void **state)
{
    struct chat_open command = make_open(1, 50, "tere");

    (void)state;
    facts.created = NOW + 5; /* the clock was set back */
    run(MESSAGE_chat_open, &command);
    assert_int_equal(after()->created, NOW + 6);
    assert_int_equal(decision.event.at, NOW + 6);
}

static void one_open_chat_too_many_is_refused(void **state)
{
    struct chat_open command = make_open(1, 50, "tere");

    (void)state;
    facts.open_chats = limits.open_chats;
    run(MESSAGE_chat_open, &command);
    assert_refused(503, "too_many_chats");
}

static void a_chat_does_not_begin_with_nothing(void **state)
{
    struct chat_open command = make_open(1, 50, " \t\n");

    (void)state;
    run(MESSAGE_chat_open, &command);
    assert_refused(422, "content_missing");
}

/* ---- message.post ---- */

static void a_message_without_content_needs_an_event(void **state)
{
    (void)state;
    set_up_chat("OPEN", "");
    run_post(" ", "");
    assert_refused(422, "content_missing");
    run_post("", "message-read");
    assert_kind("message.posted");
    assert_string_equal(written()->event, "message-read");
}

static void a_message_makes_no_version_of_its_chat(void **state)
{
    (void)state;
    set_up_chat("OPEN", "EE1");
    run_post("hi", "");
    assert_kind("message.posted");
    assert_false(decision.writes_chat);
    assert_string_equal(after()->last_message, "hi");
    assert_int_equal(after()->last_message_timestamp, 1674033412160);
    assert_string_equal(after()->feedback_text, "good");
}

static void read_marks_and_forward_requests_are_no_last_message(void **state)
{
    static const char *const events[] = {"message-read", "requested-chat-forward"};

    (void)state;
    set_up_chat("OPEN", "EE1");
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        struct message_post command = make_post(1, 50, "text", events[i]);
        own_replace(&command.author_role, "backoffice-user");
        run(MESSAGE_message_post, &command);
        assert_string_equal(after()->last_message, "hello");
        assert_int_equal(after()->last_message_timestamp, 5);
        assert_string_equal(after()->last_message_event, events[i]);
    }
}

static void contacts_are_kept_with_the_chat(void **state)
{
    (void)state;
    set_up_chat("OPEN", "EE1");
    run_post("mari@example.ee", "contact-information-fulfilled");
    assert_string_equal(after()->contacts_message, "mari@example.ee");
    assert_string_equal(after()->last_message, "mari@example.ee");
}

static void updated_rises_whatever_the_clock_does(void **state)
{
    (void)state;
    set_up_chat("OPEN", "");
    chat.updated = NOW + 50;
    run_post("hi", "");
    assert_int_equal(after()->updated, NOW + 51);
    assert_int_equal(written()->created, NOW + 51);
    assert_int_equal(decision.event.at, NOW + 51);
}

static void a_message_id_is_used_once_in_a_chat(void **state)
{
    struct chat_redirect redirect = make_redirect(1, 50, "EE2");

    (void)state;
    set_up_chat("OPEN", "");
    set_up_agent("online");
    facts.message_is_known = true;
    run_post("hi", "");
    assert_refused(409, "message_exists");
    run_end("answered");
    assert_refused(409, "message_exists");
    run(MESSAGE_chat_redirect, &redirect);
    assert_refused(409, "message_exists");
}

static void a_full_chat_takes_its_end_and_nothing_else(void **state)
{
    (void)state;
    set_up_chat("OPEN", "");
    facts.messages = limits.messages - 2;
    run_post("hi", "");
    assert_kind("message.posted");
    facts.messages = limits.messages - 1;
    run_post("hi", "");
    assert_refused(409, "chat_is_full");
    facts.messages = 1;
    facts.characters = limits.characters;
    run_post("hi", "");
    assert_refused(409, "chat_is_full");
    facts.messages = limits.messages - 1;
    run_end("answered");
    assert_kind("chat.ended");
}

/* ---- chat.claim ---- */

static void a_claim_names_the_agent_and_blanks_the_feedback(void **state)
{
    (void)state;
    set_up_chat("OPEN", "");
    run_claim("EE1");
    assert_kind("chat.claimed");
    assert_true(decision.writes_chat);
    assert_string_equal(after()->customer_support_display_name, "Mari");
    assert_string_equal(after()->csa_title, "Adviser");
    assert_string_equal(after()->feedback_rating, "");
    assert_string_equal(after()->feedback_text, "");
    assert_int_equal(decision.event.message.count, 0);
}

static void a_claim_by_the_owner_changes_nothing(void **state)
{
    (void)state;
    set_up_chat("OPEN", "EE1");
    run_claim("EE1");
    assert_null(decision.refusal);
    assert_false(decision_writes(&decision));
    assert_string_equal(after()->feedback_text, "good");
    assert_int_equal(after()->updated, chat.updated);
}

/* ---- chat.redirect ---- */

static void a_redirect_goes_only_to_an_agent_at_work(void **state)
{
    static const struct {
        const char *status; /* NULL: no such agent */
        int64_t refusal;
        const char *code;
    } cases[] = {{NULL, 404, "agent_not_found"},
                 {"", 409, "csa_is_offline"},
                 {"offline", 409, "csa_is_offline"},
                 {"idle", 0, NULL},
                 {"online", 0, NULL}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct chat_redirect command = make_redirect(1, 50, "EE2");
        set_up(state);
        set_up_chat("OPEN", "EE1");
        if (cases[i].status)
            set_up_agent(cases[i].status);
        run(MESSAGE_chat_redirect, &command);
        if (cases[i].refusal)
            assert_refused(cases[i].refusal, cases[i].code);
        else
            assert_kind("chat.redirected");
        tear_down(state);
    }
}

static void a_redirect_leaves_a_message_with_all_three_names(void **state)
{
    struct chat_redirect command = make_redirect(1, 50, "EE2");

    (void)state;
    set_up_chat("OPEN", "EE1");
    set_up_agent("online");
    command.forwarded_by_user = own_copy("EEadmin");
    run(MESSAGE_chat_redirect, &command);
    assert_kind("chat.redirected");
    assert_true(decision.writes_chat);
    assert_string_equal(after()->status, "OPEN");
    assert_string_equal(after()->customer_support_display_name, "Jaan T");
    assert_string_equal(after()->csa_title, "Expert");
    assert_string_equal(after()->last_message_event, "redirected");
    assert_string_equal(after()->feedback_text, "");
    assert_string_equal(written()->event, "redirected");
    assert_string_equal(written()->author_role, "buerokratt");
    assert_string_equal(written()->content ? written()->content : "", "");
    assert_string_equal(written()->forwarded_by_user, "EEadmin");
    assert_string_equal(written()->forwarded_from_csa, "EE1");
    assert_string_equal(written()->forwarded_to_csa, "EE2");
    assert_int_equal(written()->author_timestamp, NOW);
}

static void the_samples_redirect_goes_to_forwarded_to(void **state)
{
    struct chat_redirect command = make_redirect(1, 50, "EE123Csa1Id");

    (void)state;
    set_up_chat("OPEN", "EE123Csa1Id");
    set_up_agent("online");
    command.customer_support_display_name = own_copy("someCsaAgent");
    command.forwarded_by_user = own_copy("EE123AdminId");
    command.forwarded_from_csa = own_copy("EE123Csa1Id");
    command.forwarded_to_csa = own_copy("EE123Csa2Id");
    assert_string_equal(account_concerned(MESSAGE_chat_redirect, &command, NULL), "EE123Csa2Id");
    run(MESSAGE_chat_redirect, &command);
    assert_kind("chat.redirected");
    assert_string_equal(after()->customer_support_id, "EE123Csa2Id");
    assert_string_equal(after()->customer_support_display_name, "someCsaAgent");
    assert_string_equal(written()->forwarded_to_csa, "EE123Csa2Id");
}

static void a_long_owner_fits_into_the_message(void **state)
{
    struct chat_redirect command = make_redirect(1, 50, "EE2");
    char owner[2 * 60 + 1] = "";

    (void)state;
    for (size_t i = 0; i < 60; i++)
        snprintf(owner + 2 * i, 3, "õ");
    set_up_chat("OPEN", owner);
    set_up_agent("online");
    run(MESSAGE_chat_redirect, &command);
    assert_kind("chat.redirected");
    assert_int_equal(strlen(written()->forwarded_from_csa), 2 * 50);
}

/* ---- chat.end ---- */

static const struct {
    const char *event;
    bool is_known;
} reasons[] = {
    {"CLIENT_LEFT_WITH_ACCEPTED", true},
    {"CLIENT_LEFT_WITH_NO_RESOLUTION", true},
    {"CLIENT_LEFT_FOR_UNKNOWN_REASONS", true},
    {"ACCEPTED", true},
    {"HATE_SPEECH", true},
    {"OTHER", true},
    {"RESPONSE_SENT_TO_CLIENT_EMAIL", true},
    {"accepted", true},
    {"hate_speech", true},
    {"hate-speech", true},
    {"client_left_for_unknown_reasons", true},
    {"client-left-for-unknown-reasons", true},
    {"client-left-for-unknown-reason", true},
    {"response-sent-to-client-email", true},
    {"client-left", true},
    {"answered", true},
    {"terminated", true},
    {"inactive-chat-ended", true},
    {"", false},
    {"Accepted", false},
    {"HATE-SPEECH", false},
    {"client-left_with-accepted", false},
    {"accepte", false},
    {"accepted ", false},
    {"ANSWERED", false},
    {"redirected", false},
    {"message-read", false},
};

static void a_chat_ends_for_a_known_reason_stored_as_it_came(void **state)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        set_up(state);
        set_up_chat("OPEN", "EE1");
        run_end(reasons[i].event);
        if (!decision.refusal != reasons[i].is_known)
            fail_msg("\"%s\" is %s", reasons[i].event, decision.refusal ? "refused" : "accepted");
        if (reasons[i].is_known)
            assert_string_equal(written()->event, reasons[i].event);
        else
            assert_refused(422, "unknown_event");
        tear_down(state);
    }
}

static void an_end_says_when_and_by_whom(void **state)
{
    struct chat_end command = make_end(1, 50, "ACCEPTED");

    (void)state;
    set_up_chat("OPEN", "EE1");
    own_replace(&command.author_role, "backoffice-user");
    command.author_id = own_copy("EE1");
    run(MESSAGE_chat_end, &command);
    assert_kind("chat.ended");
    assert_true(decision.writes_chat);
    assert_string_equal(after()->status, "ENDED");
    assert_int_equal(after()->ended, NOW);
    assert_string_equal(after()->customer_support_id, "EE1");
    assert_string_equal(after()->feedback_text, "");
    assert_string_equal(after()->last_message_event, "ACCEPTED");
    assert_string_equal(written()->author_id, "EE1");
    assert_string_equal(written()->author_role, "backoffice-user");
    assert_int_equal(decision.event.revocation.count, 0);
}

static void an_end_by_the_end_user_keeps_the_feedback(void **state)
{
    (void)state;
    set_up_chat("OPEN", "EE1");
    run_end("client-left");
    assert_string_equal(after()->feedback_text, "good");
    assert_string_equal(after()->feedback_rating, "7");
}

static void an_end_revokes_the_token_when_it_says_so(void **state)
{
    static const struct {
        int64_t expires_at;
        size_t revoked;
    } cases[] = {{0, 0}, {NOW, 0}, {NOW + 1, 1}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct chat_end command = make_end(1, 50, "client-left");
        set_up(state);
        set_up_chat("OPEN", "");
        id_of(99, command.token_id);
        command.token_expires_at = cases[i].expires_at;
        run(MESSAGE_chat_end, &command);
        assert_kind("chat.ended");
        assert_int_equal(decision.event.revocation.count, cases[i].revoked);
        if (cases[i].revoked)
            assert_int_equal(decision.event.revocation.items[0].expires_at, NOW + 1);
        tear_down(state);
    }
}

static void a_second_end_with_the_ended_token_hears_that_the_chat_has_ended(void **state)
{
    (void)state;
    set_up_chat("ENDED", "");
    facts.token_is_revoked = true;
    run_end("client-left");
    assert_refused(409, "chat_has_ended");
}

/* ---- agents and tokens ---- */

static void presence_is_told_without_the_password_hash(void **state)
{
    struct presence_set command = make_presence("EE2", "idle");

    (void)state;
    set_up_agent("online");
    run(MESSAGE_presence_set, &command);
    assert_kind("presence.changed");
    assert_true(decision.writes_presence);
    const struct account *told = &decision.event.account.items[0];
    assert_string_equal(told->presence_status, "idle");
    assert_true(told->presence_active);
    assert_string_equal(told->display_name, "Jaan T");
    assert_string_equal(told->password_hash, "");
}

static void presence_is_one_of_three_and_of_a_known_agent(void **state)
{
    struct presence_set wrong = make_presence("EE2", "away");
    struct presence_set nobody = make_presence("EE3", "online");

    (void)state;
    set_up_agent("online");
    run(MESSAGE_presence_set, &wrong);
    assert_refused(422, "unknown_status");
    facts.account = NULL;
    run(MESSAGE_presence_set, &nobody);
    assert_refused(404, "agent_not_found");
}

static void a_new_account_is_written_and_published_without_its_password(void **state)
{
    struct account_add command = make_account("EE5", "mari");

    (void)state;
    run(MESSAGE_account_add, &command);
    assert_kind("account.changed");
    assert_string_equal(decision.event.account.items[0].id_code, "EE5");
    assert_string_equal(decision.event.account.items[0].password_hash, "");
    assert_string_equal(decision.event.account.items[0].roles.items[0].name,
                        "ROLE_CUSTOMER_SUPPORT_AGENT");
    assert_true(decision.writes_account);
    assert_string_equal(decision.account.login, "mari");
    assert_string_equal(decision.account.password_hash, "$y$hash");
    assert_string_equal(decision.account.roles.items[0].name, "ROLE_CUSTOMER_SUPPORT_AGENT");
}

static void a_new_version_of_an_account_keeps_its_password(void **state)
{
    struct account_add command = make_account("EE2", "jaan");

    (void)state;
    set_up_agent("online");
    facts.login = &account;
    command.is_edit = true;
    own_replace(&command.password_hash, "");
    run(MESSAGE_account_add, &command);
    assert_null(decision.refusal);
    assert_string_equal(decision.account.password_hash, "$y$old");
    assert_string_equal(decision.account.first_name, "Jaan");
    assert_string_equal(decision.account.presence_status, "online");
    assert_int_equal(decision.account.roles.count, 1);
}

static void a_login_belongs_to_one_account(void **state)
{
    struct account_add command = make_account("EE5", "jaan");

    (void)state;
    set_up_agent("online");
    facts.login = &account;
    facts.account = NULL;
    run(MESSAGE_account_add, &command);
    assert_refused(409, "login_taken");
}

static void a_log_out_revokes_the_token_and_takes_the_agent_offline(void **state)
{
    struct token_revoke command = make_revoke(99, NOW + 5000);

    (void)state;
    set_up_agent("online");
    run(MESSAGE_token_revoke, &command);
    assert_kind("token.revoked");
    assert_int_equal(decision.event.revocation.items[0].expires_at, NOW + 5000);
    assert_string_equal(decision.event.account.items[0].presence_status, "offline");
    assert_false(decision.event.account.items[0].presence_active);
    assert_string_equal(decision.event.account.items[0].password_hash, "");
}

static void a_worthless_token_is_not_revoked_again(void **state)
{
    struct token_revoke again = make_revoke(99, NOW + 5000);
    struct token_revoke none = make_revoke(99, NOW + 5000);

    (void)state;
    facts.token_is_revoked = true;
    run(MESSAGE_token_revoke, &again);
    assert_refused(401, "token_revoked");
    none.token_id[0] = '\0';
    run(MESSAGE_token_revoke, &none);
    assert_refused(422, "token_missing");
}

static void the_number_of_tokens_is_bounded(void **state)
{
    struct token_issue issue = make_issue(99, NOW + 5000);
    struct token_extend extend = make_extend(98, 99, NOW + 5000);
    struct chat_open open = make_open(1, 50, "tere");

    (void)state;
    facts.tokens = limits.tokens;
    run(MESSAGE_token_issue, &issue);
    assert_refused(503, "too_many_tokens");
    run(MESSAGE_token_extend, &extend);
    assert_kind("token.extended"); /* there are no more of them after it */
    id_of(99, open.new_token_id);
    run(MESSAGE_chat_open, &open);
    assert_refused(503, "too_many_tokens");
}

static void a_chat_is_opened_with_its_token(void **state)
{
    struct chat_open open = make_open(1, 50, "tere");

    (void)state;
    id_of(99, open.new_token_id);
    open.expires_at = NOW + 5000;
    run(MESSAGE_chat_open, &open);
    assert_kind("chat.opened");
    const struct issuance *token = &decision.event.issuance.items[0];
    char id[UUID_SIZE];
    id_of(99, id);
    assert_string_equal(token->token_id, id);
    assert_string_equal(token->cookie, "chatJwt");
    assert_string_equal(token->subject, after()->id);
    assert_int_equal(token->expires_at, NOW + 5000);
}

static void a_token_is_extended_into_another_one(void **state)
{
    struct token_extend command = make_extend(98, 99, NOW + 5000);
    struct token_extend again = make_extend(98, 97, NOW + 5000);
    struct token_extend none = make_extend(98, 97, NOW + 5000);

    (void)state;
    run(MESSAGE_token_extend, &command);
    assert_kind("token.extended");
    char id[UUID_SIZE];
    id_of(98, id);
    assert_string_equal(decision.event.revocation.items[0].token_id, id);
    id_of(99, id);
    assert_string_equal(decision.event.issuance.items[0].token_id, id);
    assert_string_equal(decision.event.issuance.items[0].subject, "EE1");
    facts.token_is_revoked = true;
    run(MESSAGE_token_extend, &again);
    assert_refused(401, "token_revoked");
    none.token_id[0] = '\0';
    run(MESSAGE_token_extend, &none);
    assert_refused(422, "token_missing");
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(every_command_in_every_state_does_what_the_table_says),
        CASE(a_new_chat_waits_with_its_first_message),
        CASE(no_two_chats_are_created_at_the_same_time),
        CASE(one_open_chat_too_many_is_refused),
        CASE(a_chat_does_not_begin_with_nothing),
        CASE(a_message_without_content_needs_an_event),
        CASE(a_message_makes_no_version_of_its_chat),
        CASE(read_marks_and_forward_requests_are_no_last_message),
        CASE(contacts_are_kept_with_the_chat),
        CASE(updated_rises_whatever_the_clock_does),
        CASE(a_message_id_is_used_once_in_a_chat),
        CASE(a_full_chat_takes_its_end_and_nothing_else),
        CASE(a_claim_names_the_agent_and_blanks_the_feedback),
        CASE(a_claim_by_the_owner_changes_nothing),
        CASE(a_redirect_goes_only_to_an_agent_at_work),
        CASE(a_redirect_leaves_a_message_with_all_three_names),
        CASE(the_samples_redirect_goes_to_forwarded_to),
        CASE(a_long_owner_fits_into_the_message),
        CASE(a_chat_ends_for_a_known_reason_stored_as_it_came),
        CASE(an_end_says_when_and_by_whom),
        CASE(an_end_by_the_end_user_keeps_the_feedback),
        CASE(an_end_revokes_the_token_when_it_says_so),
        CASE(a_second_end_with_the_ended_token_hears_that_the_chat_has_ended),
        CASE(presence_is_told_without_the_password_hash),
        CASE(presence_is_one_of_three_and_of_a_known_agent),
        CASE(a_new_account_is_written_and_published_without_its_password),
        CASE(a_new_version_of_an_account_keeps_its_password),
        CASE(a_login_belongs_to_one_account),
        CASE(a_log_out_revokes_the_token_and_takes_the_agent_offline),
        CASE(a_worthless_token_is_not_revoked_again),
        CASE(the_number_of_tokens_is_bounded),
        CASE(a_chat_is_opened_with_its_token),
        CASE(a_token_is_extended_into_another_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
