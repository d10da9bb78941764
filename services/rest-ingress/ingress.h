/* ingress.h - what all requests share: settings, key, services, limits. */
#ifndef INGRESS_H
#define INGRESS_H

#include "caller.h"
#include "configuration_sync.h"
#include "cookie.h"
#include "establishments.h"
#include "http.h"
#include "passwords.h"
#include "rate.h"
#include "service.h"
#include "token.h"

enum {
    ANSWER_MS = 5000,      /* a request is answered within this, if only with 504 */
    ASK_MS = 6000,         /* a service may take longer than that: the request's deadline decides */
    ATTEMPTS = 10,         /* to log in, a window, for one login */
    ADDRESS_ATTEMPTS = 60, /* likewise from one address, which many may share */
    CHAT_CHANGES = 60,     /* of what an end user says of its chat, a window, for one chat */
    WINDOW_MS = 60 * 1000,
};

enum service_id { SERVICE_CHAT_STATE, SERVICE_WAITING_TIME, SERVICE_HEALTH, SERVICE_COUNT };

struct exchange;
struct shared;

struct ingress {
    struct frame *frame;
    struct http_server *server;
    struct caller *services[SERVICE_COUNT];
    struct shared *shared[SERVICE_COUNT]; /* the newest that may be joined */
    struct token_key *key;
    struct passwords *passwords;
    struct jobs *pdfs;                    /* struct pdf, transcript_pdf.h */
    struct fetch *fetch;                  /* NULL: nobody else is asked */
    struct establishments establishments; /* who chats are forwarded to; mostly none */
    struct fetch *institutions;           /* asks those; NULL: there are none */
    struct signers *signers;              /* NULL: no token from elsewhere is taken */
    struct rate *by_login, *by_address, *by_chat;
    struct exchange *exchanges; /* on their way; linked */
    char *openapi;              /* the document of all routes; owned */
    bool draining;              /* takes no more requests */
    zsock_t *events;            /* of chat-state, for log.head alone */
    struct configuration configuration;
    struct configuration_sync configuration_sync; /* which brings it */
    struct timer last_call;                       /* ends a drain that takes too long */

    /* settings */
    struct cookie_rules cookies;
    const char *issuer;
    const char *generate_from; /* addresses, with commas between */
    const char *allowed_origins;
    int64_t session_ms; /* from the configuration, or from the setting while nobody has set it */
    int64_t default_session_ms;
};

#endif
