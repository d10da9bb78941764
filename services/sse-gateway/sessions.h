/* sessions.h - who the cookies say is there, and for how long.
 *
 * Today's clients open 15 to 20 streams a chat with the same cookie, so a
 * token is verified once and remembered by its SHA-256. The streams of a
 * session hang on it: when it expires or is revoked, they are told. Pure but
 * for the check of a signature; now is wall milliseconds. */
#ifndef SESSIONS_H
#define SESSIONS_H

#include "identity.h"
#include "link.h"
#include "span.h"

struct sessions;

struct session {
    char token_id[UUID_SIZE];
    char chat_id[UUID_SIZE]; /* of an end user, else "" */
    enum identity_kind kind;
    unsigned roles;
    int64_t expires_at;  /* wall milliseconds */
    struct link streams; /* of struct connection, by of_session */
    struct link place;   /* among those with streams, or those without */
    bool is_over;
    char digest[65]; /* of the token's text, in hex */
};

/* limit: most sessions without a stream that are remembered. Until there is
 * a key, no token is good. */
struct sessions *sessions_new(const char *issuer, size_t limit);
void sessions_destroy(struct sessions **self);

/* Takes the key over. */
void sessions_set_key(struct sessions *self, struct token_key *key);
bool sessions_has_key(const struct sessions *self);

/* Returns the session of this token, good at now; or NULL. */
struct session *sessions_find(struct sessions *self, enum identity_kind kind, struct span token,
                              int64_t now);

/* A stream joins or leaves a session. */
void session_join(struct sessions *self, struct session *session, struct link *stream);
void session_leave(struct sessions *self, struct session *session, struct link *stream);

/* Called with a session that has streams and whose right has ended: they are
 * to leave it, which frees it. */
typedef void on_session_over(void *self, struct session *session);

/* The token is not good any more, here or anywhere; remembered until
 * expires_at. */
void sessions_revoke(struct sessions *self, const struct revocation *revocation,
                     on_session_over *over, void *context);

/* Ends the sessions whose time is up, and forgets revoked tokens that would
 * have expired anyway. */
void sessions_expire(struct sessions *self, int64_t now, on_session_over *over, void *context);

#endif
