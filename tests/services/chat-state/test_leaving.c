/* The rules that set deadlines: of who leaves without a word, of questions,
 * and of chats that are silent. */
#include "test.h"

#include "chat.h"
#include "commands.h"
#include "deadlines.h"
#include "json.h"
#include "leaving.h"
#include "own.h"
#include "question.h"
#include "silence.h"
#include "uuid.h"

enum { CHAT = 7 };

static const int64_t NOW = 5000000, MINUTE = 60000;

static const char *const token_id = "00000063-0000-4000-8000-000000000000";

/* A scene: one open chat, and the deadline as the commands so far left it. */
struct scene {
    struct limits limits;
    struct chat chat;
    struct facts facts;
    struct deadline deadline;
    struct decision decision;
};

static void begin(struct scene *self)
{
    *self = (struct scene){
        .limits = {.open_chats = 10,
                   .messages = 100,
                   .characters = 10000,
                   .tokens = 10,
                   .ask_permission_s = 60,
                   .inactive_chat_minutes = 30},
        .chat = {.updated = NOW, .created = NOW},
    };
    id_of(CHAT, self->chat.id);
    self->chat.status = own_copy("OPEN");
    self->facts = (struct facts){
        .now = NOW, .steady = NOW, .seq = 1, .limits = &self->limits, .chat = &self->chat};
}

static void end(struct scene *self)
{
    message_clear(&message_types[MESSAGE_chat], &self->chat);
    message_clear(&message_types[MESSAGE_deadline], &self->deadline);
    decision_clear(&self->decision);
}

/* The newest row counts from now on. */
static void take(struct scene *self)
{
    const struct deadline_list *rows = &self->decision.deadlines;

    if (!rows->count)
        return;
    message_clear(&message_types[MESSAGE_deadline], &self->deadline);
    message_copy(&message_types[MESSAGE_deadline], &self->deadline, &rows->items[0]);
    self->facts.deadline = self->deadline.due ? &self->deadline : NULL;
}

static const char *ask(struct scene *self, enum message_id type, void *command)
{
    decision_clear(&self->decision);
    decide(type, command, &self->facts, &self->decision);
    take(self);
    return self->decision.refusal ? self->decision.refusal->code : "";
}

static const char *set(struct scene *self, const char *command_id, int64_t seconds)
{
    struct termination_set command = {
        .command_id = (char *)command_id, .seconds = seconds, .token_expires_at = NOW + MINUTE};

    id_of(CHAT, command.chat_id);
    id_of(8, command.message_id);
    id_of(9, command.request_id);
    memcpy(command.token_id, token_id, UUID_SIZE);
    return ask(self, MESSAGE_termination_set, &command);
}

static const char *take_back(struct scene *self, const char *command_id)
{
    struct termination_clear command = {.command_id = (char *)command_id};

    id_of(CHAT, command.chat_id);
    return ask(self, MESSAGE_termination_clear, &command);
}

static void is_row(const struct scene *self, const char *kind, int64_t wait_ms)
{
    assert_string_equal(self->deadline.kind, kind);
    assert_int_equal(self->deadline.due - self->facts.steady, wait_ms);
}

static void a_page_that_is_closed_means_the_end_of_its_chat(void **state)
{
    struct scene scene;
    struct chat_end command;
    char why[WHY_MAX];

    (void)state;
    begin(&scene);
    assert_string_equal(set(&scene, "a", 10), "");
    is_row(&scene, KIND_TERMINATION, 10000);
    assert_string_equal(scene.deadline.subject, scene.chat.id);
    assert_null(scene.decision.event.kind);
    assert_true(decision_writes(&scene.decision));
    assert_int_equal(
        message_from_json(&message_types[MESSAGE_chat_end], &command, scene.deadline.body, why), 0);
    assert_string_equal(command.event, "CLIENT_LEFT_FOR_UNKNOWN_REASONS");
    assert_string_equal(command.author_role, "end-user");
    assert_string_equal(command.token_id, token_id);
    assert_int_equal(command.token_expires_at, NOW + MINUTE);
    message_clear(&message_types[MESSAGE_chat_end], &command);
    end(&scene);
}

static void what_is_set_again_begins_anew_and_what_is_taken_back_is_gone(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    (void)set(&scene, "a", 10);
    scene.facts.steady += 3000;
    (void)set(&scene, "b", 20);
    is_row(&scene, KIND_TERMINATION, 20000);
    (void)take_back(&scene, "c");
    is_row(&scene, KIND_SETTLED, 10000);
    (void)set(&scene, "d", 10);
    is_row(&scene, KIND_TERMINATION, 10000);
    end(&scene);
}

static void what_is_taken_back_before_it_was_set_is_not_set_once(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    (void)take_back(&scene, "a");
    is_row(&scene, KIND_TAKEN_BACK, 10000);
    (void)set(&scene, "b", 10);
    is_row(&scene, KIND_SETTLED, 10000);
    (void)set(&scene, "c", 10);
    is_row(&scene, KIND_TERMINATION, 10000);
    end(&scene);
}

static void after_ten_seconds_it_is_too_early_to_be_taken_back(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    (void)take_back(&scene, "a");
    scene.facts.steady += 10000;
    (void)set(&scene, "b", 5);
    is_row(&scene, KIND_TERMINATION, 5000);
    end(&scene);
}

static void a_command_that_comes_again_changes_nothing(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    (void)set(&scene, "a", 10);
    (void)take_back(&scene, "b");
    (void)take_back(&scene, "b");
    assert_false(decision_writes(&scene.decision));
    is_row(&scene, KIND_SETTLED, 10000);
    end(&scene);
}

static void who_may_not_speak_for_a_chat_sets_nothing(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    scene.facts.token_is_revoked = true;
    assert_string_equal(set(&scene, "a", 10), "token_revoked");
    scene.facts.token_is_revoked = false;
    scene.chat.ended = NOW;
    assert_string_equal(set(&scene, "b", 10), "chat_has_ended");
    assert_string_equal(take_back(&scene, "c"), "chat_has_ended");
    scene.facts.chat = NULL;
    assert_string_equal(set(&scene, "d", 10), "chat_not_found");
    assert_int_equal(scene.decision.deadlines.count, 0);
    end(&scene);
}

static void a_log_in_that_is_left_ends_after_five_seconds(void **state)
{
    struct scene scene;
    struct logout_set command = {.command_id = (char *)"a", .expires_at = NOW + MINUTE};
    struct logout_clear back = {.command_id = (char *)"b"};

    (void)state;
    begin(&scene);
    assert_string_equal(ask(&scene, MESSAGE_logout_set, &command), "token_missing");
    memcpy(command.token_id, token_id, UUID_SIZE);
    memcpy(back.token_id, token_id, UUID_SIZE);
    assert_string_equal(ask(&scene, MESSAGE_logout_set, &command), "");
    is_row(&scene, KIND_LOGOUT, 5000);
    assert_string_equal(scene.deadline.subject, "");
    assert_string_equal(ask(&scene, MESSAGE_logout_clear, &back), "");
    is_row(&scene, KIND_SETTLED, 5000);
    end(&scene);
}

/* ---- questions ---- */

static void a_question_has_a_time_and_an_answer_ends_it(void **state)
{
    struct scene scene;
    struct message message = {.event = (char *)"ask-permission"};

    (void)state;
    begin(&scene);
    id_of(5, message.id);
    id_of(CHAT, message.chat_id);
    question_asked(&scene.decision, &scene.facts, &message);
    take(&scene);
    is_row(&scene, KIND_PERMISSION, 60000);
    assert_non_null(strstr(scene.deadline.body, "ask-permission-ignored"));
    decision_clear(&scene.decision);
    question_answered(&scene.decision, &message);
    assert_int_equal(scene.decision.deadlines.items[0].due, 0);
    assert_string_equal(scene.decision.deadlines.items[0].id, scene.deadline.id);
    end(&scene);
}

static void what_is_no_question_has_none_nor_has_any_when_it_is_off(void **state)
{
    struct scene scene;
    struct message message = {.event = (char *)"contact-information"};

    (void)state;
    begin(&scene);
    question_asked(&scene.decision, &scene.facts, &message);
    question_answered(&scene.decision, &message);
    message.event = (char *)"ask-permission";
    scene.limits.ask_permission_s = 0;
    question_asked(&scene.decision, &scene.facts, &message);
    assert_int_equal(scene.decision.deadlines.count, 0);
    end(&scene);
}

/* ---- silence ---- */

static void a_chat_that_is_silent_for_its_time_ends(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    silence_begin(&scene.decision, &scene.facts, &scene.chat);
    take(&scene);
    is_row(&scene, KIND_INACTIVE, 30 * MINUTE);
    assert_int_equal(silence_rest(&scene.deadline, &scene.chat, &scene.limits, NOW + 30 * MINUTE),
                     0);
    end(&scene);
}

static void one_in_which_somebody_wrote_has_its_time_from_then_on(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    silence_begin(&scene.decision, &scene.facts, &scene.chat);
    take(&scene);
    scene.chat.updated = NOW + 20 * MINUTE;
    assert_int_equal(silence_rest(&scene.deadline, &scene.chat, &scene.limits, NOW + 30 * MINUTE),
                     20 * MINUTE);
    silence_note(&scene.deadline, &scene.chat);
    assert_int_equal(silence_rest(&scene.deadline, &scene.chat, &scene.limits, NOW + 50 * MINUTE),
                     0);
    end(&scene);
}

static void a_clock_that_jumped_ends_no_chat_in_which_somebody_writes(void **state)
{
    struct scene scene;

    (void)state;
    begin(&scene);
    silence_begin(&scene.decision, &scene.facts, &scene.chat);
    take(&scene);
    scene.chat.updated = NOW + 20 * MINUTE;
    assert_int_equal(silence_rest(&scene.deadline, &scene.chat, &scene.limits, NOW + 600 * MINUTE),
                     30 * MINUTE);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_that_is_closed_means_the_end_of_its_chat),
        cmocka_unit_test(what_is_set_again_begins_anew_and_what_is_taken_back_is_gone),
        cmocka_unit_test(what_is_taken_back_before_it_was_set_is_not_set_once),
        cmocka_unit_test(after_ten_seconds_it_is_too_early_to_be_taken_back),
        cmocka_unit_test(a_command_that_comes_again_changes_nothing),
        cmocka_unit_test(who_may_not_speak_for_a_chat_sets_nothing),
        cmocka_unit_test(a_log_in_that_is_left_ends_after_five_seconds),
        cmocka_unit_test(a_question_has_a_time_and_an_answer_ends_it),
        cmocka_unit_test(what_is_no_question_has_none_nor_has_any_when_it_is_off),
        cmocka_unit_test(a_chat_that_is_silent_for_its_time_ends),
        cmocka_unit_test(one_in_which_somebody_wrote_has_its_time_from_then_on),
        cmocka_unit_test(a_clock_that_jumped_ends_no_chat_in_which_somebody_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
