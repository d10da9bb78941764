#include "setting.h"

#include "bot.h"
#include "own.h"

static const struct refusal *check(const struct setting_version *version)
{
    enum configuration_id id = configuration_named(version->key);
    char why[WHY_MAX];

    if (id == CONFIGURATION_COUNT)
        return &unknown_setting;
    if (!version->deleted &&
        configuration_check(id, version->value ? version->value : "", why) != VALUE_IS_GOOD)
        return &value_out_of_limits;
    return NULL;
}

static void add(struct decision *decision, const struct setting_version *version, int64_t id)
{
    struct setting_version *added = list_append((struct list *)&decision->event.settings,
                                                &message_types[MESSAGE_setting_version]);

    added->id = id;
    added->key = own_copy(version->key);
    added->value = own_copy(version->deleted || !version->value ? "" : version->value);
    added->deleted = version->deleted;
    added->created = decision->event.at;
}

const struct refusal *decide_setting(const void *self, const struct facts *facts,
                                     struct decision *decision)
{
    const struct setting_set *command = self;
    const struct setting_version_list *settings = &command->settings;
    const struct refusal *refusal = facts->token_is_revoked ? &token_is_revoked : NULL;

    for (size_t i = 0; i < settings->count && !refusal; i++)
        refusal = check(&settings->items[i]);
    if (refusal)
        return refusal;

    decision_begin_event(decision, facts, "setting.changed", facts->now);
    for (size_t i = 0; i < settings->count; i++)
        add(decision, &settings->items[i], facts->row + (int64_t)i);
    if (bot_goes(facts->configuration, settings))
        bot_set_leave(decision, facts);
    return NULL;
}
