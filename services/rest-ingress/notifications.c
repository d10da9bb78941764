#include <stdlib.h>
#include <string.h>

#include "handlers.h"
#include "own.h"
#include "uuid.h"
#include "view.h"

enum { TIMEOUT_S = 10, TIMEOUT_MIN_S = 1, TIMEOUT_MAX_S = 600 };

/* ---- fill ---- */

/* An end user speaks of its own chat, an agent of any. */
static int check_chat(struct exchange *self, const char *name)
{
    const char *chat_id = input_text(&self->parameters, name);

    if (!uuid_is_valid(chat_id))
        return refuse_with(&self->refusal, 400, "invalid_field", "%s is not a UUID.", name);
    if (self->identity.kind == IDENTITY_END_USER && strcmp(chat_id, self->identity.chat_id) != 0)
        return refuse_with(&self->refusal, 403, "not_your_chat",
                           "%s names another chat than yours.", name);
    return 0;
}

int fill_leaving_chat(struct exchange *self, void *message)
{
    (void)message;
    return check_chat(self, "chatId");
}

int fill_queued_chat(struct exchange *self, void *message)
{
    (void)message;
    return check_chat(self, "id");
}

/* A page that goes reads no refusal, so a time that makes no sense is brought
 * to one that does. */
static int64_t timeout_of(const struct parameters *parameters)
{
    const json_t *json = json_object_get(parameters->body, "timeout");
    const char *text = input_text(parameters, "timeout");
    double seconds = TIMEOUT_S;

    if (json_is_number(json))
        seconds = json_number_value(json);
    else if (*text)
        seconds = strtod(text, NULL);
    if (!(seconds > TIMEOUT_MIN_S))
        return TIMEOUT_MIN_S;
    return seconds < TIMEOUT_MAX_S ? (int64_t)seconds : TIMEOUT_MAX_S;
}

int fill_termination(struct exchange *self, void *message)
{
    struct termination_set *termination = message;

    termination->seconds = timeout_of(&self->parameters);
    if (self->identity.kind == IDENTITY_END_USER)
        termination->token_expires_at = self->identity.token.expires_at;
    return check_chat(self, "chatId");
}

int fill_logout_soon(struct exchange *self, void *message)
{
    struct logout_set *logout = message;

    logout->expires_at = self->identity.token.expires_at;
    own_replace(&logout->id_code, self->identity.id_code);
    return 0;
}

/* ---- shape: the texts of the contract ---- */

static int say(const void *answer, msgpack_sbuffer *out, const char *text)
{
    (void)answer;
    view_string(out, text);
    return 0;
}

int shape_terminated_soon(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    return say(answer, out, "Chat will be terminated soon");
}

int shape_not_terminated(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    return say(answer, out, "Chat termination will be canceled");
}

int shape_not_logged_out(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    return say(answer, out, "Logout would be canceled");
}

/* Who waits is counted here whether a page says so or not, so there is nothing
 * to do but to say yes. */
int shape_enqueued(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    return say(answer, out, "enqueued successfully");
}

int shape_dequeued(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    return say(answer, out, "dequeued successfully");
}

/* The only answer that is no JSON: the original's says nothing but its
 * status. */
static void on_logout_soon(struct exchange *self, enum message_id type, const void *answer)
{
    if (type == MESSAGE_command_done)
        exchange_send(self, "text/plain; charset=utf-8", "OK");
    else
        exchange_failed(self, type, answer);
}

void handle_logout_soon(struct exchange *self)
{
    exchange_ask(self, on_logout_soon, ASK_MS);
}
