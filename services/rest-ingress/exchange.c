#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "complete.h"
#include "cors.h"
#include "own.h"
#include "proxy.h"
#include "tally.h"

#define JSON_TYPE "application/json;charset=UTF-8"

/* ---- its life ---- */

static void link_in(struct exchange *self)
{
    self->next = self->ingress->exchanges;
    if (self->next)
        self->next->previous = self;
    self->ingress->exchanges = self;
}

static void unlink_from(struct exchange *self)
{
    if (self->next)
        self->next->previous = self->previous;
    if (self->previous)
        self->previous->next = self->next;
    else
        self->ingress->exchanges = self->next;
}

static void forget(struct exchange *self)
{
    struct ingress *ingress = self->ingress;

    timers_cancel(frame_timers(ingress->frame), &self->deadline);
    exchange_unask(self);
    if (self->password_ticket)
        passwords_forget(ingress->passwords, self->password_ticket);
    unlink_from(self);
    identity_clear(&self->identity);
    json_decref(self->parameters.body);
    if (self->message)
        message_clear(&message_types[self->type], self->message);
    free(self->message);
    free(self->session.token);
    if (self->destroy_work)
        self->destroy_work(self->work);
    free(self);
}

static void end(struct exchange *self)
{
    struct ingress *ingress = self->ingress;

    forget(self);
    if (ingress->draining && !ingress->exchanges)
        frame_end(ingress->frame);
}

void exchange_forget_all(struct ingress *ingress)
{
    for (struct exchange *next, *self = ingress->exchanges; self; self = next) {
        next = self->next;
        forget(self);
    }
}

/* ---- answering ---- */

/* What a preflight is told: GET and POST (contract R-14), and what else the path takes. */
static unsigned preflight_methods(const struct http_request *request)
{
    if (strcmp(http_method(request), "OPTIONS") != 0)
        return 0;
    return METHOD_READ | route_find(http_path(request), 0).methods;
}

void exchange_add_headers(void *self, struct http_request *request)
{
    const struct ingress *ingress = self;

    http_answer_header(request, "Cache-Control", "no-cache, no-store, must-revalidate");
    http_answer_header(request, "Pragma", "no-cache");
    http_answer_header(request, "Expires", "0");
    http_answer_header(request, "X-Content-Type-Options", "nosniff");
    cors_add(request, ingress->allowed_origins, preflight_methods(request));
}

static void send_answer(struct exchange *self, int status, const char *content_type,
                        const char *body, size_t size)
{
    exchange_add_headers(self->ingress, self->request);
    tally_count(self->route_index, status);
    http_answer(self->request, status, content_type, body, size);
    end(self);
}

void exchange_send(struct exchange *self, const char *content_type, const char *body)
{
    send_answer(self, 200, content_type, body, strlen(body));
}

void exchange_send_bytes(struct exchange *self, const char *content_type,
                         const msgpack_sbuffer *body)
{
    send_answer(self, 200, content_type, body->data, body->size);
}

void exchange_relay(struct exchange *self, int status, const char *body, size_t size)
{
    send_answer(self, status, JSON_TYPE, body, size);
}

void exchange_done(struct exchange *self, const msgpack_sbuffer *value)
{
    msgpack_sbuffer body;

    msgpack_sbuffer_init(&body);
    if (self->envelope == ENVELOPE_RESPONSE)
        answer_response(&body, value);
    else
        answer_data(&body, self->route->key, value);
    send_answer(self, 200, JSON_TYPE, body.data, body.size);
    msgpack_sbuffer_destroy(&body);
}

void exchange_refuse(struct exchange *self, int status, const char *code, const char *sentence)
{
    msgpack_sbuffer body;

    if (status == 503)
        http_answer_header(self->request, "Retry-After", "1");
    if (status == 429)
        http_answer_header(self->request, "Retry-After", "60");
    msgpack_sbuffer_init(&body);
    answer_error(&body, self->envelope, code, sentence);
    send_answer(self, status, JSON_TYPE, body.data, body.size);
    msgpack_sbuffer_destroy(&body);
}

/* Answers with self->refusal. */
static void send_refusal(struct exchange *self)
{
    struct refusal refusal = self->refusal;

    exchange_refuse(self, refusal.status, refusal.code, refusal.sentence);
}

void exchange_failed(struct exchange *self, enum message_id type, const void *answer)
{
    const struct request_refused *refused = answer;

    if (type != MESSAGE_request_refused || refused->status < 400 || refused->status > 599)
        exchange_refuse(self, 500, "internal_error",
                        "A service gave an answer that makes no sense.");
    else
        exchange_refuse(self, (int)refused->status, refused->code, refused->sentence);
}

void exchange_shape(struct exchange *self, const void *answer)
{
    msgpack_sbuffer value;

    msgpack_sbuffer_init(&value);
    if (self->route->shape(self, answer, &value) < 0)
        send_refusal(self);
    else
        exchange_done(self, &value);
    msgpack_sbuffer_destroy(&value);
}

void exchange_set_cookie(struct exchange *self, const char *name, const char *value,
                         int64_t seconds)
{
    char *cookie = cookie_make(&self->ingress->cookies, name, value, seconds);

    http_answer_header(self->request, "Set-Cookie", cookie);
    free(cookie);
}

/* ---- asking ---- */

void *exchange_turn_to(struct exchange *self, enum message_id type)
{
    if (self->message)
        message_clear(&message_types[self->type], self->message);
    free(self->message);
    self->type = type;
    self->message = own_zero(message_types[type].size);
    complete_ids(self);
    return self->message;
}

static void shape_what_came(struct exchange *self, enum message_id type, const void *answer)
{
    if (type == self->route->answer)
        exchange_shape(self, answer);
    else
        exchange_failed(self, type, answer);
}

/* ---- the checks, in order; each returns 0, or -1 with the refusal filled ---- */

static int check_draining(struct exchange *self)
{
    if (self->ingress->draining)
        return refuse_with(&self->refusal, 503, "unavailable", "This server is ending.");
    return 0;
}

static int check_route(struct exchange *self)
{
    struct route_match match =
        route_find(http_path(self->request), method_named(http_method(self->request)));

    self->route = match.route;
    self->route_index = match.index;
    self->methods = match.methods;
    self->envelope = match.envelope;
    self->parameters.path_value = match.tail;
    if (!self->route)
        return refuse_with(&self->refusal, 404, "unknown_route", "There is no such route.");
    self->parameters.path_name = route_parameter(self->route);
    return 0;
}

static int check_method(struct exchange *self)
{
    char allowed[METHODS_SIZE];

    if (self->methods & method_named(http_method(self->request)))
        return 0;
    methods_name(self->methods, allowed);
    http_answer_header(self->request, "Allow", allowed);
    return refuse_with(&self->refusal, 405, "method_not_allowed",
                       "This route does not take this method.");
}

static bool may_come_from_there(const struct exchange *self)
{
    const char *allowed = self->ingress->allowed_origins;

    if (strcmp(http_method(self->request), "GET") != 0)
        return cors_may_write(self->request, allowed);
    return !self->route->guards_get || cors_may_write_by_get(self->request, allowed);
}

static int check_origin(struct exchange *self)
{
    if (!may_come_from_there(self))
        return refuse_with(&self->refusal, 403, "origin_not_allowed",
                           "Pages of this origin may not write here.");
    return 0;
}

static bool is_known(struct exchange *self, enum identity_kind who)
{
    const struct ingress *ingress = self->ingress;
    const char *text =
        http_cookie(self->request, who == IDENTITY_END_USER ? COOKIE_CHAT : COOKIE_AGENT);
    char why[WHY_MAX];

    return identity_read(&self->identity, who, ingress->key, ingress->issuer, text, clock_wall_ms(),
                         why) == 0;
}

static int check_identity(struct exchange *self)
{
    enum identity_kind who = self->route->who;
    bool may_be_agent = who == IDENTITY_END_USER && self->route->roles;

    if (who == IDENTITY_NONE)
        return 0;
    if (!is_known(self, who) && !(may_be_agent && is_known(self, IDENTITY_AGENT)))
        return refuse_with(&self->refusal, 401, "not_authenticated", "There is no valid %s cookie.",
                           who == IDENTITY_END_USER ? COOKIE_CHAT : COOKIE_AGENT);
    if (self->identity.kind == IDENTITY_AGENT && !(self->identity.roles & self->route->roles))
        return refuse_with(&self->refusal, 403, "role_not_allowed",
                           "None of your roles may do this.");
    return 0;
}

static const char *query(const void *request, const char *name)
{
    return http_query(request, name);
}

static int check_body(struct exchange *self)
{
    return input_parse(http_body(self->request), http_body_size(self->request),
                       http_header(self->request, "Content-Type"), &self->parameters.body,
                       &self->refusal);
}

static int check_inputs(struct exchange *self)
{
    struct parameters *parameters = &self->parameters;

    parameters->query = query;
    parameters->query_self = self->request;
    parameters->own_chat = self->identity.chat_id;
    self->type = self->route->message;
    if (self->type)
        self->message = own_zero(message_types[self->type].size);
    return input_decode(self->route->inputs, parameters, &message_types[self->route->message],
                        self->message, &self->refusal);
}

/* Who asks for what. */
static int check_caller(struct exchange *self)
{
    static int (*const checks[])(struct exchange *) = {
        check_route, check_draining, check_method, check_origin, check_identity, check_body,
    };

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
        if (checks[i](self) < 0)
            return -1;
    return 0;
}

static int check_question(struct exchange *self)
{
    if (check_inputs(self) < 0 || complete_message(self) < 0)
        return -1;
    return self->route->fill ? self->route->fill(self, self->message) : 0;
}

/* ---- arriving ---- */

static void on_token_checked(struct exchange *self, enum message_id type, const void *answer)
{
    if (type == MESSAGE_command_done)
        send_refusal(self);
    else
        exchange_failed(self, type, answer);
}

/* Whose token is not good, or whose account may not do this any more, learns
 * that, and not what else is wrong: chat-state says so of what it is asked, and
 * so is asked of what it would never see. */
static void refuse_whom(struct exchange *self)
{
    if (self->identity.kind == IDENTITY_NONE || self->refusal.status >= 500) {
        send_refusal(self);
        return;
    }
    (void)exchange_turn_to(self, MESSAGE_token_check);
    complete_caller(self);
    exchange_ask(self, on_token_checked, ASK_MS);
}

static void on_deadline(void *arguments)
{
    exchange_refuse(arguments, 504, "timeout", "The answer did not come in time.");
}

static void begin_here(struct exchange *self)
{
    if (check_question(self) < 0)
        refuse_whom(self);
    else if (self->route->handle)
        self->route->handle(self);
    else
        exchange_ask(self, shape_what_came, ASK_MS);
}

void exchange_begin(void *self, struct http_request *request)
{
    struct exchange *exchange = own_zero(sizeof(*exchange));

    exchange->ingress = self;
    exchange->request = request;
    exchange->deadline = (struct timer){.on_time = on_deadline, .self = exchange};
    link_in(exchange);
    timers_set(frame_timers(exchange->ingress->frame), &exchange->deadline,
               clock_monotonic_ms() + ANSWER_MS);
    if (check_caller(exchange) < 0)
        refuse_whom(exchange);
    else if (proxy_concerns(exchange))
        proxy_ask(exchange);
    else
        begin_here(exchange);
}
