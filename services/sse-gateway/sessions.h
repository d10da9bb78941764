/* sessions.h - who the cookies say is there, and for how long.
 *
 * Today's clients open 15 to 20 streams a chat with the same cookie, so a
 * token is verified once and remembered by its SHA-256. chat-state is asked once
 * whether the token is a good one; from then on the events tell, as long as
 * they are followed without a gap (sessions_recheck). The streams of a session
 * hang on it: when it is about to expire, expires or is revoked, they are told,
 * and likewise when its account loses the roles that the streams of agents are
 * for. When its token is extended, it goes on under the new one. Each session has one deadline, on
 * the clock of the tokens. Pure but for the check of a signature; now is wall milliseconds. */
#ifndef SESSIONS_H
#define SESSIONS_H

#include "identity.h"
#include "link.h"
#include "schema.h"
#include "span.h"
#include "timers.h"

enum { SESSION_WARNING_MS = 60000 }; /* before its token expires */

struct sessions;

struct session {
    struct sessions *sessions;
    struct timer deadline; /* wall milliseconds: of the warning, then of the end */
    char token_id[UUID_SIZE];
    char chat_id[UUID_SIZE]; /* of an end user, else "" */
    enum identity_kind kind;
    unsigned roles;      /* of the token */
    char *id_code;       /* of an agent; owned */
    int64_t expires_at;  /* wall milliseconds */
    struct link streams; /* of struct connection, by of_session */
    struct link place;   /* among those without streams that were confirmed */
    struct link waiting; /* for the owner of the hooks: who waits to hear whether it is good */
    struct link asking;  /* likewise: its place among the questions */
    int64_t renewed_at;  /* its token was extended then, and digest is of the old one; else 0 */
    bool is_ending;      /* the warning is due, or was */
    bool is_over;
    bool is_confirmed; /* chat-state said that it is good */
    bool is_asked;     /* chat-state is to say so, again */
    bool was_idle;     /* at the last round of sessions_forget */
    char digest[65];   /* of the token's text, in hex; "": of none */
};

enum session_end { SESSION_EXPIRED, SESSION_REVOKED, SESSION_ROLE_LOST };

/* What happens to a session; called with self. */
struct session_hooks {
    /* chat-state is to be asked about token_id, as it is when it is asked;
     * session_confirm or session_deny is to be called then, and until then the
     * session stays. */
    void (*ask)(void *self, struct session *session);
    /* The answer is here: who waits can go on. */
    void (*on_known)(void *self, struct session *session);
    /* Of one that has streams: they are to leave it and join the other one. */
    void (*on_moved)(void *self, struct session *session, struct session *to);
    /* Likewise has streams, and its time is almost up. */
    void (*on_ending)(void *self, struct session *session);
    /* Its right has ended: its streams are to leave it, which may free it. */
    void (*on_over)(void *self, struct session *session, enum session_end end);
    void *self;
};

/* limit: most sessions without a stream that are remembered. Until there is
 * a key, no token is good. */
struct sessions *sessions_new(const char *issuer, size_t limit, const struct session_hooks *hooks);
void sessions_destroy(struct sessions **self);

/* Takes the key over. */
void sessions_set_key(struct sessions *self, struct token_key *key);
bool sessions_has_key(const struct sessions *self);

/* Returns the session of this token, good at now as far as is known; or NULL.
 * Nobody may join it before it is confirmed. */
struct session *sessions_find(struct sessions *self, enum identity_kind kind, struct span token,
                              int64_t now);

/* Returns the roles that the token gives and its account still has. */
unsigned session_roles(const struct session *session);

/* An account has these roles as of the event seq: streams that need others
 * end, though the token may be good for them again one day. */
void sessions_set_roles(struct sessions *self, const char *id_code, const struct role_list *roles,
                        int64_t seq);

/* The roles that are told next count, whatever their seq (roles_restart). */
void sessions_restart_roles(struct sessions *self);

/* A stream joins or leaves a session. */
void session_join(struct sessions *self, struct session *session, struct link *stream);
void session_leave(struct sessions *self, struct session *session, struct link *stream);

/* The token is not good any more, here or anywhere. */
void sessions_revoke(struct sessions *self, const char *token_id);

/* Another token is in the place of this one, for the same person: its streams
 * go on. */
void sessions_extend(struct sessions *self, const char *token_id, const struct issuance *issuance,
                     int64_t now);

/* What chat-state said of a session that it was asked about: it is good, or
 * not. The session may be gone afterwards. */
void session_confirm(struct session *session);
void session_deny(struct session *session);

/* Events may have been missed: asks about every token again. Its streams go on
 * meanwhile. */
void sessions_recheck(struct sessions *self);

/* Warns and ends the sessions whose time is up. */
void sessions_expire(struct sessions *self, int64_t now);

/* Returns when there is something to expire next, INT64_MAX for never. */
int64_t sessions_next(const struct sessions *self);

/* Forgets sessions that have had no stream for five minutes, or ten at most. */
void sessions_forget(struct sessions *self, int64_t now);

#endif
