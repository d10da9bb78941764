#include "complete.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "uuid.h"

/* A message under construction. */
struct draft {
    const struct message_type *type;
    void *message;
};

static bool has(const struct draft *draft, const char *name)
{
    return message_field(draft->type, name) != NULL;
}

static void set_text(const struct draft *draft, const char *name, const char *text)
{
    if (has(draft, name))
        message_set_text(draft->type, draft->message, name, text);
}

static void *place_of(const struct draft *draft, const char *name)
{
    return (char *)draft->message + message_field(draft->type, name)->offset;
}

static void set_new_uuid(const struct draft *draft, const char *name)
{
    char uuid[UUID_SIZE];

    uuid_make(uuid);
    set_text(draft, name, uuid);
}

bool idempotency_key_is_valid(const char *text)
{
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i++)
        if (text[i] < '!' || text[i] > '~')
            return false;
    return size >= 1 && size <= IDEMPOTENCY_KEY_MAX;
}

/* The same key from someone else is another command. */
static const char *key_space(const struct exchange *self)
{
    switch (self->identity.kind) {
    case IDENTITY_END_USER:
        return self->identity.chat_id;
    case IDENTITY_AGENT:
        return self->identity.id_code;
    case IDENTITY_NONE:
        break;
    }
    return http_address(self->request);
}

static int set_command_id(struct exchange *self, const struct draft *draft)
{
    const char *key = http_header(self->request, "Idempotency-Key");
    char id[256];

    if (!has(draft, "command_id"))
        return 0;
    if (!key) {
        set_new_uuid(draft, "command_id");
        return 0;
    }
    if (!idempotency_key_is_valid(key))
        return refuse_with(&self->refusal, 400, "invalid_idempotency_key",
                           "Idempotency-Key must be 1 to %d printable characters.",
                           IDEMPOTENCY_KEY_MAX);
    snprintf(id, sizeof(id), "%s:%s", key_space(self), key);
    set_text(draft, "command_id", id);
    *(field_BOOL *)place_of(draft, "may_repeat") = true;
    return 0;
}

/* The client's authorRole and authorId are not believed (contract §3.4). */
static void set_author(const struct exchange *self, const struct draft *draft)
{
    bool is_agent = self->identity.kind == IDENTITY_AGENT;

    if (!has(draft, "author_role"))
        return;
    set_text(draft, "author_role", is_agent ? "backoffice-user" : "end-user");
    if (is_agent)
        set_text(draft, "author_id", self->identity.id_code);
    field_TIME *timestamp = place_of(draft, "author_timestamp");
    if (*timestamp == 0)
        *timestamp = clock_wall_ms();
}

int complete_message(struct exchange *self)
{
    const struct draft draft = {&message_types[self->route->message], self->message};

    if (!self->message)
        return 0;
    if (self->identity.kind != IDENTITY_NONE)
        set_text(&draft, "token_id", self->identity.token.token_id);
    if (self->identity.kind == IDENTITY_END_USER)
        set_text(&draft, "chat_id", self->identity.chat_id);
    set_new_uuid(&draft, "message_id");
    set_author(self, &draft);
    return set_command_id(self, &draft);
}
