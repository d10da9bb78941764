#include "forward_json.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "own.h"
#include "uuid.h"
#include "view.h"

enum { MESSAGES_MAX = 100 };

/* What of a chat goes along, by its name outside and in struct chat. */
static const struct {
    const char *name, *field;
} fields[] = {
    {"originChatId", "id"},
    {"endUserId", "end_user_id"},
    {"endUserFirstName", "end_user_first_name"},
    {"endUserLastName", "end_user_last_name"},
    {"endUserEmail", "end_user_email"},
    {"endUserPhone", "end_user_phone"},
    {"endUserOs", "end_user_os"},
    {"endUserUrl", "end_user_url"},
};

/* What of a message counts. */
static const struct input said[] = {
    {"id", "id", INPUT_UUID, true, 0, 0},
    {"content", "content", INPUT_TEXT, false, 0, 3000},
    {"event", "event", INPUT_TEXT, false, 0, 128},
    {"authorId", "author_id", INPUT_TEXT, false, 0, 555},
    {"authorTimestamp", "author_timestamp", INPUT_TIME, false, 0, 0},
    {"authorFirstName", "author_first_name", INPUT_TEXT, false, 0, 555},
    {"authorLastName", "author_last_name", INPUT_TEXT, false, 0, 555},
    {"authorRole", "author_role", INPUT_TEXT, true, 1, 128},
    INPUT_END,
};

/* ---- the body ---- */

char *forward_body(const struct chat *chat, const struct message_list *messages)
{
    msgpack_sbuffer out;

    msgpack_sbuffer_init(&out);
    view_text(&out, "{");
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        view_string(&out, fields[i].name);
        view_text(&out, ":");
        view_string(&out, message_text(&message_types[MESSAGE_chat], chat, fields[i].field));
        view_text(&out, ",");
    }
    view_text(&out, "\"messages\":[");
    for (size_t i = 0; i < messages->count; i++) {
        view_text(&out, i ? "," : "");
        view_message(&out, &messages->items[i]);
    }
    view_text(&out, "]}");
    char *body = own_copy_of(out.data, out.size);
    msgpack_sbuffer_destroy(&out);
    return body;
}

/* ---- messages ---- */

void forward_id(const char *what, const char *one, const char *other, char uuid[UUID_SIZE])
{
    struct digest *digest = digest_new();
    unsigned char bytes[DIGEST_BYTES];

    digest_add(digest, what);
    digest_add(digest, one);
    digest_add(digest, other);
    digest_end(&digest, bytes);
    uuid_of_digest(bytes, uuid);
}

static bool role_is_known(const char *role)
{
    static const char *const roles[] = {"end-user", "backoffice-user", "buerokratt"};

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (strcmp(roles[i], role) == 0)
            return true;
    return false;
}

static int read_message(const json_t *item, struct message *message, struct refusal *refusal)
{
    const struct parameters parameters = {.body = (json_t *)item, .own_chat = ""};

    if (!json_is_object(item))
        return refuse_with(refusal, 400, "invalid_field", "messages is not a list of messages.");
    if (input_decode(said, &parameters, &message_types[MESSAGE_message], message, refusal) < 0)
        return -1;
    return role_is_known(message->author_role)
               ? 0
               : refuse_with(refusal, 422, "value_out_of_limits", "authorRole is none.");
}

/* Two messages of one id would be one. */
static bool is_there(const struct message_list *messages, const char *id)
{
    for (size_t i = 0; i + 1 < messages->count; i++)
        if (strcmp(messages->items[i].id, id) == 0)
            return true;
    return false;
}

int forward_read_messages(const json_t *body, const char *chat_id, struct message_list *messages,
                          struct refusal *refusal)
{
    const json_t *list = json_object_get(body, "messages");
    const json_t *item;
    size_t i;

    if (!list)
        return refuse_with(refusal, 400, "missing_field", "messages is missing.");
    if (!json_is_array(list))
        return refuse_with(refusal, 400, "invalid_field", "messages is not a list of messages.");
    if (json_array_size(list) < 1 || json_array_size(list) > MESSAGES_MAX)
        return refuse_with(refusal, 422, "value_out_of_limits",
                           "messages must have 1 to %d entries.", MESSAGES_MAX);
    json_array_foreach(list, i, item)
    {
        struct message *message =
            list_append((struct list *)messages, &message_types[MESSAGE_message]);
        char id[UUID_SIZE];
        if (read_message(item, message, refusal) < 0)
            return -1;
        forward_id("message", chat_id, message->id, id);
        memcpy(message->id, id, UUID_SIZE);
        memcpy(message->chat_id, chat_id, UUID_SIZE);
        message->created = message->updated = 1; /* given when it is stored */
        if (is_there(messages, id))
            return refuse_with(refusal, 422, "value_out_of_limits", "A message is there twice.");
    }
    return 0;
}

/* ---- the answer ---- */

bool forward_is_token(const char *text)
{
    static const char characters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    size_t size = strspn(text, characters);

    return size > 0 && size < FORWARD_TOKEN_SIZE && text[size] == '\0';
}

int forward_read_answer(const char *text, size_t size, char chat_id[UUID_SIZE], char **token)
{
    json_t *answer = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *value =
        json_object_get(json_object_get(answer, "data"), "format_forward_destination_response");
    const char *id = json_string_value(json_object_get(value, "generatedChatId"));
    const char *given = json_string_value(json_object_get(value, "redirectJwt"));
    bool is_one = id && given && uuid_is_valid(id) && forward_is_token(given);

    if (is_one) {
        memcpy(chat_id, id, UUID_SIZE);
        *token = own_copy(given);
    }
    json_decref(answer);
    return is_one ? 0 : -1;
}
