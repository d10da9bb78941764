/* forward.c - a chat goes to another institution: the agent says which, the end
 * user agrees, and it is sent there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward_json.h"
#include "handlers.h"
#include "institution.h"
#include "log.h"
#include "own.h"
#include "uuid.h"
#include "view.h"

enum { BODY_SIZE_MAX = 64 * 1024 /* which the institution takes */ };

/* ---- cs-get-all-establishments ---- */

const char value_establishments[] = "{\"establishments\":\"string[]\"}";

int shape_establishments(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct establishments *establishments = &self->ingress->establishments;

    (void)answer;
    view_text(out, "{\"establishments\":[");
    for (size_t i = 0; i < establishments->count; i++) {
        answer_comma(out, i);
        view_string(out, establishments->items[i].name);
    }
    view_text(out, "]}");
    return 0;
}

/* ---- cs-chat-add-forwarding-value, cs-post-redirect-request-message ---- */

int fill_forward(struct exchange *self, void *message)
{
    struct chat_forward *forward = message;
    const struct establishment *whom =
        establishments_named(&self->ingress->establishments, forward->forwarded_to_name);

    if (!whom)
        return refuse_with(&self->refusal, 404, "institution_not_found",
                           "Chats are not forwarded to an institution of this name.");
    own_replace(&forward->forwarded_to, whom->url);
    return 0;
}

static bool names_institution(const struct chat_forward *forward)
{
    return forward->forwarded_to_name && *forward->forwarded_to_name;
}

int fill_forward_request(struct exchange *self, void *message)
{
    static const char event[] = "requested-chat-forward";
    const char *given = input_text(&self->parameters, "event");

    if (*given && strcmp(given, event) != 0)
        return refuse_with(&self->refusal, 422, "unknown_event", "event must be %s.", event);
    return names_institution(message) ? fill_forward(self, message) : 0;
}

const char value_forward_request[] =
    "[{\"data\":{\"insert_chat\":\"any[]\"},\"error\":\"null\"},\"null\"]";

/* The envelope in the envelope is the original's (contract C-15). */
int shape_forward_request(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)answer;
    view_text(out, names_institution(self->message)
                       ? "{\"data\":{\"insert_chat\":[]},\"error\":null}"
                       : "null");
    return 0;
}

/* ---- origin-forward ---- */

/* A chat on its way. */
struct journey {
    struct inquiry inquiry;
    char question[UUID_SIZE]; /* which asked the end user; "": none */
    char *redirect_token;     /* the end user's there; owned */
};

static void journey_destroy(void *work)
{
    struct journey *self = work;

    institution_leave(&self->inquiry);
    free(self->redirect_token);
    free(self);
}

/* ---- it is there ---- */

static void give_tokens(struct exchange *self, const struct chat *chat)
{
    const struct journey *journey = self->work;
    const struct chat_pass_on *pass_on = self->message;
    struct token token = {.expires_at = pass_on->expires_at,
                          .content = json_pack("{s:s, s:s}", "chatId", chat->id, "forwardTo",
                                               journey->inquiry.whom->url)};

    memcpy(token.token_id, pass_on->new_token_id, UUID_SIZE);
    char *text = sign_planned(self, &token);
    give_cookie(self, COOKIE_CHAT, text);
    give_cookie(self, COOKIE_REDIRECT, journey->redirect_token);
    token_clear(&token);
    free(text);
}

static void on_passed_on(struct exchange *self, enum message_id type, const void *answer)
{
    const struct chat_found *found = answer;

    if (type != MESSAGE_chat_found || found->chat.count != 1) {
        exchange_failed(self, type, answer);
        return;
    }
    give_tokens(self, &found->chat.items[0]);
    exchange_shape(self, answer);
}

/* Of a chat that is passed on twice, as an answer was lost, the command is the
 * same one, and so is the token. */
static void pass_on(struct exchange *self, const char *external_id)
{
    const struct journey *journey = self->work;
    struct chat_pass_on *command = exchange_turn_to(self, MESSAGE_chat_pass_on);
    char command_id[UUID_SIZE];

    forward_id("pass_on", self->identity.chat_id, external_id, command_id);
    own_replace(&command->command_id, command_id);
    own_replace(&command->external_id, external_id);
    command->may_repeat = true;
    memcpy(command->chat_id, self->identity.chat_id, UUID_SIZE);
    memcpy(command->id, journey->question, UUID_SIZE);
    memcpy(command->token_id, self->identity.token.token_id, UUID_SIZE);
    command->expires_at = plan_token(self, command_id, command->new_token_id);
    exchange_ask(self, on_passed_on, ASK_MS);
}

static void on_institution_answered(struct exchange *self, const struct fetch_answer *answer)
{
    struct journey *journey = self->work;
    char external_id[UUID_SIZE];

    if (answer->status == 200 && forward_read_answer(answer->body, answer->size, external_id,
                                                     &journey->redirect_token) == 0) {
        pass_on(self, external_id);
        return;
    }
    log_warn("an institution did not take a chat", "name", journey->inquiry.whom->name, "status",
             log_number(answer->status));
    exchange_refuse(self, 502, "institution_refused", "The institution did not take the chat.");
}

/* ---- it goes ---- */

static void send_there(struct exchange *self, const struct forward_found *found)
{
    struct journey *journey = self->work;
    char *header = NULL;
    char *body = forward_body(&found->chat.items[0], &found->messages);

    if (asprintf(&header, "Authorization: Bearer %s", journey->inquiry.whom->key) == -1)
        abort();
    const char *const headers[FETCH_HEADERS] = {header};
    if (strlen(body) > BODY_SIZE_MAX)
        exchange_refuse(self, 422, "too_much_to_forward",
                        "The messages that were chosen are longer than an institution takes.");
    else
        institution_ask(&journey->inquiry, "/destination-forward", headers, body);
    free(header);
    free(body);
}

/* Returns 0, or -1 with the refusal filled. */
static int check_chat(struct exchange *self, const struct forward_found *found)
{
    const struct chat *chat = &found->chat.items[0];
    bool is_there = chat->external_id && strcmp(chat->status, "REDIRECTED") == 0;

    if (chat->ended && !is_there)
        return refuse_with(&self->refusal, 409, "chat_has_ended", "The chat has ended.");
    if (!chat->forwarded_to || !*chat->forwarded_to)
        return refuse_with(&self->refusal, 409, "nowhere_to_forward",
                           "No institution is to have this chat.");
    if (!establishments_at(&self->ingress->establishments, chat->forwarded_to))
        return refuse_with(&self->refusal, 404, "institution_not_found",
                           "Chats are not forwarded to this institution any more.");
    if (found->messages.count == 0)
        return refuse_with(&self->refusal, 409, "nothing_to_forward",
                           "No messages were chosen to be forwarded.");
    return 0;
}

static void on_forward_found(struct exchange *self, enum message_id type, const void *answer)
{
    const struct forward_found *found = answer;

    if (type != MESSAGE_forward_found || found->chat.count != 1) {
        exchange_failed(self, type, answer);
        return;
    }
    if (check_chat(self, found) < 0) {
        const struct refusal refusal = self->refusal;
        exchange_refuse(self, refusal.status, refusal.code, refusal.sentence);
        return;
    }
    struct journey *journey = own_zero(sizeof(*journey));
    memcpy(journey->question, found->question, UUID_SIZE);
    journey->inquiry = (struct inquiry){
        .exchange = self,
        .whom =
            establishments_at(&self->ingress->establishments, found->chat.items[0].forwarded_to),
        .then = on_institution_answered,
    };
    self->work = journey;
    self->destroy_work = journey_destroy;
    send_there(self, found);
}

void handle_origin_forward(struct exchange *self)
{
    exchange_ask(self, on_forward_found, ASK_MS);
}
