#include "proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complete.h"
#include "forward_json.h"
#include "institution.h"
#include "own.h"

enum {
    CLAIM_MAX = 300,
    HEADER_SIZE = FORWARD_TOKEN_SIZE + 64,
    STATUS_LEAST = 200, /* those of an answer; a redirect is none */
    STATUS_OTHER = 300,
    STATUS_REFUSED = 400,
};

static const char *destination_of(const struct exchange *self)
{
    const char *url = json_string_value(json_object_get(self->identity.token.content, "forwardTo"));

    return url && strlen(url) <= CLAIM_MAX ? url : "";
}

bool proxy_concerns(const struct exchange *self)
{
    return self->route->is_forwarded && self->identity.kind == IDENTITY_END_USER &&
           *destination_of(self);
}

/* ---- what is asked ---- */

/* The body as it came, and in it what came otherwise; but for names of chats. */
static char *body_of(const struct exchange *self)
{
    json_t *body = self->parameters.body ? json_deep_copy(self->parameters.body) : json_object();

    for (const struct input *input = self->route->inputs; input && input->name; input++) {
        const char *text = http_query(self->request, input->name);
        if (input->type == INPUT_OWN_CHAT)
            json_object_del(body, input->name);
        else if (text && !json_object_get(body, input->name))
            json_object_set_new(body, input->name, json_string(text));
    }
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    return text;
}

static void on_answered(struct exchange *self, const struct fetch_answer *answer)
{
    bool is_one = answer->status >= STATUS_LEAST && answer->status < 600 &&
                  (answer->status < STATUS_OTHER || answer->status >= STATUS_REFUSED);

    if (is_one)
        exchange_relay(self, answer->status, answer->body, answer->size);
    else
        exchange_refuse(self, 502, "institution_failed",
                        "The institution gave an answer that makes no sense.");
}

static void ask_there(struct exchange *self)
{
    struct inquiry *inquiry = self->work;
    const char *key = http_header(self->request, "Idempotency-Key");
    char cookie[HEADER_SIZE], key_header[IDEMPOTENCY_KEY_MAX + 32];
    const char *headers[FETCH_HEADERS] = {cookie};
    char *body = body_of(self);

    snprintf(cookie, sizeof(cookie), "Cookie: %s=%s", COOKIE_CHAT,
             http_cookie(self->request, COOKIE_REDIRECT));
    if (key) {
        snprintf(key_header, sizeof(key_header), "Idempotency-Key: %s", key);
        headers[1] = key_header;
    }
    institution_ask(inquiry, http_path(self->request), headers, body);
    free(body);
}

/* ---- whether it may be asked ---- */

static void on_token_checked(struct exchange *self, enum message_id type, const void *answer)
{
    if (type == MESSAGE_command_done)
        ask_there(self);
    else
        exchange_failed(self, type, answer);
}

static void forget(void *work)
{
    struct inquiry *inquiry = work;

    institution_leave(inquiry);
    free(inquiry);
}

static void check_token(struct exchange *self, struct establishment *whom)
{
    struct token_check *check = exchange_turn_to(self, MESSAGE_token_check);
    struct inquiry *inquiry = own_zero(sizeof(*inquiry));

    *inquiry = (struct inquiry){.exchange = self, .whom = whom, .then = on_answered};
    self->work = inquiry;
    self->destroy_work = forget;
    memcpy(check->token_id, self->identity.token.token_id, UUID_SIZE);
    exchange_ask(self, on_token_checked, ASK_MS);
}

void proxy_ask(struct exchange *self)
{
    struct establishment *whom =
        establishments_at(&self->ingress->establishments, destination_of(self));
    const char *token = http_cookie(self->request, COOKIE_REDIRECT);
    const char *key = http_header(self->request, "Idempotency-Key");

    if (!whom)
        exchange_refuse(self, 502, "institution_unknown",
                        "The institution that has the chat is none of ours any more.");
    else if (!token || !forward_is_token(token))
        exchange_refuse(self, 401, "not_authenticated",
                        "There is no valid " COOKIE_REDIRECT " cookie.");
    else if (key && !idempotency_key_is_valid(key))
        exchange_refuse(self, 400, "invalid_idempotency_key",
                        "Idempotency-Key must be 1 to 128 printable characters.");
    else
        check_token(self, whom);
}
