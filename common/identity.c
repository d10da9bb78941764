#include "identity.h"

#include <string.h>

#include "utf8.h"
#include "uuid.h"

enum { ID_CODE_LENGTH_MAX = 50 };

static const struct role_entry {
    const char *name;
    unsigned role;
} role_entries[] = {
    {"ROLE_ADMINISTRATOR", ROLE_ADMINISTRATOR},
    {"ROLE_SERVICE_MANAGER", ROLE_SERVICE_MANAGER},
    {"ROLE_CUSTOMER_SUPPORT_AGENT", ROLE_CUSTOMER_SUPPORT_AGENT},
    {"ROLE_CHATBOT_TRAINER", ROLE_CHATBOT_TRAINER},
    {"ROLE_ANALYST", ROLE_ANALYST},
    {"ROLE_UNAUTHENTICATED", ROLE_UNAUTHENTICATED},
    {NULL, 0},
};

unsigned role_named(const char *name)
{
    for (const struct role_entry *entry = role_entries; entry->name; entry++)
        if (strcmp(entry->name, name) == 0)
            return entry->role;
    return 0;
}

const char *role_name(unsigned role)
{
    for (const struct role_entry *entry = role_entries; entry->name; entry++)
        if (entry->role == role)
            return entry->name;
    return "";
}

/* Returns the text of a claim, "" when there is none. */
static const char *claim(const struct identity *self, const char *name)
{
    const char *text = json_string_value(json_object_get(self->token.content, name));

    return text ? text : "";
}

static int read_end_user(struct identity *self, char why[WHY_MAX])
{
    const char *chat_id = claim(self, "chatId");

    if (json_object_get(self->token.content, "authorities"))
        return refuse(why, "the token is an agent's");
    if (!uuid_is_valid(chat_id))
        return refuse(why, "the token names no chat");
    memcpy(self->chat_id, chat_id, UUID_SIZE);
    return 0;
}

static int read_agent(struct identity *self, char why[WHY_MAX])
{
    const json_t *authorities = json_object_get(self->token.content, "authorities");
    const json_t *name;
    size_t i;

    self->id_code = claim(self, "idCode");
    self->display_name = claim(self, "displayName");
    self->csa_title = claim(self, "csaTitle");
    if (!*self->id_code || utf8_length(self->id_code) > ID_CODE_LENGTH_MAX)
        return refuse(why, "the token names no account");
    if (!json_is_array(authorities))
        return refuse(why, "the token has no authorities");
    json_array_foreach(authorities, i, name)
    {
        if (json_is_string(name))
            self->roles |= role_named(json_string_value(name));
    }
    return 0;
}

static void make_nobody(struct identity *self)
{
    *self = (struct identity){.id_code = "", .display_name = "", .csa_title = ""};
}

/* NOLINTNEXTLINE(readability-function-size): those of token_verify, and a kind */
int identity_read(struct identity *self, enum identity_kind kind, const struct token_key *key,
                  const char *issuer, const char *text, int64_t now, char why[WHY_MAX])
{
    make_nobody(self);
    if (!text || !*text)
        return refuse(why, "there is no token");
    if (token_verify(key, issuer, text, now, &self->token, why) == -1)
        return -1;
    int rc = kind == IDENTITY_AGENT      ? read_agent(self, why)
             : kind == IDENTITY_END_USER ? read_end_user(self, why)
                                         : refuse(why, "nobody has no token");
    if (rc == 0)
        self->kind = kind;
    else
        identity_clear(self);
    return rc;
}

void identity_clear(struct identity *self)
{
    token_clear(&self->token);
    make_nobody(self);
}
