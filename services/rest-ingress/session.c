#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "handlers.h"
#include "own.h"
#include "password.h"
#include "view.h"

/* ---- cs-login ---- */

/* The account that was found, while its password is checked. */
struct login {
    struct account_found found;
    bool is_known;
};

static void login_destroy(void *work)
{
    struct login *login = work;

    message_clear(&message_types[MESSAGE_account_found], &login->found);
    free(login);
}

/* The claims are what cs-custom-jwt-userinfo shows (contract C-20). */
json_t *session_claims(const struct account *account)
{
    msgpack_sbuffer text;

    msgpack_sbuffer_init(&text);
    view_account(&text, account);
    json_t *claims = json_loadb(text.data, text.size, 0, NULL);
    msgpack_sbuffer_destroy(&text);
    return claims;
}

static void answer_login(struct exchange *self, const char *token)
{
    msgpack_sbuffer value;

    msgpack_sbuffer_init(&value);
    view_string(&value, token);
    exchange_done(self, &value);
    msgpack_sbuffer_destroy(&value);
}

static void on_checked(void *arguments, bool matches, const char *hash)
{
    struct exchange *self = arguments;
    const struct login *login = self->work;

    (void)hash;
    self->password_ticket = 0;
    if (matches && login->is_known)
        session_begin(self, COOKIE_AGENT, session_claims(&login->found.account.items[0]), NULL,
                      answer_login);
    else
        exchange_refuse(self, 401, "invalid_credentials", "Login or password is wrong.");
}

/* The password is compared also when there is no such account, so that the
 * time does not tell. */
static void check_password(struct exchange *self, const struct login *login)
{
    const char *hash = login->is_known ? login->found.account.items[0].password_hash : NULL;

    self->password_ticket =
        passwords_check(self->ingress->passwords, input_text(&self->parameters, "password"),
                        hash ? hash : "", on_checked, self);
    if (self->password_ticket == 0)
        exchange_refuse(self, 503, "unavailable", "Too many people are logging in just now.");
}

static void on_account(struct exchange *self, enum message_id type, const void *answer)
{
    const struct request_refused *refused = answer;
    bool is_unknown = type == MESSAGE_request_refused && refused->status == 404;

    if (type != MESSAGE_account_found && !is_unknown) {
        exchange_failed(self, type, answer);
        return;
    }
    struct login *login = own_zero(sizeof(*login));
    if (!is_unknown)
        message_copy(&message_types[MESSAGE_account_found], &login->found, answer);
    login->is_known = login->found.account.count == 1;
    self->work = login;
    self->destroy_work = login_destroy;
    check_password(self, login);
}

/* The address comes first: guesses from one place do not lock out others. */
static bool may_try(struct exchange *self, const char *login)
{
    int64_t now = clock_monotonic_ms();

    return rate_allows(self->ingress->by_address, http_address(self->request), now) &&
           rate_allows(self->ingress->by_login, login, now);
}

void handle_login(struct exchange *self)
{
    const struct account_get *get = self->message;

    if (may_try(self, get->login))
        exchange_ask(self, on_account, ASK_MS);
    else
        exchange_refuse(self, 429, "too_many_attempts", "Too many attempts; try again later.");
}

/* ---- cs-logout ---- */

int fill_logout(struct exchange *self, void *message)
{
    struct token_revoke *revoke = message;

    revoke->expires_at = self->identity.token.expires_at;
    own_replace(&revoke->id_code, self->identity.id_code);
    return 0;
}

int shape_logout(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)answer;
    exchange_set_cookie(self, COOKIE_AGENT, "", 0);
    view_text(out, "null");
    return 0;
}

/* ---- userinfo ---- */

/* The order of contract C-20 and P-22; a token keeps its claims by name. */
static json_t *in_order(json_t *content)
{
    static const char *const names[] = {
        "login",       "personalCode", "authenticatedAs", "hash",       "firstName",
        "lastName",    "idCode",       "displayName",     "csaTitle",   "csaEmail",
        "authorities", "loggedInDate", "loginExpireDate", "authMethod", "fullName",
    };
    json_t *claims = json_object();

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (json_object_get(content, names[i]))
            json_object_set(claims, names[i], json_object_get(content, names[i]));
    json_object_update_missing(claims, content);
    return claims;
}

char *token_claims_text(const struct token *token)
{
    json_t *claims = in_order(token->content);

    json_object_set_new(claims, "JWTCreated", json_integer(token->issued_at));
    json_object_set_new(claims, "JWTExpirationTimestamp", json_integer(token->expires_at));
    char *text = json_dumps(claims, JSON_COMPACT);
    json_decref(claims);
    return text;
}

static void answer_text(struct exchange *self, const char *text)
{
    msgpack_sbuffer value;

    msgpack_sbuffer_init(&value);
    view_text(&value, text);
    exchange_done(self, &value);
    msgpack_sbuffer_destroy(&value);
}

static void answer_null(struct exchange *self)
{
    answer_text(self, "null");
}

static void answer_claims(struct exchange *self)
{
    char *text = token_claims_text(&self->identity.token);

    answer_text(self, text);
    free(text);
}

static void on_token_checked(struct exchange *self, enum message_id type, const void *answer)
{
    const struct request_refused *refused = answer;

    if (type == MESSAGE_command_done)
        answer_claims(self);
    else if (type == MESSAGE_request_refused && refused->status == 401)
        answer_null(self);
    else
        exchange_failed(self, type, answer);
}

/* These routes ask for a cookie that need not be there, so the identity is
 * read here (contract §3.4). */
static void show_if_good(struct exchange *self, bool is_read)
{
    struct token_check *check = self->message;

    if (!is_read) {
        answer_null(self);
        return;
    }
    memcpy(check->token_id, self->identity.token.token_id, UUID_SIZE);
    if (self->identity.kind == IDENTITY_AGENT) {
        own_replace(&check->caller, self->identity.id_code);
        check->caller_roles = ROLES_ANY;
    }
    exchange_ask(self, on_token_checked, ASK_MS);
}

void handle_agent_info(struct exchange *self)
{
    const struct ingress *ingress = self->ingress;
    char why[WHY_MAX];

    show_if_good(self, identity_read(&self->identity, IDENTITY_AGENT, ingress->key, ingress->issuer,
                                     http_cookie(self->request, COOKIE_AGENT), clock_wall_ms(),
                                     why) == 0);
}

/* A person's token is told from the others by the personal code it names. */
void handle_user_info(struct exchange *self)
{
    const struct ingress *ingress = self->ingress;
    const char *text = http_cookie(self->request, COOKIE_USER);
    struct token *token = &self->identity.token;
    char why[WHY_MAX];

    show_if_good(self, text &&
                           token_verify(ingress->key, ingress->issuer, text, clock_wall_ms(), token,
                                        why) == 0 &&
                           json_object_get(token->content, "personalCode"));
}
