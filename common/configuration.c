#include "configuration.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "utf8.h"

enum { DIGITS_MAX = 15 };

static const struct message_type *const version_type = &message_types[MESSAGE_setting_version];

const struct configuration_key configuration_keys[CONFIGURATION_COUNT] = {
#define KEY(name, type, least, most, fallback, doc)                                                \
    [CONFIGURATION_##name] = {#name, VALUE_##type, least, most, fallback, doc},
#include "configuration.def"
#undef KEY
};

enum configuration_id configuration_named(const char *name)
{
    int id = 0;

    while (id < CONFIGURATION_COUNT && strcmp(configuration_keys[id].name, name) != 0)
        id++;
    return (enum configuration_id)id;
}

/* ---- checks ---- */

static enum value_fault fault(enum value_fault what, bool holds)
{
    return holds ? VALUE_IS_GOOD : what;
}

static enum value_fault check_number(const struct configuration_key *key, const char *value,
                                     char why[WHY_MAX])
{
    size_t size = strspn(value, "0123456789");

    (void)refuse(why, "a whole number from %lld to %lld", (long long)key->least,
                 (long long)key->most);
    if (size == 0 || value[size] != '\0')
        return VALUE_IS_MALFORMED;
    int64_t number = size > DIGITS_MAX ? INT64_MAX : strtoll(value, NULL, 10);
    return fault(VALUE_IS_OUT_OF_LIMITS, number >= key->least && number <= key->most);
}

static enum value_fault check_text(const struct configuration_key *key, const char *value,
                                   char why[WHY_MAX])
{
    int64_t length = (int64_t)utf8_length(value);

    (void)refuse(why, "text of %lld to %lld characters", (long long)key->least,
                 (long long)key->most);
    return fault(VALUE_IS_OUT_OF_LIMITS, length >= key->least && length <= key->most);
}

enum value_fault configuration_check(enum configuration_id id, const char *value, char why[WHY_MAX])
{
    const struct configuration_key *key = &configuration_keys[id];
    int64_t wall_ms;

    assert(id < CONFIGURATION_COUNT);
    switch (key->type) {
    case VALUE_FLAG:
        (void)refuse(why, "true or false");
        return fault(VALUE_IS_MALFORMED, strcmp(value, "true") == 0 || strcmp(value, "false") == 0);
    case VALUE_NUMBER:
        return check_number(key, value, why);
    case VALUE_MOMENT:
        (void)refuse(why, "a time in ISO 8601");
        return fault(VALUE_IS_MALFORMED, iso_time_parse(value, &wall_ms));
    case VALUE_TEXT:
    case VALUE_WORDS:
        break;
    }
    return check_text(key, value, why);
}

/* ---- a copy ---- */

void configuration_take(struct configuration *self, const struct setting_version *version)
{
    enum configuration_id id = configuration_named(version->key);

    if (id == CONFIGURATION_COUNT || version->id < self->newest[id].id)
        return;
    message_clear(version_type, &self->newest[id]);
    message_copy(version_type, &self->newest[id], version);
}

void configuration_take_all(struct configuration *self, const struct setting_version_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        configuration_take(self, &list->items[i]);
}

void configuration_list(const struct configuration *self, struct setting_version_list *list)
{
    for (size_t i = 0; i < CONFIGURATION_COUNT; i++)
        if (self->newest[i].id)
            message_copy(version_type, list_append((struct list *)list, version_type),
                         &self->newest[i]);
}

void configuration_copy(struct configuration *self, const struct configuration *from)
{
    for (size_t i = 0; i < CONFIGURATION_COUNT; i++)
        message_copy(version_type, &self->newest[i], &from->newest[i]);
}

void configuration_clear(struct configuration *self)
{
    for (size_t i = 0; i < CONFIGURATION_COUNT; i++)
        message_clear(version_type, &self->newest[i]);
}

int64_t configuration_seq(const struct configuration *self)
{
    int64_t seq = 0;

    for (size_t i = 0; i < CONFIGURATION_COUNT; i++)
        if (self->newest[i].id > seq)
            seq = self->newest[i].id;
    return seq;
}

const struct setting_version *configuration_get(const struct configuration *self,
                                                enum configuration_id id)
{
    const struct setting_version *newest = &self->newest[id];

    return newest->id && !newest->deleted ? newest : NULL;
}

const char *configuration_text(const struct configuration *self, enum configuration_id id)
{
    const struct setting_version *version = configuration_get(self, id);

    if (!version)
        return configuration_keys[id].fallback;
    return version->value ? version->value : "";
}

int64_t configuration_number(const struct configuration *self, enum configuration_id id)
{
    return strtoll(configuration_text(self, id), NULL, 10);
}

bool configuration_flag(const struct configuration *self, enum configuration_id id)
{
    return strcmp(configuration_text(self, id), "true") == 0;
}
