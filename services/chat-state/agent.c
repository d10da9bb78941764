#include "agent.h"

#include <stdlib.h>

#include "own.h"

static void set_presence(struct decision *decision, const struct account *account,
                         const char *status, bool active)
{
    struct account *changed = decision_tell_account(decision, account);

    own_replace(&changed->presence_status, status);
    changed->presence_active = active;
    decision->writes_presence = true;
}

void decide_offline(struct decision *decision, const struct account *account)
{
    set_presence(decision, account, "offline", false);
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
