/* history.c - what is said of a chat, mostly at its end or after it. */
#include <string.h>

#include "clock.h"
#include "handlers.h"
#include "utf8.h"
#include "view.h"

/* ---- the end user ---- */

/* Each such change makes a version of the chat, and there is no bound on
 * these but time. */
static int check_pace(struct exchange *self)
{
    if (rate_allows(self->ingress->by_chat, self->identity.chat_id, clock_monotonic_ms()))
        return 0;
    return refuse_with(&self->refusal, 429, "too_many_attempts",
                       "Too many changes of one chat; try again later.");
}

/* The token may be a revoked one: that of a chat that is ended at the same
 * moment (contract §2.2a). So it is not named. */
int fill_feedback(struct exchange *self, void *message)
{
    struct chat_feedback *feedback = message;

    feedback->token_id[0] = '\0';
    return check_pace(self);
}

/* That the end user says so is no message. */
int fill_identity(struct exchange *self, void *message)
{
    struct chat_identify *identify = message;

    identify->message_id[0] = '\0';
    return check_pace(self);
}

/* Appends "… chat <id>: <first>, <second>" as a JSON string. */
static void put_sentence(msgpack_sbuffer *out, const char *const parts[], size_t count)
{
    msgpack_sbuffer text;

    msgpack_sbuffer_init(&text);
    for (size_t i = 0; i < count; i++)
        view_text(&text, parts[i] ? parts[i] : "");
    msgpack_sbuffer_write(&text, "", 1);
    view_string(out, text.data);
    msgpack_sbuffer_destroy(&text);
}

int shape_contact(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct chat_found *found = answer;
    const struct chat *chat = found->chat.items;
    const char *const parts[] = {"Contacts of chat ",  chat->id,   ": e-mail ",
                                 chat->end_user_email, ", phone ", chat->end_user_phone};

    (void)self;
    put_sentence(out, parts, sizeof(parts) / sizeof(parts[0]));
    return 0;
}

int shape_name(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct chat_found *found = answer;
    const struct chat *chat = found->chat.items;
    const char *const parts[] = {"End user of chat ",
                                 chat->id,
                                 ": ",
                                 chat->end_user_id,
                                 ", ",
                                 chat->end_user_first_name,
                                 " ",
                                 chat->end_user_last_name};

    (void)self;
    put_sentence(out, parts, sizeof(parts) / sizeof(parts[0]));
    return 0;
}

int shape_left_later(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    (void)answer;
    view_string(out, "Ended Chat Successfully");
    return 0;
}

/* ---- the administrator ---- */

static int fill_label(struct exchange *self, struct chat_label *message, const json_t *text)
{
    const struct message_type *type = &message_types[MESSAGE_label];
    const size_t most = (size_t)message_field(type, "name")->max;

    if (!json_is_string(text))
        return refuse_with(&self->refusal, 400, "invalid_field", "labels is not a list of text.");
    size_t length = utf8_length(json_string_value(text));
    if (length == 0 || length > most)
        return refuse_with(&self->refusal, 422, "value_out_of_limits",
                           "A label must have 1 to %zu characters.", most);
    message_set_text(type, list_append((struct list *)&message->labels, type), "name",
                     json_string_value(text));
    return 0;
}

int fill_labels(struct exchange *self, void *message)
{
    const json_t *labels = json_object_get(self->parameters.body, "labels");
    const size_t most = (size_t)message_field(&message_types[MESSAGE_chat_label], "labels")->max;

    if (!json_is_array(labels))
        return refuse_with(&self->refusal, 400,
                           !labels || json_is_null(labels) ? "missing_field" : "invalid_field",
                           "labels must be a list.");
    if (json_array_size(labels) > most)
        return refuse_with(&self->refusal, 422, "value_out_of_limits",
                           "A chat has at most %zu labels.", most);
    for (size_t i = 0; i < json_array_size(labels); i++)
        if (fill_label(self, message, json_array_get(labels, i)) < 0)
            return -1;
    return 0;
}

int shape_labelled(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct chat_found *found = answer;

    view_text(out, "[");
    show_ended_row(self, found->chat.items, out);
    view_text(out, "]");
    return 0;
}

int fill_comment(struct exchange *self, void *message)
{
    message_set_text(&message_types[MESSAGE_comment_set], message, "author_id",
                     self->identity.id_code);
    return 0;
}

const char value_comment[] = "{\"chatId\":\"uuid\",\"comment\":\"string\"}";

int shape_comment(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct comment_found *found = answer;
    const struct comment *comment = found->comment.items;

    (void)self;
    view_text(out, "{\"chatId\":");
    view_string(out, comment->chat_id);
    view_text(out, ",\"comment\":");
    view_string(out, comment->comment ? comment->comment : "");
    view_text(out, "}");
    return 0;
}
