#include "decision.h"

#include <string.h>

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
const struct refusal content_missing = {422, "content_missing",
                                        "A message needs content or an event."};
const struct refusal unknown_event = {422, "unknown_event", "This is no reason for a chat to end."};
const struct refusal csa_is_offline = {409, "csa_is_offline",
                                       "The agent is not at work at the moment."};
const struct refusal agent_not_found = {404, "agent_not_found", "There is no such agent."};
const struct refusal login_is_taken = {409, "login_taken", "Another account has this login."};
const struct refusal unknown_status = {422, "unknown_status",
                                       "A status is online, idle or offline."};
const struct refusal token_is_missing = {422, "token_missing", "The request names no token."};
const struct refusal token_is_revoked = {401, "token_revoked", "This token is no longer good."};
const struct refusal too_many_revocations = {503, "too_many_revocations",
                                             "Too many tokens are revoked at the moment."};
const struct refusal idempotency_key_is_reused = {
    409, "idempotency_key_reused", "Something else was sent before under the same key or time."};
const struct refusal database_is_away = {503, "database_unavailable",
                                         "The database does not answer at the moment."};

void decision_clear(struct decision *self)
{
    message_clear(&message_types[MESSAGE_event], &self->event);
    message_clear(&message_types[MESSAGE_account], &self->account);
    memset(self, 0, sizeof(*self));
}

bool decision_writes(const struct decision *self)
{
    return self->event.kind;
}

void decision_begin_event(struct decision *self, const struct facts *facts, const char *kind,
                          int64_t at)
{
    self->event.seq = facts->seq;
    self->event.at = at;
    self->event.kind = own_copy(kind);
}

void decision_revoke(struct decision *self, const char *token_id, int64_t expires_at)
{
    struct revocation *revocation =
        list_append((struct list *)&self->event.revocation, &message_types[MESSAGE_revocation]);

    memcpy(revocation->token_id, token_id, UUID_SIZE);
    revocation->expires_at = expires_at;
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
