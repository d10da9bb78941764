#include "sessions.h"

#include <czmq.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "renewals.h"
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
    struct renewals *renewals;
    zhashx_t *by_digest;   /* sessions; the keys are inside them */
    zhashx_t *by_token_id; /* the same: all of them */
    struct link idle;      /* sessions without streams that were confirmed, longest first */
    size_t idle_count;
    size_t idle_limit;
    int64_t idle_round; /* when the idle ones are looked through next */
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
    self->renewals = renewals_new();
    self->idle_limit = limit;
    self->by_digest = hash_of_own_keys();
    self->by_token_id = hash_of_own_keys();
    link_init(&self->idle);
    return self;
}

static bool has_streams(const struct session *session)
{
    return !link_is_alone(&session->streams);
}

/* It is not found by this text any more. */
static void drop_digest(struct sessions *self, struct session *session)
{
    if (*session->digest)
        zhashx_delete(self->by_digest, session->digest);
    session->digest[0] = '\0';
}

static void set_digest(struct sessions *self, struct session *session, const char *digest)
{
    drop_digest(self, session);
    memcpy(session->digest, digest, sizeof(session->digest));
    zhashx_insert(self->by_digest, session->digest, session);
    session->renewed_at = 0;
}

static void drop(struct sessions *self, struct session *session)
{
    link_remove(&session->place);
    timers_cancel(self->deadlines, &session->deadline);
    drop_digest(self, session);
    zhashx_delete(self->by_token_id, session->token_id);
    free(session->id_code);
    free(session);
}

static void leave_idle(struct sessions *self, struct session *session)
{
    self->idle_count -= !link_is_alone(&session->place);
    link_remove(&session->place);
}

static void drop_idle(struct sessions *self, struct session *session)
{
    leave_idle(self, session);
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
    renewals_forget(self->renewals, now);
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
    while ((session = zhashx_first(self->by_token_id)))
        drop(self, session);
    renewals_destroy(&self->renewals);
    timers_destroy(&self->deadlines);
    roles_destroy(&self->roles);
    zhashx_destroy(&self->by_digest);
    zhashx_destroy(&self->by_token_id);
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

/* A session without streams waits until it is needed again; one that is asked
 * about stays as it is until the answer. */
static void settle(struct sessions *self, struct session *session)
{
    if (has_streams(session) || session->is_asked)
        return;
    if (session->is_over)
        drop_idle(self, session);
    else if (link_is_alone(&session->place))
        make_idle(self, session);
}

/* Its streams leave it, and it may be gone then. */
static void end(struct session *session, enum session_end how)
{
    struct sessions *self = session->sessions;

    session->is_over = true;
    if (has_streams(session))
        self->hooks.on_over(self->hooks.self, session, how);
    else
        settle(self, session);
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

    timers_cancel(session->sessions->deadlines, &session->deadline);
    session->is_ending = warning <= now;
    session->deadline = (struct timer){.on_time = on_deadline, .self = session};
    timers_set(session->sessions->deadlines, &session->deadline,
               session->is_ending ? session->expires_at : warning);
}

static void ask(struct session *session)
{
    struct sessions *self = session->sessions;

    if (session->is_asked)
        return;
    leave_idle(self, session);
    session->is_asked = true;
    self->hooks.ask(self->hooks.self, session);
}

static struct session *add(struct sessions *self, const struct identity *identity, int64_t now)
{
    struct session *session = own_zero(sizeof(*session));

    session->sessions = self;
    memcpy(session->token_id, identity->token.token_id, UUID_SIZE);
    memcpy(session->chat_id, identity->chat_id, UUID_SIZE);
    session->kind = identity->kind;
    session->roles = identity->roles;
    session->id_code = own_copy(identity->id_code);
    session->expires_at = identity->token.expires_at;
    link_init(&session->streams);
    link_init(&session->place);
    link_init(&session->waiting);
    link_init(&session->asking);
    zhashx_insert(self->by_token_id, session->token_id, session);
    set_deadline(session, now);
    ask(session);
    return session;
}

/* The token may have come in another text, or under the one it had before it
 * was extended. */
static struct session *find_or_add(struct sessions *self, struct identity *identity,
                                   const char *digest, int64_t now)
{
    struct token *token = &identity->token;
    struct renewal by;
    bool is_old = renewals_find(self->renewals, token->token_id, now, &by);

    if (is_old) {
        memcpy(token->token_id, by.token_id, UUID_SIZE);
        token->expires_at = by.expires_at;
    }
    struct session *session = zhashx_lookup(self->by_token_id, token->token_id);
    if (!session)
        session = add(self, identity, now);
    if (!is_old)
        set_digest(self, session, digest);
    return session->kind == identity->kind && !session->is_over ? session : NULL;
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
    session = find_or_add(self, &identity, digest, now);
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
    if (session && session->renewed_at && now >= session->renewed_at + RENEWAL_GRACE_MS) {
        drop_digest(self, session);
        session = NULL;
    }
    if (!session)
        return verify(self, kind, token, digest, now);
    return session->is_over || session->expires_at <= now ? NULL : session;
}

void session_join(struct sessions *self, struct session *session, struct link *stream)
{
    leave_idle(self, session);
    session->was_idle = false;
    link_append(&session->streams, stream);
}

void session_leave(struct sessions *self, struct session *session, struct link *stream)
{
    link_remove(stream);
    settle(self, session);
}

void sessions_revoke(struct sessions *self, const char *token_id)
{
    struct session *session = zhashx_lookup(self->by_token_id, token_id);

    if (session && !session->is_over)
        end(session, SESSION_REVOKED);
}

/* ---- what chat-state says ---- */

/* While those who wait are served it stays as it is, good or over. */
static void conclude(struct session *session)
{
    struct sessions *self = session->sessions;

    self->hooks.on_known(self->hooks.self, session);
    session->is_asked = false;
    settle(self, session);
}

void session_confirm(struct session *session)
{
    session->is_confirmed = true;
    conclude(session);
}

/* It is asked about, and so stays until this is concluded. */
void session_deny(struct session *session)
{
    const struct session_hooks *hooks = &session->sessions->hooks;
    bool was_over = session->is_over;

    session->is_over = true;
    if (!was_over && has_streams(session))
        hooks->on_over(hooks->self, session, SESSION_REVOKED);
    conclude(session);
}

void sessions_recheck(struct sessions *self)
{
    for (struct link *at = self->idle.next, *next; at != &self->idle; at = next) {
        next = at->next;
        drop_idle(self, LINK_OWNER(at, struct session, place));
    }
    for (struct session *session = zhashx_first(self->by_token_id); session;
         session = zhashx_next(self->by_token_id))
        ask(session);
}

/* ---- a token in the place of another ---- */

static void rename_session(struct sessions *self, struct session *session,
                           const struct issuance *issuance, int64_t now)
{
    zhashx_delete(self->by_token_id, session->token_id);
    memcpy(session->token_id, issuance->token_id, UUID_SIZE);
    zhashx_insert(self->by_token_id, session->token_id, session);
    session->expires_at = issuance->expires_at;
    session->renewed_at = now;
    set_deadline(session, now);
}

void sessions_extend(struct sessions *self, const char *token_id, const struct issuance *issuance,
                     int64_t now)
{
    struct session *session = zhashx_lookup(self->by_token_id, token_id);
    struct session *other = zhashx_lookup(self->by_token_id, issuance->token_id);

    renewals_add(self->renewals, token_id, issuance, now);
    if (!session || session->is_over || session == other)
        return;
    if (!other) {
        rename_session(self, session, issuance, now);
        return;
    }
    /* The new cookie was here before the news of it. */
    if (has_streams(session))
        self->hooks.on_moved(self->hooks.self, session, other);
    session = zhashx_lookup(self->by_token_id, token_id);
    if (session)
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
    for (struct session *session = zhashx_first(self->by_token_id); session;
         session = zhashx_next(self->by_token_id))
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
