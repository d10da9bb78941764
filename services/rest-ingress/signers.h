/* signers.h - the keys of whoever signs JWTTOKEN, the token of a person who
 * has logged in elsewhere (contract §5.1): from a file, or from a server.
 *
 * They are read at the start, every hour, and when a token names a key that is
 * not known, but then once a minute at most. When they cannot be read, the old
 * ones stay. */
#ifndef SIGNERS_H
#define SIGNERS_H

#include "fetch.h"
#include "jwks.h"
#include "timers.h"

enum { SIGNERS_PAUSE_MS = 60 * 1000, SIGNERS_RENEW_MS = 60 * 60 * 1000, SIGNERS_SIZE = 64 * 1024 };

struct signers;

/* Someone with a token of which the key may be known soon. */
struct signers_wait {
    void (*then)(void *self);
    void *self;
    struct signers_wait *next, **place; /* place: NULL while it does not wait */
};

/* source: the path of a JWK set, or its https URL; issuer: iss of the tokens.
 * All are lent. Returns NULL after logging: the file has no keys, or it is a
 * URL of another kind. A server that does not answer is asked again. */
struct signers *signers_new(struct timers *timers, struct fetch *fetch, const char *source,
                            const char *issuer);

/* Forgets those who wait, without calling back. */
void signers_destroy(struct signers **self);

/* Whether it is worth waiting with the check of this token. If so, wait->then
 * is called later, from the loop. */
bool signers_await(struct signers *self, const char *text, struct signers_wait *wait);

/* Waits no more. Safe when it does not wait. */
void signers_leave(struct signers_wait *wait);

/* As token_verify. */
int signers_verify(const struct signers *self, const char *text, int64_t now, struct token *token,
                   char why[WHY_MAX]);

#endif
