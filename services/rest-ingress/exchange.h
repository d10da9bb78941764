/* exchange.h - one request, from its arrival to its answer. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "ingress.h"
#include "routes.h"

typedef void on_exchange_answer(struct exchange *self, enum message_id type, const void *answer);

/* A question that is on its way to a service. */
struct attempt {
    struct exchange *exchange;
    uint64_t ticket; /* 0: none */
};

/* Called with the text of a token that is recorded, and set as a cookie. */
typedef void on_session(struct exchange *self, const char *token);

/* A token that is being recorded. */
struct session {
    char *token; /* its text; owned */
    const char *cookie;
    int64_t lives_ms;
    on_session *then;
};

struct exchange {
    struct ingress *ingress;
    struct http_request *request;
    const struct route *route; /* NULL: there is no such route */
    size_t route_index;        /* of its row; one more than the last for none */
    unsigned methods;          /* of the name that was used */
    enum envelope envelope;    /* likewise */
    struct identity identity;  /* of the route's kind */
    struct parameters parameters;
    struct refusal refusal;
    enum message_id type; /* of message: route->message, until exchange_turn_to */
    void *message;        /* owned; NULL: nothing is asked */
    void *work;           /* what a handler keeps, and how it is released */
    void (*destroy_work)(void *work);

    /* what it waits for */
    struct timer deadline;
    struct caller *caller;
    struct attempt attempts[2]; /* one, and the same again */
    struct shared *shared;      /* the question it shares (share.h); NULL: none */
    struct exchange *next_sharer, *previous_sharer;
    struct timer again; /* when it is asked again */
    int64_t timeout_ms;
    uint64_t password_ticket; /* 0: nothing */
    struct session session;   /* that is about to begin (tokens.c) */
    on_exchange_answer *then;

    struct exchange *previous, *next; /* in ingress->exchanges */
};

/* Takes a request (http.h on_request; self is a struct ingress). */
void exchange_begin(void *self, struct http_request *request);

/* Adds the headers that every answer has (http.h before_answer; self is a
 * struct ingress). */
void exchange_add_headers(void *self, struct http_request *request);

/* Forgets all that are on their way, unanswered. */
void exchange_forget_all(struct ingress *ingress);

/* Awaits no answer of a service any more. */
void exchange_unask(struct exchange *self);

/* ---- for handlers; every call below but exchange_ask ends the exchange,
 * which is gone afterwards ---- */

/* Sends self->message to the service that takes it; then is called with
 * the answer within timeout_ms; chat-state may be asked twice (ask.c). The message stays owned by
 * the exchange, and may be changed and sent again. */
void exchange_ask(struct exchange *self, on_exchange_answer *then, int64_t timeout_ms);

/* Puts another message in the place of self->message: zeroed, but for a new
 * command_id and message_id. Returns it, lent. Does not end. */
void *exchange_turn_to(struct exchange *self, enum message_id type);

/* Answers 200 with value (JSON, lent) in the envelope. */
void exchange_done(struct exchange *self, const msgpack_sbuffer *value);

/* Answers 200 with a body as it is. */
void exchange_send(struct exchange *self, const char *content_type, const char *body);

/* The same with any bytes, lent. */
void exchange_send_bytes(struct exchange *self, const char *content_type,
                         const msgpack_sbuffer *body);

/* Answers with the status and the JSON that somebody else gave, lent. */
void exchange_relay(struct exchange *self, int status, const char *body, size_t size);

/* Answers with an error. code and sentence are lent. */
void exchange_refuse(struct exchange *self, int status, const char *code, const char *sentence);

/* Answers with the error that a service gave; or 500 for a type of answer
 * that was not expected. */
void exchange_failed(struct exchange *self, enum message_id type, const void *answer);

/* Does what route->shape says, and answers. */
void exchange_shape(struct exchange *self, const void *answer);

/* Adds Set-Cookie to the answer. 0 seconds clear it. Does not end. */
void exchange_set_cookie(struct exchange *self, const char *name, const char *value,
                         int64_t seconds);

#endif
