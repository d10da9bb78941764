#include "complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "digest.h"
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

/* What a fill reads by itself, such as roles and labels. The passwords of
 * cs-add-user, which are no part of the message either, stay out: a digest of
 * one must not be kept. */
static void add_others(struct digest *digest, const struct input *inputs, const json_t *body)
{
    for (const struct input *input = inputs; input && input->name; input++) {
        if (input->type != INPUT_OTHER)
            continue;
        char *text = json_dumps(json_object_get(body, input->name), JSON_COMPACT | JSON_ENCODE_ANY);
        digest_add(digest, text ? text : "");
        free(text);
    }
}

static void add_field(struct digest *digest, const struct draft *draft, const struct field *field)
{
    bool is_text = field->type == FIELD_STRING || field->type == FIELD_UUID;
    const char *text = is_text ? message_text(draft->type, draft->message, field->name) : "";
    int64_t number = is_text ? 0 : message_number(draft->type, draft->message, field->name);

    if (*text == '\0' && number == 0)
        return;
    digest_add(digest, field->name);
    digest_add(digest, text);
    digest_add_number(digest, number);
}

static void add_setting(struct digest *digest, const struct setting_version *version)
{
    digest_add(digest, version->key);
    digest_add(digest, version->value ? version->value : "");
    digest_add_number(digest, version->deleted);
}

static void add_settings(struct digest *digest, const struct draft *draft)
{
    const struct setting_set *set = draft->message;

    if (draft->type != &message_types[MESSAGE_setting_set])
        return;
    for (size_t i = 0; i < set->settings.count; i++)
        add_setting(digest, &set->settings.items[i]);
}

/* What is asked, and by whom: all that the inputs have set, and nothing that
 * is added here. */
static void set_fingerprint(const struct exchange *self, const struct draft *draft)
{
    struct digest *digest = digest_new();
    char text[DIGEST_SIZE];

    digest_add(digest, self->route->path);
    digest_add(digest, self->identity.kind == IDENTITY_NONE ? "" : key_space(self));
    for (const struct field *field = draft->type->fields(); field->name; field++)
        if (field->type != FIELD_LIST)
            add_field(digest, draft, field);
    add_others(digest, self->route->inputs, self->parameters.body);
    add_settings(digest, draft);
    digest_end_text(&digest, text);
    set_text(draft, "fingerprint", text);
}

/* A message that its author named by time is the same one however often it is
 * posted: its ids are made of the chat, the author's role and time, the event
 * and the message that it is a version of, as a browser may post a text and a receipt within one
 * millisecond. */
static void set_ids_of_name(const struct draft *draft)
{
    static const char *const names[] = {"chat_id", "author_role", "event", "id"};
    struct digest *digest = digest_new();
    unsigned char bytes[DIGEST_BYTES];
    char uuid[UUID_SIZE];

    digest_add(digest, draft->type->wire);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (has(draft, names[i]))
            digest_add(digest, message_text(draft->type, draft->message, names[i]));
    digest_add_number(digest, message_number(draft->type, draft->message, "author_timestamp"));
    digest_end(&digest, bytes);
    uuid_of_digest(bytes, uuid);
    set_text(draft, "message_id", uuid);
    set_text(draft, "command_id", uuid);
}

static int set_ids_of_key(struct exchange *self, const struct draft *draft, const char *key)
{
    char id[256];

    if (!idempotency_key_is_valid(key))
        return refuse_with(&self->refusal, 400, "invalid_idempotency_key",
                           "Idempotency-Key must be 1 to %d printable characters.",
                           IDEMPOTENCY_KEY_MAX);
    snprintf(id, sizeof(id), "%s:%s", key_space(self), key);
    set_text(draft, "command_id", id);
    *(field_BOOL *)place_of(draft, "may_repeat") = true;
    return 0;
}

/* A key outranks the name. */
static int set_ids(struct exchange *self, const struct draft *draft, const char *key, bool named)
{
    if (named && !key) {
        set_ids_of_name(draft);
        return 0;
    }
    set_new_uuid(draft, "message_id");
    set_new_uuid(draft, "command_id");
    return key && has(draft, "command_id") ? set_ids_of_key(self, draft, key) : 0;
}

/* The client's authorRole and authorId are not believed (contract §3.4). */
static void set_author(const struct exchange *self, const struct draft *draft)
{
    bool is_agent = self->identity.kind == IDENTITY_AGENT;

    if (!has(draft, "author_role") || !has(draft, "author_timestamp"))
        return;
    set_text(draft, "author_role", is_agent ? "backoffice-user" : "end-user");
    if (is_agent)
        set_text(draft, "author_id", self->identity.id_code);
    field_TIME *timestamp = place_of(draft, "author_timestamp");
    if (*timestamp == 0)
        *timestamp = clock_wall_ms();
}

/* The account has to be there, with one of the route's roles, when the request
 * is answered: what the token says was true when it was made. */
static void set_caller(const struct exchange *self, const struct draft *draft)
{
    if (self->identity.kind != IDENTITY_NONE)
        set_text(draft, "token_id", self->identity.token.token_id);
    if (self->identity.kind != IDENTITY_AGENT || !has(draft, "caller"))
        return;
    set_text(draft, "caller", self->identity.id_code);
    *(field_INT *)place_of(draft, "caller_roles") = self->route->roles;
}

/* Of a chat that is yet to be opened there is no name: it has no id. */
static bool is_named(const struct draft *draft)
{
    return message_number(draft->type, draft->message, "author_timestamp") != 0 &&
           has(draft, "command_id") && draft->type != &message_types[MESSAGE_chat_open];
}

void complete_caller(struct exchange *self)
{
    const struct draft draft = {&message_types[self->type], self->message};

    set_caller(self, &draft);
}

void complete_ids(struct exchange *self)
{
    const struct draft draft = {&message_types[self->type], self->message};

    set_new_uuid(&draft, "message_id");
    set_new_uuid(&draft, "command_id");
}

int complete_message(struct exchange *self)
{
    const struct draft draft = {&message_types[self->type], self->message};
    const char *key = http_header(self->request, "Idempotency-Key");

    if (!self->message)
        return 0;
    bool named = is_named(&draft);
    if (has(&draft, "command_id") && (key || named))
        set_fingerprint(self, &draft);
    if (self->identity.kind == IDENTITY_END_USER)
        set_text(&draft, "chat_id", self->identity.chat_id);
    set_caller(self, &draft);
    set_author(self, &draft);
    return set_ids(self, &draft, key, named);
}
