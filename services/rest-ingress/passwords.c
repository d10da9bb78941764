#include "passwords.h"

#include <stdlib.h>
#include <string.h>

#include "jobs.h"
#include "own.h"
#include "password.h"

struct passwords {
    struct jobs *jobs;
};

struct work {
    char *password;
    char *known; /* the hash to compare with; NULL: make one */
    char *made;
    bool matches;
    on_password *then;
};

static void work_destroy(void *work)
{
    struct work *self = work;

    explicit_bzero(self->password, strlen(self->password));
    free(self->password);
    free(self->known);
    free(self->made);
    free(self);
}

static void work_do(void *work)
{
    struct work *self = work;

    if (self->known)
        self->matches = password_matches(self->password, self->known);
    else
        self->made = password_hash(self->password);
}

static void on_done(void *context, void *work)
{
    const struct work *self = work;

    self->then(context, self->matches, self->made ? self->made : "");
}

struct passwords *passwords_new(zloop_t *loop, size_t limit)
{
    struct passwords *self = own_zero(sizeof(*self));

    self->jobs = jobs_new(loop, limit, work_do, work_destroy);
    return self;
}

void passwords_destroy(struct passwords **self)
{
    if (*self)
        jobs_destroy(&(*self)->jobs);
    free(*self);
    *self = NULL;
}

static struct work *work_new(const char *password, on_password *then)
{
    struct work *self = own_zero(sizeof(*self));

    self->password = own_copy(password);
    self->then = then;
    return self;
}

uint64_t passwords_check(struct passwords *self, const char *password, const char *hash,
                         on_password *then, void *context)
{
    struct work *work = work_new(password, then);

    work->known = own_copy(hash);
    return jobs_add(self->jobs, work, on_done, context);
}

uint64_t passwords_hash(struct passwords *self, const char *password, on_password *then,
                        void *context)
{
    return jobs_add(self->jobs, work_new(password, then), on_done, context);
}

void passwords_forget(struct passwords *self, uint64_t ticket)
{
    jobs_forget(self->jobs, ticket);
}
