#include <stdlib.h>
#include <string.h>

#include "handlers.h"
#include "uuid.h"
#include "view.h"

/* ---- fill ---- */

int fill_new_chat(struct exchange *self, void *message)
{
    struct chat_open *open = message;

    uuid_make(open->chat_id);
    uuid_make(open->greeting_id);
    return fill_chat_token(self, open);
}

/* The answer of post-message says nothing of the chat. */
int fill_post(struct exchange *self, void *message)
{
    struct message_post *post = message;

    (void)self;
    post->brief = true;
    return 0;
}

static void set_if_empty(enum message_id type, void *message, const char *name, const char *text)
{
    if (*message_text(&message_types[type], message, name) == '\0')
        message_set_text(&message_types[type], message, name, text);
}

/* Who claims for itself need not say who that is. */
int fill_claim(struct exchange *self, void *message)
{
    const struct identity *identity = &self->identity;
    struct chat_claim *claim = message;

    set_if_empty(MESSAGE_chat_claim, claim, "customer_support_id", identity->id_code);
    if (strcmp(claim->customer_support_id, identity->id_code) != 0)
        return 0;
    set_if_empty(MESSAGE_chat_claim, claim, "customer_support_display_name",
                 identity->display_name);
    set_if_empty(MESSAGE_chat_claim, claim, "csa_title", identity->csa_title);
    return 0;
}

int fill_redirect(struct exchange *self, void *message)
{
    set_if_empty(MESSAGE_chat_redirect, message, "forwarded_by_user", self->identity.id_code);
    return 0;
}

/* One's own chats, or an administrator's order. */
int fill_release(struct exchange *self, void *message)
{
    const struct identity *identity = &self->identity;
    struct chats_release *release = message;

    set_if_empty(MESSAGE_chats_release, release, "customer_support_id", identity->id_code);
    if (strcmp(release->customer_support_id, identity->id_code) != 0 &&
        !(identity->roles & ROLE_ADMINISTRATOR))
        return refuse_with(&self->refusal, 403, "role_not_allowed",
                           "Only an administrator may free someone else's chats.");
    return 0;
}

/* The seed-era widget sends no event (contract X-7). */
int fill_client_left(struct exchange *self, void *message)
{
    struct chat_end *chat_end = message;

    set_if_empty(MESSAGE_chat_end, chat_end, "event", "client-left");
    chat_end->token_expires_at = self->identity.token.expires_at;
    return 0;
}

/* ---- shape ---- */

static const struct chat *chat_of(struct exchange *self, const struct chat_found *found)
{
    if (found->chat.count == 1)
        return &found->chat.items[0];
    refuse_with(&self->refusal, 404, "chat_not_found", "There is no such chat.");
    return NULL;
}

int shape_chat(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct chat *chat = chat_of(self, answer);

    if (!chat)
        return -1;
    show_chat(self, chat, out);
    return 0;
}

/* The chat's id is taken from the answer: that of a repeated request (same
 * Idempotency-Key) names the chat that the first one opened. */
int shape_new_chat(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct chat *chat = chat_of(self, answer);

    if (!chat)
        return -1;
    give_chat_token(self, chat->id);
    show_chat(self, chat, out);
    return 0;
}

int shape_chat_rows(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct chat_found *found = answer;

    view_text(out, "[");
    for (size_t i = 0; i < found->chat.count; i++) {
        answer_comma(out, i);
        show_chat_row(self, &found->chat.items[i], out);
    }
    view_text(out, "]");
    return 0;
}

static int shape_list(const struct messages_found *found, msgpack_sbuffer *out,
                      void (*view)(msgpack_sbuffer *out, const struct message *message))
{
    view_text(out, "[");
    for (size_t i = 0; i < found->messages.count; i++) {
        answer_comma(out, i);
        view(out, &found->messages.items[i]);
    }
    view_text(out, "]");
    return 0;
}

int shape_messages(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    return shape_list(answer, out, view_message);
}

int shape_new_messages(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    return shape_list(answer, out, view_new_message);
}

const char value_posted[] = "{\"data\":{\"post_message_to_bot\":\"null\"},\"error\":\"null\"}";

/* The envelope in the envelope is the seed's (contract P-05, P-10). */
int shape_posted(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    (void)answer;
    view_text(out, "{\"data\":{\"post_message_to_bot\":null},\"error\":null}");
    return 0;
}

/* ---- end-chat ---- */

static bool has_ended_already(enum message_id type, const void *answer)
{
    const struct request_refused *refused = answer;

    return type == MESSAGE_request_refused && strcmp(refused->code, "chat_has_ended") == 0;
}

const char value_left[] =
    "{\"data\":{\"blacklist_client_custom_jwt\":\"null\"},\"error\":\"null\"}";

int shape_left(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    (void)answer;
    view_text(out, "{\"data\":{\"blacklist_client_custom_jwt\":null},\"error\":null}");
    return 0;
}

static void on_person_left(struct exchange *self, enum message_id type, const void *answer)
{
    const struct request_refused *refused = answer;

    if (type == MESSAGE_command_done ||
        (type == MESSAGE_request_refused && refused->status == 401)) /* it was given up before */
        exchange_shape(self, answer);
    else
        exchange_failed(self, type, answer);
}

/* Who has logged in leaves that behind as well (contract P-10). When this
 * cannot be done, the end is asked for again, and then only this is left. */
static void on_left(struct exchange *self, enum message_id type, const void *answer)
{
    if (type == MESSAGE_chat_found || has_ended_already(type, answer))
        give_up_person(self, on_person_left);
    else
        exchange_failed(self, type, answer);
}

void handle_client_left(struct exchange *self)
{
    exchange_ask(self, on_left, ASK_MS);
}
