#include "signers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "metrics.h"
#include "own.h"

struct signers {
    struct timers *timers;
    struct fetch *fetch;
    const char *source, *issuer;
    struct jwks *keys; /* NULL: none were read yet */
    bool is_failing;
    uint64_t ticket; /* of the question for newer keys; 0: none */
    int64_t may_ask_at;
    struct timer renewal;
    struct signers_wait *waiting;
};

static struct metric failures = {"kratt_signers_failed",
                                 METRIC_COUNTER,
                                 "Times that the keys of the log-in could not be read.",
                                 NULL,
                                 0,
                                 NULL};

static bool is_url(const char *source)
{
    return strstr(source, "://") != NULL;
}

/* ---- those who wait ---- */

static void join(struct signers *self, struct signers_wait *wait)
{
    wait->next = self->waiting;
    wait->place = &self->waiting;
    if (wait->next)
        wait->next->place = &wait->next;
    self->waiting = wait;
}

void signers_leave(struct signers_wait *wait)
{
    if (!wait->place)
        return;
    *wait->place = wait->next;
    if (wait->next)
        wait->next->place = wait->place;
    wait->place = NULL;
}

/* Whoever is told may end others that wait, but nobody comes to wait: there
 * was an answer just now. */
static void tell_all(struct signers *self)
{
    while (self->waiting) {
        struct signers_wait *wait = self->waiting;
        signers_leave(wait);
        wait->then(wait->self);
    }
}

/* ---- reading ---- */

static void note(struct signers *self, const char *why)
{
    bool has_failed = *why != '\0';

    failures.value += has_failed;
    if (has_failed && !self->is_failing)
        log_warn("the keys of the log-in cannot be read", "why", why);
    if (!has_failed && self->is_failing)
        log_info("the keys of the log-in can be read again");
    self->is_failing = has_failed;
}

/* Returns 0, or -1 with the reason in why; the old keys then stay. */
static int take(struct signers *self, const char *text, size_t size, char why[WHY_MAX])
{
    struct jwks *keys = jwks_new(text, size, why);

    if (!keys)
        return -1;
    jwks_destroy(&self->keys);
    self->keys = keys;
    return 0;
}

static int read_file(struct signers *self, char why[WHY_MAX])
{
    char text[SIGNERS_SIZE];
    FILE *file = fopen(self->source, "re");

    if (!file)
        return refuse(why, "%s: %s", self->source, strerror(errno));
    size_t size = fread(text, 1, sizeof(text), file);
    fclose(file);
    if (size == sizeof(text))
        return refuse(why, "%s is too long", self->source);
    return take(self, text, size, why);
}

static void on_keys(void *arguments, const struct fetch_answer *answer)
{
    struct signers *self = arguments;
    char why[WHY_MAX] = "";

    self->ticket = 0;
    if (answer->status == 200)
        (void)take(self, answer->body, answer->size, why);
    else if (answer->status)
        refuse(why, "the server says %d", answer->status);
    else
        refuse(why, "%s", answer->why);
    note(self, why);
    tell_all(self);
}

static void ask_server(struct signers *self)
{
    const struct fetch_question question = {.url = self->source};

    self->ticket = fetch_ask(self->fetch, &question, on_keys, self);
    if (!self->ticket)
        note(self, "too many questions to other servers");
}

static void renew(void *arguments)
{
    struct signers *self = arguments;
    char why[WHY_MAX] = "";

    timers_set(self->timers, &self->renewal, clock_monotonic_ms() + SIGNERS_RENEW_MS);
    if (is_url(self->source)) {
        if (!self->ticket)
            ask_server(self);
        return;
    }
    (void)read_file(self, why);
    note(self, why);
}

/* ---- the whole ---- */

struct signers *signers_new(struct timers *timers, struct fetch *fetch, const char *source,
                            const char *issuer)
{
    struct signers *self = own_zero(sizeof(*self));

    metrics_add(&failures);
    self->timers = timers;
    self->fetch = fetch;
    self->source = source;
    self->issuer = issuer;
    self->renewal = (struct timer){.on_time = renew, .self = self};
    if (is_url(source) && strncmp(source, "https://", strlen("https://")) != 0)
        log_error("the keys of the log-in have to come by https, or from a file");
    else
        renew(self);
    if (!self->keys && !self->ticket)
        signers_destroy(&self);
    return self;
}

void signers_destroy(struct signers **self_p)
{
    struct signers *self = *self_p;

    *self_p = NULL;
    if (!self)
        return;
    timers_cancel(self->timers, &self->renewal);
    if (self->ticket)
        fetch_forget(self->fetch, self->ticket);
    while (self->waiting)
        signers_leave(self->waiting);
    jwks_destroy(&self->keys);
    free(self);
}

/* ---- tokens ---- */

bool signers_await(struct signers *self, const char *text, struct signers_wait *wait)
{
    int64_t now = clock_monotonic_ms();

    if (!jwks_lacks(self->keys, text))
        return false;
    if (!self->ticket && now >= self->may_ask_at) {
        self->may_ask_at = now + SIGNERS_PAUSE_MS;
        renew(self);
    }
    if (self->ticket)
        join(self, wait);
    return self->ticket != 0;
}

int signers_verify(const struct signers *self, const char *text, int64_t now, struct token *token,
                   char why[WHY_MAX])
{
    return jwks_verify(self->keys, self->issuer, text, now, token, why);
}
