#include "leaving.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "json.h"
#include "own.h"

enum {
    SECOND_MS = 1000,
    LOGOUT_MS = 5000,
    CHAT_SETTLES_MS = 10000,
    LOGOUT_SETTLES_MS = 5000,
    COMMAND_ID_SIZE = 128,
};

/* What a rule is about. */
struct matter {
    char id[DEADLINE_ID_SIZE];
    const char *kind;
    const char *subject; /* a chat, "" for none */
    const char *command_id;
    int64_t settles_ms;
};

void deadline_concerned(enum message_id type, const void *command, char id[DEADLINE_ID_SIZE])
{
    const struct message_type *of = &message_types[type];
    bool is_chat = type == MESSAGE_termination_set || type == MESSAGE_termination_clear;
    bool is_token = type == MESSAGE_logout_set || type == MESSAGE_logout_clear;

    id[0] = '\0';
    if (is_chat || is_token)
        snprintf(id, DEADLINE_ID_SIZE, "%s:%s", is_chat ? KIND_TERMINATION : KIND_LOGOUT,
                 message_text(of, command, is_chat ? "chat_id" : "token_id"));
    if (type == MESSAGE_bot_answer)
        snprintf(id, DEADLINE_ID_SIZE, "%s", message_text(of, command, "question"));
}

static struct matter matter_of(enum message_id type, const void *command)
{
    const struct message_type *of = &message_types[type];
    bool is_chat = message_field(of, "chat_id") != NULL;
    struct matter matter = {
        .kind = is_chat ? KIND_TERMINATION : KIND_LOGOUT,
        .subject = message_text(of, command, "chat_id"),
        .command_id = message_text(of, command, "command_id"),
        .settles_ms = is_chat ? CHAT_SETTLES_MS : LOGOUT_SETTLES_MS,
    };

    deadline_concerned(type, command, matter.id);
    return matter;
}

static struct deadline *put(struct decision *decision, const struct facts *facts,
                            const struct matter *matter, const char *kind, int64_t wait_ms)
{
    const struct deadline about = {
        .id = (char *)matter->id, .kind = (char *)kind, .subject = (char *)matter->subject};

    return decision_set_deadline(decision, facts, &about, wait_ms);
}

static void note(struct decision *decision, const struct facts *facts, const struct matter *matter,
                 const char *kind)
{
    own_replace(&put(decision, facts, matter, kind, matter->settles_ms)->body, matter->command_id);
}

static bool is_kind(const struct deadline *deadline, const char *kind)
{
    return deadline && text_is(deadline->kind, kind);
}

/* It is what this very command left behind. */
static bool is_repeated(const struct deadline *deadline, const struct matter *matter)
{
    return (is_kind(deadline, KIND_TAKEN_BACK) || is_kind(deadline, KIND_SETTLED)) &&
           text_is(deadline->body, matter->command_id);
}

/* Returns the deadline that a command sets, whose body is then to be filled
 * in; NULL when none is set. */
static struct deadline *set(struct decision *decision, const struct facts *facts,
                            const struct matter *matter, int64_t wait_ms)
{
    const struct deadline *before = facts->deadline;

    if (is_repeated(before, matter))
        return NULL;
    if (is_kind(before, KIND_TAKEN_BACK) && before->due > facts->steady) {
        note(decision, facts, matter, KIND_SETTLED);
        return NULL;
    }
    return put(decision, facts, matter, matter->kind, wait_ms);
}

static void take_back(struct decision *decision, const struct facts *facts,
                      const struct matter *matter)
{
    if (!is_repeated(facts->deadline, matter))
        note(decision, facts, matter,
             is_kind(facts->deadline, matter->kind) ? KIND_SETTLED : KIND_TAKEN_BACK);
}

/* What is done at that time is done under a name of its own. */
static void name(char command_id[COMMAND_ID_SIZE], const struct deadline *row)
{
    snprintf(command_id, COMMAND_ID_SIZE, "%s:%" PRId64, row->id, row->due);
}

/* ---- a chat ---- */

static void plan_end(struct deadline *row, const struct termination_set *command)
{
    char command_id[COMMAND_ID_SIZE];
    struct chat_end end = {.command_id = command_id,
                           .event = (char *)"CLIENT_LEFT_FOR_UNKNOWN_REASONS",
                           .author_role = (char *)"end-user",
                           .token_expires_at = command->token_expires_at};

    name(command_id, row);
    memcpy(end.request_id, command->request_id, UUID_SIZE);
    memcpy(end.chat_id, command->chat_id, UUID_SIZE);
    memcpy(end.message_id, command->message_id, UUID_SIZE);
    if (command->token_expires_at)
        memcpy(end.token_id, command->token_id, UUID_SIZE);
    row->body = message_to_json(&message_types[MESSAGE_chat_end], &end);
}

const struct refusal *decide_termination(const void *self, const struct facts *facts,
                                         struct decision *decision)
{
    const struct termination_set *command = self;
    const struct matter matter = matter_of(MESSAGE_termination_set, command);
    const struct refusal *refusal = needs_open_chat(facts);

    if (refusal)
        return refusal;
    struct deadline *row = set(decision, facts, &matter, command->seconds * SECOND_MS);
    if (row)
        plan_end(row, command);
    return NULL;
}

const struct refusal *decide_termination_clear(const void *self, const struct facts *facts,
                                               struct decision *decision)
{
    const struct matter matter = matter_of(MESSAGE_termination_clear, self);
    const struct refusal *refusal = needs_open_chat(facts);

    if (!refusal)
        take_back(decision, facts, &matter);
    return refusal;
}

/* ---- a log-in ---- */

static const struct refusal *needs_token(const char *token_id, const struct facts *facts)
{
    if (!*token_id)
        return &token_is_missing;
    return facts->token_is_revoked ? &token_is_revoked : NULL;
}

static void plan_revocation(struct deadline *row, const struct logout_set *command)
{
    char command_id[COMMAND_ID_SIZE];
    struct token_revoke revoke = {
        .command_id = command_id, .expires_at = command->expires_at, .id_code = command->id_code};

    name(command_id, row);
    memcpy(revoke.request_id, command->request_id, UUID_SIZE);
    memcpy(revoke.token_id, command->token_id, UUID_SIZE);
    row->body = message_to_json(&message_types[MESSAGE_token_revoke], &revoke);
}

const struct refusal *decide_logout(const void *self, const struct facts *facts,
                                    struct decision *decision)
{
    const struct logout_set *command = self;
    const struct matter matter = matter_of(MESSAGE_logout_set, command);
    const struct refusal *refusal = needs_token(command->token_id, facts);

    if (refusal)
        return refusal;
    struct deadline *row = set(decision, facts, &matter, LOGOUT_MS);
    if (row)
        plan_revocation(row, command);
    return NULL;
}

const struct refusal *decide_logout_clear(const void *self, const struct facts *facts,
                                          struct decision *decision)
{
    const struct logout_clear *command = self;
    const struct matter matter = matter_of(MESSAGE_logout_clear, command);
    const struct refusal *refusal = needs_token(command->token_id, facts);

    if (!refusal)
        take_back(decision, facts, &matter);
    return refusal;
}
