/* jobs.h - work that blocks, done in an actor: one piece at a time, in the
 * order in which it came. */
#ifndef JOBS_H
#define JOBS_H

#include <czmq.h>

struct jobs;

/* Does a piece of work, in the actor: nobody else looks at it in between. */
typedef void do_job(void *work);

/* A piece of work is done; it is lent. Called from the loop. */
typedef void on_job(void *self, void *work);

/* limit: most that wait or run. destroy releases a piece of work. */
struct jobs *jobs_new(zloop_t *loop, size_t limit, do_job *perform, void (*destroy)(void *work));

/* Waits for what is being done. */
void jobs_destroy(struct jobs **self);

/* Takes work over, in any case. Returns a ticket, or 0 when there are too many
 * already. */
uint64_t jobs_add(struct jobs *self, void *work, on_job *then, void *context);

/* The outcome of this ticket is of no interest any more: what still waits is
 * not done. Safe when it is out. */
void jobs_forget(struct jobs *self, uint64_t ticket);

#endif
