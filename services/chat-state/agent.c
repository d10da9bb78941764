#include "agent.h"

#include <stdlib.h>

#include "own.h"

/* The account goes into the event without its password hash. Returns it. */
static struct account *tell_account(struct decision *decision, const struct account *account)
{
    struct account *told =
        list_append((struct list *)&decision->event.account, &message_types[MESSAGE_account]);

    message_copy(&message_types[MESSAGE_account], told, account);
    own_replace(&told->password_hash, "");
    return told;
}

static void set_presence(struct decision *decision, const struct account *account,
                         const char *status, bool active)
{
    struct account *changed = tell_account(decision, account);

    own_replace(&changed->presence_status, status);
    changed->presence_active = active;
    decision->writes_presence = true;
}

const struct refusal *decide_presence(const void *self, const struct facts *facts,
                                      struct decision *decision)
{
    const struct presence_set *command = self;

    if (facts->token_is_revoked)
        return &token_is_revoked;
    if (!text_is(command->status, "online") && !text_is(command->status, "idle") &&
        !text_is(command->status, "offline"))
        return &unknown_status;
    if (!facts->account)
        return &agent_not_found;

    decision_begin_event(decision, facts, "presence.changed", facts->now);
    set_presence(decision, facts->account, command->status, command->active);
    return NULL;
}

/* The password is kept when the command has none: a new version of an account
 * must not lock a person out. */
static void set_account(struct account *account, const struct account_add *command,
                        const struct account *before)
{
    bool keeps_hash = before && text_is_empty(command->password_hash);

    account->id_code = own_copy(command->id_code);
    account->login = own_copy(command->login);
    account->password_hash = own_copy(keeps_hash ? before->password_hash : command->password_hash);
    account->first_name = own_copy(before ? before->first_name : "");
    account->last_name = own_copy(before ? before->last_name : "");
    account->display_name = own_copy(command->display_name);
    account->csa_title = own_copy(command->csa_title);
    account->csa_email = own_copy(command->csa_email);
    account->presence_status = own_copy(before ? before->presence_status : "");
    account->presence_active = before && before->presence_active;
    for (size_t i = 0; i < command->roles.count; i++)
        message_copy(&message_types[MESSAGE_role],
                     list_append((struct list *)&account->roles, &message_types[MESSAGE_role]),
                     &command->roles.items[i]);
}

const struct refusal *decide_account(const void *self, const struct facts *facts,
                                     struct decision *decision)
{
    const struct account_add *command = self;

    if (facts->token_is_revoked)
        return &token_is_revoked;
    if (facts->login && !text_is(facts->login->id_code, command->id_code))
        return &login_is_taken;

    set_account(&decision->account, command, facts->account);
    decision->writes_account = true;
    decision_begin_event(decision, facts, "account.changed", facts->now);
    (void)tell_account(decision, &decision->account);
    return NULL;
}

/* A token that is worthless already stays so: yes, and nothing changes. */
const struct refusal *decide_revocation(const void *self, const struct facts *facts,
                                        struct decision *decision)
{
    const struct token_revoke *command = self;
    bool revokes = command->expires_at > facts->now && !facts->token_is_revoked;

    if (!*command->token_id)
        return &token_is_missing;
    if (!revokes)
        return NULL;
    if (facts->revocations >= facts->limits->revocations)
        return &too_many_revocations;

    decision_begin_event(decision, facts, "token.revoked", facts->now);
    decision_revoke(decision, command->token_id, command->expires_at);
    if (facts->account)
        set_presence(decision, facts->account, "offline", false);
    return NULL;
}
