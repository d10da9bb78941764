/* tokens.c - tokens from their issue to their end (contract §5). A token is
 * good only when chat-state has recorded it, so it is recorded before anybody
 * gets it: with the chat it is for, or by itself. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "digest.h"
#include "handlers.h"
#include "own.h"
#include "uuid.h"
#include "view.h"

enum { NAME_SIZE = 65, SECOND_MS = 1000, MINUTE_MS = 60 * 1000 };

/* ---- ids ---- */

/* What is asked twice, under one command id, issues one token. */
static void make_token_id(const char *command_id, char token_id[UUID_SIZE])
{
    struct digest *digest = digest_new();
    unsigned char bytes[DIGEST_BYTES];

    digest_add(digest, "token");
    digest_add(digest, command_id);
    digest_end(&digest, bytes);
    uuid_of_digest(bytes, token_id);
}

/* Whose it is: a chat's, or a person's. */
static const char *subject_of(const json_t *content)
{
    static const char *const names[] = {"chatId", "idCode", "personalCode"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *text = json_string_value(json_object_get(content, names[i]));
        if (text)
            return text;
    }
    return "";
}

/* ---- a chat's ---- */

static int64_t whole_seconds(int64_t ms)
{
    return ms / SECOND_MS * SECOND_MS;
}

int64_t plan_token(const struct exchange *self, const char *command_id, char token_id[UUID_SIZE])
{
    make_token_id(command_id, token_id);
    return whole_seconds(clock_wall_ms()) + whole_seconds(self->ingress->session_ms);
}

char *sign_planned(const struct exchange *self, const struct token *planned)
{
    const struct ingress *ingress = self->ingress;
    int64_t lives_ms = whole_seconds(ingress->session_ms);
    struct token token = *planned;

    return token_sign(ingress->key, ingress->issuer, &token, planned->expires_at - lives_ms,
                      lives_ms);
}

int fill_chat_token(struct exchange *self, struct chat_open *open)
{
    open->expires_at = plan_token(self, open->command_id, open->new_token_id);
    return 0;
}

void give_cookie(struct exchange *self, const char *name, const char *token)
{
    exchange_set_cookie(self, name, token, whole_seconds(self->ingress->session_ms) / SECOND_MS);
}

/* Of a request that is repeated the token is the first one's, to the jti. */
void give_chat_token(struct exchange *self, const char *chat_id)
{
    const struct chat_open *open = self->message;
    struct token token = {.expires_at = open->expires_at,
                          .content = json_pack("{s:s, s:s}", "chatId", chat_id, "forwardTo", "")};

    memcpy(token.token_id, open->new_token_id, UUID_SIZE);
    char *text = sign_planned(self, &token);
    give_cookie(self, COOKIE_CHAT, text);
    token_clear(&token);
    free(text);
}

/* ---- a new one ---- */

static void on_recorded(struct exchange *self, enum message_id type, const void *answer)
{
    const struct session *session = &self->session;

    if (type != MESSAGE_command_done) {
        exchange_failed(self, type, answer);
        return;
    }
    exchange_set_cookie(self, session->cookie, session->token, session->lives_ms / SECOND_MS);
    session->then(self, session->token);
}

/* Signs it and remembers it as the one that is being recorded; token_id is
 * given. */
static void sign(struct exchange *self, struct token *token, int64_t lives_ms)
{
    const struct ingress *ingress = self->ingress;

    free(self->session.token);
    self->session.lives_ms = whole_seconds(lives_ms);
    self->session.token =
        token_sign(ingress->key, ingress->issuer, token, clock_wall_ms(), lives_ms);
}

static void issue(struct exchange *self, json_t *content, const struct token *spent,
                  int64_t lives_ms)
{
    struct token_issue *command = exchange_turn_to(self, MESSAGE_token_issue);
    struct token token = {.content = content};

    make_token_id(command->command_id, token.token_id);
    sign(self, &token, lives_ms);
    memcpy(command->new_token_id, token.token_id, UUID_SIZE);
    command->cookie = own_copy(self->session.cookie);
    command->subject = own_copy(subject_of(content));
    command->expires_at = token.expires_at;
    if (spent) {
        memcpy(command->spent_id, spent->token_id, UUID_SIZE);
        command->spent_until = spent->expires_at;
    }
    token_clear(&token);
    exchange_ask(self, on_recorded, ASK_MS);
}

void session_begin(struct exchange *self, const char *cookie, json_t *content,
                   const struct token *spent, on_session *then)
{
    self->session.cookie = cookie;
    self->session.then = then;
    issue(self, content, spent, self->ingress->session_ms);
}

/* ---- answers ---- */

static void answer_value(struct exchange *self, const char *text)
{
    msgpack_sbuffer value;

    msgpack_sbuffer_init(&value);
    if (text)
        view_string(&value, text);
    else
        view_text(&value, "null");
    exchange_done(self, &value);
    msgpack_sbuffer_destroy(&value);
}

/* TIM's own routes have no envelope (contract §5.3). */
static void answer_plain(struct exchange *self, const char *text)
{
    exchange_send(self, "text/plain;charset=UTF-8", text ? text : "");
}

/* Returns whether the answer says that the token is not good. */
static bool is_bad_token(enum message_id type, const void *answer)
{
    const struct request_refused *refused = answer;

    return type == MESSAGE_request_refused && refused->status == 401;
}

/* ---- a token that came ---- */

/* Reads the token of this cookie into self->identity.token, which is released
 * with the exchange. Returns whether it is authentic and has not expired; what
 * chat-state says of it is another question. */
static bool read_token(struct exchange *self, const char *cookie)
{
    const struct ingress *ingress = self->ingress;
    const char *text = http_cookie(self->request, cookie);
    char why[WHY_MAX];

    return text && token_verify(ingress->key, ingress->issuer, text, clock_wall_ms(),
                                &self->identity.token, why) == 0;
}

static bool is_known(const char *name)
{
    static const char *const names[] = {COOKIE_CHAT, COOKIE_AGENT, COOKIE_USER, COOKIE_REDIRECT};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The body is the cookie's name, bare or as a JSON string (contract §5.3). */
static bool read_name(const struct exchange *self, char name[NAME_SIZE])
{
    const char *body = http_body(self->request);
    size_t size = http_body_size(self->request);

    while (size > 0 && strchr(" \t\r\n\"", body[0]) && body[0])
        body++, size--;
    while (size > 0 && strchr(" \t\r\n\"", body[size - 1]) && body[size - 1])
        size--;
    if (size == 0 || size >= NAME_SIZE)
        return false;
    memcpy(name, body, size);
    name[size] = '\0';
    return strlen(name) == size && is_known(name);
}

/* ---- extend ---- */

/* The old one is dead when this is answered, whoever else asks. */
static void on_extended(struct exchange *self, enum message_id type, const void *answer)
{
    if (is_bad_token(type, answer))
        self->session.then(self, NULL);
    else
        on_recorded(self, type, answer);
}

/* Same life again, same claims (contract T-04). */
static void extend(struct exchange *self, const char *cookie, on_session *then)
{
    struct token_extend *command = self->message;
    const struct token *old = &self->identity.token;
    struct token token = {.content = json_incref(old->content)};

    make_token_id(command->command_id, token.token_id);
    self->session.cookie = command->cookie = own_copy(cookie);
    self->session.then = then;
    sign(self, &token, old->expires_at - old->issued_at);
    memcpy(command->token_id, old->token_id, UUID_SIZE);
    memcpy(command->new_token_id, token.token_id, UUID_SIZE);
    command->subject = own_copy(subject_of(old->content));
    command->expires_at = token.expires_at;
    token_clear(&token);
    exchange_ask(self, on_extended, ASK_MS);
}

static void extend_if(struct exchange *self, bool is_read, const char *cookie)
{
    if (is_read)
        extend(self, cookie, answer_value);
    else
        answer_value(self, NULL);
}

static bool has_claim(const struct exchange *self, const char *name)
{
    return json_object_get(self->identity.token.content, name) != NULL;
}

/* One kind of token is told from the others as identity.h does it. */
static bool is_agents(const struct exchange *self)
{
    return has_claim(self, "authorities");
}

void handle_chat_extend(struct exchange *self)
{
    extend_if(self, read_token(self, COOKIE_CHAT) && has_claim(self, "chatId") && !is_agents(self),
              COOKIE_CHAT);
}

void handle_agent_extend(struct exchange *self)
{
    extend_if(self, read_token(self, COOKIE_AGENT) && is_agents(self), COOKIE_AGENT);
}

void handle_named_extend(struct exchange *self)
{
    char name[NAME_SIZE];

    if (read_name(self, name) && read_token(self, name))
        extend(self, name, answer_plain);
    else
        answer_plain(self, NULL);
}

/* ---- revoke ---- */

static void give_up(struct exchange *self, const char *cookie, on_exchange_answer *then)
{
    struct token_revoke *command = self->message;

    if (!read_token(self, cookie)) {
        const struct command_done done = {.request_id = ""};
        then(self, MESSAGE_command_done, &done);
        return;
    }
    memcpy(command->token_id, self->identity.token.token_id, UUID_SIZE);
    command->expires_at = self->identity.token.expires_at;
    exchange_ask(self, then, ASK_MS);
}

void give_up_person(struct exchange *self, on_exchange_answer *then)
{
    token_clear(&self->identity.token);
    (void)exchange_turn_to(self, MESSAGE_token_revoke);
    give_up(self, COOKIE_USER, then);
}

static void on_revoked(struct exchange *self, enum message_id type, const void *answer)
{
    if (type == MESSAGE_command_done || is_bad_token(type, answer))
        answer_value(self, NULL);
    else
        exchange_failed(self, type, answer);
}

static void on_named_revoked(struct exchange *self, enum message_id type, const void *answer)
{
    if (type == MESSAGE_command_done || is_bad_token(type, answer))
        answer_plain(self, NULL);
    else
        exchange_failed(self, type, answer);
}

void handle_user_revoke(struct exchange *self)
{
    exchange_set_cookie(self, COOKIE_USER, "", 0);
    give_up(self, COOKIE_USER, on_revoked);
}

void handle_agent_revoke(struct exchange *self)
{
    give_up(self, COOKIE_AGENT, on_revoked);
}

void handle_named_revoke(struct exchange *self)
{
    char name[NAME_SIZE];

    if (read_name(self, name))
        give_up(self, name, on_named_revoked);
    else
        answer_plain(self, NULL);
}

/* ---- verify and userinfo, by name ---- */

static void refuse_token(struct exchange *self)
{
    exchange_refuse(self, 400, "invalid_token", "There is no good token in this cookie.");
}

static void on_named_checked(struct exchange *self, enum message_id type, const void *answer)
{
    if (type == MESSAGE_command_done)
        answer_plain(self, NULL);
    else if (is_bad_token(type, answer))
        refuse_token(self);
    else
        exchange_failed(self, type, answer);
}

static void check(struct exchange *self, on_exchange_answer *then)
{
    struct token_check *question = self->message;

    memcpy(question->token_id, self->identity.token.token_id, UUID_SIZE);
    exchange_ask(self, then, ASK_MS);
}

void handle_named_check(struct exchange *self)
{
    char name[NAME_SIZE];

    if (read_name(self, name) && read_token(self, name))
        check(self, on_named_checked);
    else
        refuse_token(self);
}

static void on_named_info(struct exchange *self, enum message_id type, const void *answer)
{
    if (type == MESSAGE_command_done) {
        char *claims = token_claims_text(&self->identity.token);
        exchange_send(self, "application/json;charset=UTF-8", claims);
        free(claims);
    } else if (is_bad_token(type, answer)) {
        answer_plain(self, NULL);
    } else {
        exchange_failed(self, type, answer);
    }
}

void handle_named_info(struct exchange *self)
{
    char name[NAME_SIZE];

    if (read_name(self, name) && read_token(self, name))
        check(self, on_named_info);
    else
        answer_plain(self, NULL);
}

/* ---- generate ---- */

/* Whether the address is one of those with commas between. */
static bool is_listed(const char *list, const char *address)
{
    size_t size = strlen(address);

    while (*list) {
        size_t length = strcspn(list, ",");
        if (length == size && strncmp(list, address, size) == 0)
            return true;
        list += length + (list[length] == ',');
    }
    return false;
}

/* What is signed is what chat-state knows, or has no meaning here. */
static json_t *own_claims(const json_t *content)
{
    static const char *const registered[] = {"iss", "sub", "aud", "exp", "nbf", "iat", "jti"};
    json_t *claims = content ? json_deep_copy(content) : json_object();

    for (size_t i = 0; i < sizeof(registered) / sizeof(registered[0]); i++)
        json_object_del(claims, registered[i]);
    return claims;
}

void handle_generate(struct exchange *self)
{
    enum { MINUTES_MAX = 365 * 24 * 60 };
    const json_t *body = self->parameters.body;
    const char *name = input_text(&self->parameters, "JWTName");
    const json_t *content = json_object_get(body, "content");
    json_int_t minutes = json_integer_value(json_object_get(body, "expirationInMinutes"));

    if (!is_listed(self->ingress->generate_from, http_address(self->request))) {
        exchange_refuse(self, 403, "address_not_allowed", "No tokens are made for your address.");
        return;
    }
    if (!is_known(name) || minutes < 1 || minutes > MINUTES_MAX ||
        (content && !json_is_object(content))) {
        exchange_refuse(self, 400, "invalid_field",
                        "JWTName, expirationInMinutes or content is not as it should be.");
        return;
    }
    self->session.cookie = name;
    self->session.then = answer_plain;
    issue(self, own_claims(content), NULL, (int64_t)minutes * MINUTE_MS);
}
