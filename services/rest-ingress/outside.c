/* Logging in with the token of a person who has logged in elsewhere: as the end
 * user of a chat (contract P-20, §2.2), or as an agent (C-18). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "handlers.h"
#include "own.h"
#include "person.h"
#include "signers.h"

/* Who logs in, from the cookie on. */
struct arrival {
    struct exchange *exchange;
    struct signers_wait wait; /* for the key of the token */
    struct token token;
    struct person person; /* lent by token */
    void (*then)(struct exchange *self, const struct arrival *arrival);
};

static void arrival_destroy(void *work)
{
    struct arrival *self = work;

    signers_leave(&self->wait);
    token_clear(&self->token);
    free(self);
}

/* ---- the token ---- */

static void check_token(void *arguments)
{
    struct arrival *self = arguments;
    struct exchange *exchange = self->exchange;
    char why[WHY_MAX];

    if (signers_verify(exchange->ingress->signers, http_cookie(exchange->request, COOKIE_PERSON),
                       clock_wall_ms(), &self->token, why) == -1 ||
        person_read(&self->person, &self->token, why) == -1)
        exchange_refuse(exchange, 401, "not_authenticated",
                        "There is no valid " COOKIE_PERSON " cookie.");
    else
        self->then(exchange, self);
}

/* The widget asks on each page load, whether anyone has logged in or not: that
 * has to be cheap (contract §5.5). */
static void arrive(struct exchange *self,
                   void (*then)(struct exchange *self, const struct arrival *arrival))
{
    struct signers *signers = self->ingress->signers;
    const char *text = http_cookie(self->request, COOKIE_PERSON);

    if (!text || !signers) {
        exchange_refuse(self, 401, text ? "not_configured" : "not_authenticated",
                        text ? "No keys of a log-in are set up here."
                             : "There is no " COOKIE_PERSON " cookie.");
        return;
    }
    struct arrival *arrival = own_zero(sizeof(*arrival));
    arrival->exchange = self;
    arrival->then = then;
    arrival->wait = (struct signers_wait){.then = check_token, .self = arrival};
    self->work = arrival;
    self->destroy_work = arrival_destroy;
    if (!signers_await(signers, text, &arrival->wait))
        check_token(arrival);
}

/* The token has done its work. What the answer shows is the same for all. */
static void on_begun(struct exchange *self, const char *token)
{
    (void)token;
    exchange_set_cookie(self, COOKIE_PERSON, "", 0);
    exchange_shape(self, NULL);
}

/* ---- login-with-tara-jwt ---- */

static void on_identified(struct exchange *self, enum message_id type, const void *answer)
{
    const struct arrival *arrival = self->work;

    if (type == self->route->answer)
        session_begin(self, COOKIE_USER, person_claims(&arrival->token), NULL, on_begun);
    else
        exchange_failed(self, type, answer);
}

/* The message is the seed's, to the letter. The token is spent with it. */
static void identify_end_user(struct exchange *self, const struct arrival *arrival)
{
    struct chat_identify *identify = self->message;

    own_replace(&identify->end_user_id, arrival->person.code);
    own_replace(&identify->end_user_first_name, arrival->person.first_name);
    own_replace(&identify->end_user_last_name, arrival->person.last_name);
    own_replace(&identify->event, "authentication_successful");
    own_replace(&identify->author_role, "backoffice-user");
    memcpy(identify->spent_id, arrival->token.token_id, UUID_SIZE);
    identify->spent_until = arrival->token.expires_at;
    exchange_ask(self, on_identified, ASK_MS);
}

void handle_person_arrives(struct exchange *self)
{
    arrive(self, identify_end_user);
}

/* ---- cs-login-with-tara-jwt ---- */

static void on_account(struct exchange *self, enum message_id type, const void *answer);

/* Accounts are known by the code with its country before it, or without. */
static bool may_have_another_code(const struct exchange *self, const struct arrival *arrival)
{
    const struct account_get *get = self->message;

    return strcmp(get->id_code, arrival->person.code) == 0 &&
           strncmp(arrival->person.code, "EE", 2) != 0;
}

static void ask_with_country(struct exchange *self, const struct arrival *arrival)
{
    struct account_get *get = self->message;
    char code[2 + PERSON_CODE_SIZE + 1];

    snprintf(code, sizeof(code), "EE%s", arrival->person.code);
    own_replace(&get->id_code, code);
    exchange_ask(self, on_account, ASK_MS);
}

static void refuse_stranger(struct exchange *self)
{
    exchange_refuse(self, 403, "account_not_found", "This person has no account here.");
}

/* An account without a role may do nothing. */
static void admit(struct exchange *self, const struct account_found *found)
{
    const struct account *account = &found->account.items[0];
    const struct arrival *arrival = self->work;

    if (account->roles.count == 0)
        refuse_stranger(self);
    else
        session_begin(self, COOKIE_AGENT, session_claims(account), &arrival->token, on_begun);
}

static void on_account(struct exchange *self, enum message_id type, const void *answer)
{
    const struct request_refused *refused = answer;

    if (type == self->route->answer)
        admit(self, answer);
    else if (type != MESSAGE_request_refused || refused->status != 404)
        exchange_failed(self, type, answer);
    else if (may_have_another_code(self, self->work))
        ask_with_country(self, self->work);
    else
        refuse_stranger(self);
}

static void find_account(struct exchange *self, const struct arrival *arrival)
{
    struct account_get *get = self->message;

    own_replace(&get->id_code, arrival->person.code);
    exchange_ask(self, on_account, ASK_MS);
}

void handle_agent_arrives(struct exchange *self)
{
    arrive(self, find_account);
}
