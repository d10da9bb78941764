/* receive.c - a chat comes from another institution, which shows its key
 * (contract P-27). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "forward_json.h"
#include "handlers.h"
#include "own.h"
#include "uuid.h"
#include "view.h"

const char value_destination[] = "{\"generatedChatId\":\"uuid\",\"redirectJwt\":\"string\"}";

/* ---- who sends it ---- */

/* Returns NULL with the refusal filled. */
static const struct establishment *sender_of(struct exchange *self)
{
    static const char scheme[] = "Bearer ";
    const char *header = http_header(self->request, "Authorization");
    const struct establishment *sender = NULL;

    if (header && strncasecmp(header, scheme, strlen(scheme)) == 0)
        sender = establishments_with_key(&self->ingress->establishments, header + strlen(scheme));
    if (!sender)
        refuse_with(&self->refusal, 401, "not_authenticated",
                    "There is no key of an institution in Authorization.");
    else if (*sender->address && strcmp(sender->address, http_address(self->request)) != 0) {
        refuse_with(&self->refusal, 403, "address_not_allowed",
                    "This is not the address of the institution whose key it is.");
        sender = NULL;
    }
    return sender;
}

/* ---- what is sent ---- */

/* The ids are made of whose chat it was, and which: however often it is sent, it
 * is one chat here, with one token. */
static int fill_receipt(struct exchange *self, const struct establishment *sender)
{
    struct chat_receive *receive = self->message;

    forward_id("receive", sender->url, receive->external_id, receive->chat_id);
    own_replace(&receive->command_id, receive->chat_id);
    own_replace(&receive->fingerprint, "");
    receive->may_repeat = true;
    own_replace(&receive->received_from, sender->url);
    own_replace(&receive->received_from_name, sender->name);
    receive->expires_at = plan_token(self, receive->command_id, receive->new_token_id);
    return forward_read_messages(self->parameters.body, receive->chat_id, &receive->messages,
                                 &self->refusal);
}

/* ---- it is here ---- */

static void on_received(struct exchange *self, enum message_id type, const void *answer)
{
    const struct chat_found *found = answer;
    const struct chat_receive *receive = self->message;
    msgpack_sbuffer value;

    if (type != self->route->answer || found->chat.count != 1) {
        exchange_failed(self, type, answer);
        return;
    }
    struct token token = {.expires_at = receive->expires_at,
                          .content = json_pack("{s:s, s:s, s:s}", "chatId", found->chat.items[0].id,
                                               "originChatId", receive->external_id, "receivedFrom",
                                               receive->received_from)};
    memcpy(token.token_id, receive->new_token_id, UUID_SIZE);
    char *text = sign_planned(self, &token);
    msgpack_sbuffer_init(&value);
    view_text(&value, "{\"generatedChatId\":");
    view_string(&value, found->chat.items[0].id);
    view_text(&value, ",\"redirectJwt\":");
    view_string(&value, text);
    view_text(&value, "}");
    token_clear(&token);
    free(text);
    exchange_done(self, &value);
    msgpack_sbuffer_destroy(&value);
}

void handle_destination_forward(struct exchange *self)
{
    const struct establishment *sender = sender_of(self);

    if (sender && fill_receipt(self, sender) == 0) {
        exchange_ask(self, on_received, ASK_MS);
        return;
    }
    const struct refusal refusal = self->refusal;
    exchange_refuse(self, refusal.status, refusal.code, refusal.sentence);
}
