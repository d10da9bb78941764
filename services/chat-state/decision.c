#include "decision.h"

#include <string.h>

#include "deadlines.h"
#include "own.h"

const struct refusal chat_not_found = {404, "chat_not_found", "There is no such chat."};
const struct refusal chat_exists = {409, "chat_exists", "A chat with this id exists."};
const struct refusal chat_has_ended = {409, "chat_has_ended", "The chat has ended."};
const struct refusal chat_is_full = {409, "chat_is_full",
                                     "The chat holds as many messages as a chat can."};
const struct refusal too_many_chats = {503, "too_many_chats",
                                       "Too many chats are open at the moment."};
const struct refusal claimed_by_another_agent = {409, "claimed_by_another_agent",
                                                 "Another agent has the chat."};
const struct refusal message_exists = {409, "message_exists",
                                       "The chat has a message with this id."};
const struct refusal message_not_found = {404, "message_not_found", "There is no such message."};
const struct refusal question_is_closed = {
    409, "question_is_closed", "The message does not wait for this answer, or not any more."};
const struct refusal content_missing = {422, "content_missing",
                                        "A message needs content or an event."};
const struct refusal unknown_event = {422, "unknown_event", "This is no reason for a chat to end."};
const struct refusal event_is_not_theirs = {422, "unknown_event",
                                            "This is no event that you could write so."};
const struct refusal csa_is_offline = {409, "csa_is_offline",
                                       "The agent is not at work at the moment."};
const struct refusal agent_not_found = {404, "agent_not_found", "There is no such agent."};
const struct refusal login_is_taken = {409, "login_taken", "Another account has this login."};
const struct refusal user_exists = {409, "user_exists", "There is an account with this id code."};
const struct refusal last_administrator = {409, "last_administrator",
                                           "Somebody has to be administrator."};
const struct refusal too_many_accounts = {503, "too_many_accounts",
                                          "There are as many accounts as there can be."};
const struct refusal account_is_gone = {401, "not_authenticated", "Your account is gone."};
const struct refusal role_not_allowed = {403, "role_not_allowed",
                                         "None of your roles may do this."};
const struct refusal unknown_status = {422, "unknown_status",
                                       "A status is online, idle or offline."};
const struct refusal unknown_setting = {422, "unknown_setting",
                                        "The configuration has no such key."};
const struct refusal value_out_of_limits = {422, "value_out_of_limits",
                                            "The configuration has other limits for this key."};
const struct refusal token_is_missing = {422, "token_missing", "The request names no token."};
const struct refusal token_is_revoked = {401, "token_revoked", "This token is not good any more."};
const struct refusal too_many_tokens = {503, "too_many_tokens",
                                        "Too many sessions are open at the moment."};
const struct refusal idempotency_key_is_reused = {
    409, "idempotency_key_reused", "Something else was sent before under the same key or time."};
const struct refusal database_is_away = {503, "database_unavailable",
                                         "The database does not answer at the moment."};

void decision_clear(struct decision *self)
{
    message_clear(&message_types[MESSAGE_event], &self->event);
    message_clear(&message_types[MESSAGE_account], &self->account);
    deadline_list_clear(&self->deadlines);
    memset(self, 0, sizeof(*self));
}

bool decision_writes(const struct decision *self)
{
    return self->event.kind || self->deadlines.count > 0;
}

void decision_begin_event(struct decision *self, const struct facts *facts, const char *kind,
                          int64_t at)
{
    self->event.seq = facts->seq;
    self->event.at = at;
    self->event.kind = own_copy(kind);
}

struct account *decision_tell_account(struct decision *self, const struct account *account)
{
    struct account *told =
        list_append((struct list *)&self->event.account, &message_types[MESSAGE_account]);

    message_copy(&message_types[MESSAGE_account], told, account);
    own_replace(&told->password_hash, "");
    return told;
}

static void end_token(struct revocation_list *list, const char *token_id, int64_t expires_at)
{
    struct revocation *revocation =
        list_append((struct list *)list, &message_types[MESSAGE_revocation]);

    memcpy(revocation->token_id, token_id, UUID_SIZE);
    revocation->expires_at = expires_at;
}

void decision_revoke(struct decision *self, const char *token_id, int64_t expires_at)
{
    end_token(&self->event.revocation, token_id, expires_at);
}

void decision_spend(struct decision *self, const char *token_id, int64_t expires_at)
{
    if (*token_id)
        end_token(&self->event.spent, token_id, expires_at);
}

struct deadline *decision_set_deadline(struct decision *self, const struct facts *facts,
                                       const struct deadline *about, int64_t wait_ms)
{
    const struct message_type *type = &message_types[MESSAGE_deadline];
    struct deadline *row = list_append((struct list *)&self->deadlines, type);

    message_copy(type, row, about);
    row->created = facts->steady;
    row->due = facts->steady + wait_ms;
    return row;
}

void decision_remove_deadline(struct decision *self, const char *id)
{
    struct deadline *row =
        list_append((struct list *)&self->deadlines, &message_types[MESSAGE_deadline]);

    row->id = own_copy(id);
    row->kind = own_copy("");
}

int64_t later_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

bool text_is(const char *field, const char *text)
{
    return strcmp(field ? field : "", text ? text : "") == 0;
}

bool text_is_empty(const char *field)
{
    return text_is(field, "");
}
