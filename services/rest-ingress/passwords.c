#include "passwords.h"

#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "password.h"

/* Belongs to the loop, but while the actor works on it: the pointer goes to
 * the actor and comes back, and nobody else looks at the job in between. */
struct job {
    uint64_t ticket;
    char *password;
    char *known; /* the hash to compare with; NULL: make one */
    char *made;
    bool matches;
    on_password *then; /* NULL: forgotten */
    void *context;
    struct job *next;
};

struct passwords {
    zloop_t *loop;
    zactor_t *actor;
    struct job *first; /* the one the actor has, then those that wait */
    size_t count, limit;
    uint64_t last_ticket;
};

static void job_destroy(struct job **place)
{
    struct job *job = *place;

    explicit_bzero(job->password, strlen(job->password));
    free(job->password);
    free(job->known);
    free(job->made);
    free(job);
    *place = NULL;
}

/* ---- in the actor ---- */

static void job_do(struct job *job)
{
    if (job->known)
        job->matches = password_matches(job->password, job->known);
    else
        job->made = password_hash(job->password);
}

/* A message is a pointer to a job, or $TERM. */
static void run_actor(zsock_t *pipe, void *arguments)
{
    zframe_t *frame;

    (void)arguments;
    zsock_signal(pipe, 0);
    while ((frame = zframe_recv(pipe)) && !zframe_streq(frame, "$TERM")) {
        void *job;
        memcpy(&job, zframe_data(frame), sizeof(void *));
        zframe_destroy(&frame);
        job_do(job);
        zstr_send(pipe, "DONE"); /* no signal: zactor_destroy would take it for the end */
    }
    zframe_destroy(&frame);
}

/* ---- in the loop ---- */

static void start_first(struct passwords *self)
{
    void *job = self->first;

    if (job) {
        zframe_t *frame = zframe_new(&job, sizeof(void *));
        zframe_send(&frame, self->actor, 0);
    }
}

static int on_done(zloop_t *loop, zsock_t *pipe, void *arguments)
{
    struct passwords *self = arguments;
    struct job *job = self->first;
    char *word = zstr_recv(pipe);

    (void)loop;
    zstr_free(&word);
    if (!job)
        return 0;
    self->first = job->next;
    self->count--;
    start_first(self);
    if (job->then)
        job->then(job->context, job->matches, job->made ? job->made : "");
    job_destroy(&job);
    return 0;
}

static uint64_t add(struct passwords *self, struct job job)
{
    struct job **place = &self->first;

    if (self->count >= self->limit)
        return 0;
    while (*place)
        place = &(*place)->next;
    *place = own_zero(sizeof(job));
    **place = job;
    (*place)->password = own_copy(job.password);
    (*place)->known = job.known ? own_copy(job.known) : NULL;
    (*place)->ticket = ++self->last_ticket;
    if (++self->count == 1)
        start_first(self);
    return self->last_ticket;
}

struct passwords *passwords_new(zloop_t *loop, size_t limit)
{
    struct passwords *self = own_zero(sizeof(*self));

    self->loop = loop;
    self->limit = limit;
    self->actor = zactor_new(run_actor, NULL);
    zloop_reader(loop, zactor_sock(self->actor), on_done, self);
    return self;
}

void passwords_destroy(struct passwords **self)
{
    struct passwords *passwords = *self;

    *self = NULL;
    if (!passwords)
        return;
    zloop_reader_end(passwords->loop, zactor_sock(passwords->actor));
    zactor_destroy(&passwords->actor);
    while (passwords->first) {
        struct job *job = passwords->first;
        passwords->first = job->next;
        job_destroy(&job);
    }
    free(passwords);
}

uint64_t passwords_check(struct passwords *self, const char *password, const char *hash,
                         on_password *then, void *context)
{
    return add(self, (struct job){.password = (char *)password,
                                  .known = (char *)hash,
                                  .then = then,
                                  .context = context});
}

uint64_t passwords_hash(struct passwords *self, const char *password, on_password *then,
                        void *context)
{
    return add(self, (struct job){.password = (char *)password, .then = then, .context = context});
}

void passwords_forget(struct passwords *self, uint64_t ticket)
{
    for (struct job *job = self->first; job; job = job->next)
        if (job->ticket == ticket)
            job->then = NULL;
}
