/* ingress.h - what all requests share: settings, key, services, limits. */
#ifndef INGRESS_H
#define INGRESS_H

#include "caller.h"
#include "cookie.h"
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
    struct rate *by_login, *by_address;
    struct exchange *exchanges; /* on their way; linked */
    bool draining;              /* takes no more requests */
    struct timer probe;         /* asks chat-state until it has answered */
    struct timer last_call;     /* ends a drain that takes too long */

    /* settings */
    struct cookie_rules cookies;
    const char *issuer;
    const char *allowed_origins;
    int64_t session_ms;
};

#endif
