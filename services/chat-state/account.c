#include "account.h"

#include "identity.h"
#include "own.h"

static const struct message_type *const profile_type = &message_types[MESSAGE_profile];

/* ---- account.add ---- */

static const char *either(const char *given, const char *before)
{
    return text_is_empty(given) && before ? before : given;
}

/* What the command leaves empty stays as it was: a new version of an account
 * must not lock a person out. */
static void set_account(struct account *account, const struct account_add *command,
                        const struct account *before)
{
    static const struct account nothing = {.id_code = NULL};
    const struct account *old = before ? before : &nothing;

    account->id_code = own_copy(command->id_code);
    account->login = own_copy(either(command->login, old->login));
    account->password_hash = own_copy(either(command->password_hash, old->password_hash));
    account->first_name = own_copy(either(command->first_name, old->first_name));
    account->last_name = own_copy(either(command->last_name, old->last_name));
    account->display_name = own_copy(command->display_name);
    account->csa_title = own_copy(command->csa_title);
    account->csa_email = own_copy(command->csa_email);
    account->presence_status = own_copy(old->presence_status);
    account->presence_active = old->presence_active;
    for (size_t i = 0; i < command->roles.count; i++)
        message_copy(&message_types[MESSAGE_role],
                     list_append((struct list *)&account->roles, &message_types[MESSAGE_role]),
                     &command->roles.items[i]);
}

static struct profile *tell_profile(struct decision *decision)
{
    decision->writes_profile = true;
    return list_append((struct list *)&decision->event.profile, profile_type);
}

static const struct refusal *may_write(const struct account_add *command, const struct facts *facts)
{
    if (facts->token_is_revoked)
        return &token_is_revoked;
    if (command->is_edit)
        return facts->account ? NULL : &agent_not_found;
    if (facts->account)
        return &user_exists;
    return facts->accounts < facts->limits->accounts ? NULL : &too_many_accounts;
}

/* Whether nobody would be left once this account is none. */
static bool is_last_administrator(const struct facts *facts)
{
    return facts->account && account_has_role(facts->account, ROLE_ADMINISTRATOR) &&
           facts->administrators <= 1;
}

const struct refusal *decide_account(const void *self, const struct facts *facts,
                                     struct decision *decision)
{
    const struct account_add *command = self;
    const struct refusal *refusal = may_write(command, facts);

    if (refusal)
        return refusal;
    if (facts->login && !text_is(facts->login->id_code, command->id_code))
        return &login_is_taken;
    set_account(&decision->account, command, facts->account);
    if (is_last_administrator(facts) && !account_has_role(&decision->account, ROLE_ADMINISTRATOR)) {
        message_clear(&message_types[MESSAGE_account], &decision->account);
        return &last_administrator;
    }

    decision->writes_account = true;
    decision_begin_event(decision, facts, "account.changed", facts->now);
    (void)decision_tell_account(decision, &decision->account);
    if (!command->is_edit)
        profile_make(tell_profile(decision), command->id_code);
    return NULL;
}

/* ---- account.delete ---- */

static void strip(struct account *account)
{
    own_replace(&account->password_hash, "");
    own_replace(&account->presence_status, "offline");
    account->presence_active = false;
    while (account->roles.count)
        message_clear(&message_types[MESSAGE_role], &account->roles.items[--account->roles.count]);
}

const struct refusal *decide_deletion(const void *self, const struct facts *facts,
                                      struct decision *decision)
{
    const struct account_delete *command = self;

    if (facts->token_is_revoked)
        return &token_is_revoked;
    if (!facts->account)
        return &agent_not_found;
    if (is_last_administrator(facts))
        return &last_administrator;

    message_copy(&message_types[MESSAGE_account], &decision->account, facts->account);
    strip(&decision->account);
    decision->writes_presence = decision->deletes_account = true;
    decision_begin_event(decision, facts, "account.deleted", facts->now);
    (void)decision_tell_account(decision, &decision->account);
    tell_profile(decision)->id_code = own_copy(command->id_code); /* and all of it off */
    return NULL;
}

/* ---- profile.set ---- */

const struct refusal *decide_profile(const void *self, const struct facts *facts,
                                     struct decision *decision)
{
    const struct profile_set *command = self;

    if (facts->token_is_revoked)
        return &token_is_revoked;
    if (!facts->account)
        return &agent_not_found;

    decision_begin_event(decision, facts, "profile.changed", facts->now);
    *tell_profile(decision) = (struct profile){
        .id_code = own_copy(command->id_code),
        .forwarded_chat_popup_notifications = command->forwarded_chat_popup_notifications,
        .forwarded_chat_sound_notifications = command->forwarded_chat_sound_notifications,
        .forwarded_chat_email_notifications = command->forwarded_chat_email_notifications,
        .new_chat_popup_notifications = command->new_chat_popup_notifications,
        .new_chat_sound_notifications = command->new_chat_sound_notifications,
        .new_chat_email_notifications = command->new_chat_email_notifications,
        .use_autocorrect = command->use_autocorrect,
    };
    return NULL;
}

/* ---- who asks ---- */

const struct refusal *account_may_ask(const struct member *member, int64_t roles)
{
    if (!member)
        return &account_is_gone;
    return account_has_role(&member->account, (unsigned)roles) ? NULL : &role_not_allowed;
}
