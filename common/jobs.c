#include "jobs.h"

#include <stdlib.h>
#include <string.h>

#include "own.h"

/* Belongs to the loop; its work does, but while the actor is at it: the pointer
 * goes to the actor and comes back. */
struct job {
    uint64_t ticket;
    void *work;
    on_job *then; /* NULL: forgotten */
    void *context;
    struct job *next;
};

struct jobs {
    zloop_t *loop;
    zactor_t *actor;
    do_job *perform;
    void (*destroy)(void *work);
    struct job *first; /* the one the actor has, then those that wait */
    size_t count, limit;
    uint64_t last_ticket;
};

/* ---- in the actor ---- */

/* A message is a pointer to a piece of work, or $TERM. */
static void run_actor(zsock_t *pipe, void *arguments)
{
    const struct jobs *self = arguments;
    do_job *perform = self->perform;
    zframe_t *frame;

    zsock_signal(pipe, 0);
    while ((frame = zframe_recv(pipe)) && !zframe_streq(frame, "$TERM")) {
        void *work;
        memcpy(&work, zframe_data(frame), sizeof(void *));
        zframe_destroy(&frame);
        perform(work);
        zstr_send(pipe, "DONE"); /* no signal: zactor_destroy would take it for the end */
    }
    zframe_destroy(&frame);
}

/* ---- in the loop ---- */

/* Takes the job out and releases it. */
static void drop(struct jobs *self, struct job **place)
{
    struct job *job = *place;

    *place = job->next;
    self->count--;
    self->destroy(job->work);
    free(job);
}

static void start_first(struct jobs *self)
{
    if (self->first) {
        zframe_t *frame = zframe_new(&self->first->work, sizeof(void *));
        zframe_send(&frame, self->actor, 0);
    }
}

/* The next one is begun before this one is told, which may add others. */
static int on_done(zloop_t *loop, zsock_t *pipe, void *arguments)
{
    struct jobs *self = arguments;
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
        job->then(job->context, job->work);
    self->destroy(job->work);
    free(job);
    return 0;
}

struct jobs *jobs_new(zloop_t *loop, size_t limit, do_job *perform, void (*destroy)(void *work))
{
    struct jobs *self = own_zero(sizeof(*self));

    self->loop = loop;
    self->limit = limit;
    self->perform = perform;
    self->destroy = destroy;
    self->actor = zactor_new(run_actor, self);
    zloop_reader(loop, zactor_sock(self->actor), on_done, self);
    return self;
}

void jobs_destroy(struct jobs **self)
{
    struct jobs *jobs = *self;

    *self = NULL;
    if (!jobs)
        return;
    zloop_reader_end(jobs->loop, zactor_sock(jobs->actor));
    zactor_destroy(&jobs->actor);
    while (jobs->first)
        drop(jobs, &jobs->first);
    free(jobs);
}

uint64_t jobs_add(struct jobs *self, void *work, on_job *then, void *context)
{
    struct job **place = &self->first;

    if (self->count >= self->limit) {
        self->destroy(work);
        return 0;
    }
    while (*place)
        place = &(*place)->next;
    *place = own_zero(sizeof(**place));
    **place = (struct job){++self->last_ticket, work, then, context, NULL};
    if (++self->count == 1)
        start_first(self);
    return self->last_ticket;
}

void jobs_forget(struct jobs *self, uint64_t ticket)
{
    struct job **place = &self->first;

    while (*place && (*place)->ticket != ticket)
        place = &(*place)->next;
    if (!*place)
        return;
    if (*place == self->first)
        (*place)->then = NULL;
    else
        drop(self, place);
}
