#include "sessions.h"

#include <czmq.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "roles.h"

enum {
    TOKEN_SIZE = 4096,
    DIGEST_SIZE = 32,
    IDLE_MS = 300000, /* a session without streams is remembered so long, and twice at most */
};

struct sessions {
    const char *issuer;
    struct session_hooks hooks;
    struct timers *deadlines; /* on the wall clock */
    struct token_key *key;
    struct roles *roles;
    zhashx_t *by_digest;   /* sessions; the keys are inside them */
    zhashx_t *by_token_id; /* the same */
    zhashx_t *revoked;     /* struct revoked by token id, inside it */
    struct link revocations;
    struct link idle; /* sessions without streams, longest first */
    size_t idle_count;
    size_t idle_limit;
    int64_t idle_round; /* when the idle ones are looked through next */
};

struct revoked {
    struct revocation revocation;
    struct link place;
};

static zhashx_t *hash_of_own_keys(void)
{
    zhashx_t *hash = zhashx_new();

    zhashx_set_key_duplicator(hash, NULL);
    zhashx_set_key_destructor(hash, NULL);
    return hash;
}

struct sessions *sessions_new(const char *issuer, size_t limit, const struct session_hooks *hooks)
{
    struct sessions *self = own_zero(sizeof(*self));

    self->issuer = issuer;
    self->hooks = *hooks;
    self->deadlines = timers_new();
    self->roles = roles_new();
    self->idle_limit = limit;
    self->by_digest = hash_of_own_keys();
    self->by_token_id = hash_of_own_keys();
    self->revoked = hash_of_own_keys();
    link_init(&self->revocations);
    link_init(&self->idle);
    return self;
}

static void forget_revocations(struct sessions *self, int64_t now)
{
    for (struct link *at = self->revocations.next, *next; at != &self->revocations; at = next) {
        struct revoked *revoked = LINK_OWNER(at, struct revoked, place);
        next = at->next;
        if (revoked->revocation.expires_at > now)
            continue;
        zhashx_delete(self->revoked, revoked->revocation.token_id);
        link_remove(at);
        free(revoked);
    }
}

static bool has_streams(const struct session *session)
{
    return !link_is_alone(&session->streams);
}

static void drop(struct sessions *self, struct session *session)
{
    link_remove(&session->place);
    timers_cancel(self->deadlines, &session->deadline);
    zhashx_delete(self->by_digest, session->digest);
    if (zhashx_lookup(self->by_token_id, session->token_id) == session)
        zhashx_delete(self->by_token_id, session->token_id);
    free(session->id_code);
    free(session);
}

static void drop_idle(struct sessions *self, struct session *session)
{
    self->idle_count--;
    drop(self, session);
}

/* Who is idle at two rounds has been so for a whole one. */
static void forget_idle(struct sessions *self)
{
    for (struct link *at = self->idle.next, *next; at != &self->idle; at = next) {
        struct session *session = LINK_OWNER(at, struct session, place);
        next = at->next;
        if (session->was_idle)
            drop_idle(self, session);
        else
            session->was_idle = true;
    }
}

void sessions_forget(struct sessions *self, int64_t now)
{
    forget_revocations(self, now);
    if (now < self->idle_round && now > self->idle_round - 2L * IDLE_MS)
        return; /* else the clock was set back */
    self->idle_round = now + IDLE_MS;
    forget_idle(self);
}

void sessions_destroy(struct sessions **self_p)
{
    struct sessions *self = *self_p;
    struct session *session;

    if (!self)
        return;
    while ((session = zhashx_first(self->by_digest)))
        drop(self, session);
    forget_revocations(self, INT64_MAX);
    timers_destroy(&self->deadlines);
    roles_destroy(&self->roles);
    zhashx_destroy(&self->by_digest);
    zhashx_destroy(&self->by_token_id);
    zhashx_destroy(&self->revoked);
    token_key_destroy(&self->key);
    free(self);
    *self_p = NULL;
}

void sessions_set_key(struct sessions *self, struct token_key *key)
{
    token_key_destroy(&self->key);
    self->key = key;
}

bool sessions_has_key(const struct sessions *self)
{
    return self->key != NULL;
}

static void make_digest(char hex[65], enum identity_kind kind, struct span token)
{
    unsigned char digest[DIGEST_SIZE];

    if (EVP_Digest(token.text, token.size, digest, NULL, EVP_sha256(), NULL) != 1)
        abort(); /* out of memory */
    for (int i = 0; i < DIGEST_SIZE; i++)
        snprintf(hex + (size_t)i * 2, 3, "%02x", digest[i]);
    /* A token of one kind is none of the other, so the kind is part of the
     * key; a digit of 4 bits can give way for it. */
    hex[0] = kind == IDENTITY_AGENT ? 'A' : 'E';
}

static void make_idle(struct sessions *self, struct session *session)
{
    link_append(&self->idle, &session->place);
    if (++self->idle_count > self->idle_limit)
        drop_idle(self, LINK_OWNER(self->idle.next, struct session, place));
}

static void end(struct session *session, enum session_end how)
{
    struct sessions *self = session->sessions;

    session->is_over = true;
    if (has_streams(session))
        self->hooks.on_over(self->hooks.self, session, how);
    else
        drop_idle(self, session);
}

static void on_deadline(void *arg)
{
    struct session *session = arg;
    struct sessions *self = session->sessions;

    if (session->is_ending) {
        end(session, SESSION_EXPIRED);
        return;
    }
    session->is_ending = true;
    timers_set(self->deadlines, &session->deadline, session->expires_at);
    if (has_streams(session))
        self->hooks.on_ending(self->hooks.self, session);
}

static void set_deadline(struct session *session, int64_t now)
{
    int64_t warning = session->expires_at - SESSION_WARNING_MS;

    session->is_ending = warning <= now;
    session->deadline = (struct timer){.on_time = on_deadline, .self = session};
    timers_set(session->sessions->deadlines, &session->deadline,
               session->is_ending ? session->expires_at : warning);
}

static struct session *add(struct sessions *self, const struct identity *identity,
                           const char *digest, int64_t now)
{
    struct session *session = own_zero(sizeof(*session));

    session->sessions = self;
    memcpy(session->token_id, identity->token.token_id, UUID_SIZE);
    memcpy(session->chat_id, identity->chat_id, UUID_SIZE);
    memcpy(session->digest, digest, sizeof(session->digest));
    session->kind = identity->kind;
    session->roles = identity->roles;
    session->id_code = own_copy(identity->id_code);
    session->expires_at = identity->token.expires_at;
    link_init(&session->streams);
    link_init(&session->place);
    zhashx_insert(self->by_digest, session->digest, session);
    zhashx_insert(self->by_token_id, session->token_id, session);
    make_idle(self, session);
    set_deadline(session, now);
    return session;
}

static struct session *verify(struct sessions *self, enum identity_kind kind, struct span token,
                              const char *digest, int64_t now)
{
    struct identity identity;
    struct session *session = NULL;
    char text[TOKEN_SIZE];
    char why[WHY_MAX];

    memcpy(text, token.text, token.size);
    text[token.size] = '\0';
    if (identity_read(&identity, kind, self->key, self->issuer, text, now, why) == -1)
        return NULL;
    if (!zhashx_lookup(self->revoked, identity.token.token_id))
        session = add(self, &identity, digest, now);
    identity_clear(&identity);
    return session;
}

struct session *sessions_find(struct sessions *self, enum identity_kind kind, struct span token,
                              int64_t now)
{
    char digest[65];

    if (!self->key || !token.text || token.size >= TOKEN_SIZE)
        return NULL;
    make_digest(digest, kind, token);
    struct session *session = zhashx_lookup(self->by_digest, digest);
    if (!session)
        return verify(self, kind, token, digest, now);
    return session->is_over || session->expires_at <= now ? NULL : session;
}

void session_join(struct sessions *self, struct session *session, struct link *stream)
{
    if (!has_streams(session)) {
        self->idle_count--;
        link_remove(&session->place);
        session->was_idle = false;
    }
    link_append(&session->streams, stream);
}

void session_leave(struct sessions *self, struct session *session, struct link *stream)
{
    link_remove(stream);
    if (has_streams(session))
        return;
    if (session->is_over) {
        drop(self, session);
        return;
    }
    make_idle(self, session);
}

void sessions_revoke(struct sessions *self, const struct revocation *revocation)
{
    if (!zhashx_lookup(self->revoked, revocation->token_id)) {
        struct revoked *revoked = own_zero(sizeof(*revoked));
        revoked->revocation = *revocation;
        link_init(&revoked->place);
        link_append(&self->revocations, &revoked->place);
        zhashx_insert(self->revoked, revoked->revocation.token_id, revoked);
    }
    struct session *session = zhashx_lookup(self->by_token_id, revocation->token_id);
    if (session && !session->is_over)
        end(session, SESSION_REVOKED);
}

unsigned session_roles(const struct session *session)
{
    return roles_now(session->sessions->roles, session->id_code, session->roles);
}

static bool has_lost_role(const struct session *session)
{
    return session->kind == IDENTITY_AGENT && !session->is_over && has_streams(session) &&
           !(session_roles(session) & ROLES_ANSWERING);
}

/* Ending one may free another that is idle, so the search begins anew. */
static struct session *find_without_role(struct sessions *self, const char *id_code)
{
    for (struct session *session = zhashx_first(self->by_digest); session;
         session = zhashx_next(self->by_digest))
        if (has_lost_role(session) && strcmp(session->id_code, id_code) == 0)
            return session;
    return NULL;
}

void sessions_set_roles(struct sessions *self, const char *id_code, const struct role_list *roles,
                        int64_t seq)
{
    struct session *session;

    if (!roles_set(self->roles, id_code, roles, seq))
        return;
    while ((session = find_without_role(self, id_code)))
        self->hooks.on_over(self->hooks.self, session, SESSION_ROLE_LOST);
}

void sessions_restart_roles(struct sessions *self)
{
    roles_restart(self->roles);
}

void sessions_expire(struct sessions *self, int64_t now)
{
    timers_run(self->deadlines, now);
}

int64_t sessions_next(const struct sessions *self)
{
    return timers_next(self->deadlines);
}
