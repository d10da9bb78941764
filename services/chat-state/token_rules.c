#include "token_rules.h"

#include <string.h>

#include "agent.h"
#include "own.h"

const struct refusal *needs_room_for_token(const struct facts *facts)
{
    return facts->tokens >= facts->limits->tokens ? &too_many_tokens : NULL;
}

const struct refusal *needs_unspent_token(const char *spent_id, const struct facts *facts)
{
    if (!*spent_id)
        return NULL;
    return facts->token_is_spent ? &token_is_revoked : needs_room_for_token(facts);
}

void decision_issue(struct decision *decision, const struct issue *issue)
{
    struct issuance *issuance =
        list_append((struct list *)&decision->event.issuance, &message_types[MESSAGE_issuance]);

    memcpy(issuance->token_id, issue->token_id, UUID_SIZE);
    issuance->cookie = own_copy(issue->cookie);
    issuance->subject = own_copy(issue->subject);
    issuance->expires_at = issue->expires_at;
}

const struct refusal *decide_issue(const void *self, const struct facts *facts,
                                   struct decision *decision)
{
    const struct token_issue *command = self;
    const struct refusal *refusal =
        facts->token_is_revoked ? &token_is_revoked : needs_room_for_token(facts);

    if (!refusal)
        refusal = needs_unspent_token(command->spent_id, facts);
    if (refusal)
        return refusal;
    decision_begin_event(decision, facts, "token.issued", facts->now);
    decision_spend(decision, command->spent_id, command->spent_until);
    decision_issue(decision, &(struct issue){command->new_token_id, command->cookie,
                                             command->subject, command->expires_at});
    return NULL;
}

const struct refusal *decide_extension(const void *self, const struct facts *facts,
                                       struct decision *decision)
{
    const struct token_extend *command = self;

    if (!*command->token_id)
        return &token_is_missing;
    if (facts->token_is_revoked)
        return &token_is_revoked;
    decision_begin_event(decision, facts, "token.extended", facts->now);
    decision_revoke(decision, command->token_id, command->expires_at);
    decision_issue(decision, &(struct issue){command->new_token_id, command->cookie,
                                             command->subject, command->expires_at});
    return NULL;
}

const struct refusal *decide_revocation(const void *self, const struct facts *facts,
                                        struct decision *decision)
{
    const struct token_revoke *command = self;

    if (!*command->token_id)
        return &token_is_missing;
    if (facts->token_is_revoked)
        return &token_is_revoked;
    decision_begin_event(decision, facts, "token.revoked", facts->now);
    decision_revoke(decision, command->token_id, command->expires_at);
    if (facts->account)
        decide_offline(decision, facts->account);
    return NULL;
}
