#include "estimate.h"

#include <assert.h>
#include <stdlib.h>

#include "own.h"

/* So that no sum of waits and no position times a wait overflows. */
static const int64_t wait_max = 100LL * 365 * 24 * 3600 * 1000;

struct estimate {
    int64_t *waits; /* a ring of the last waits */
    int64_t window; /* its size */
    int64_t count;  /* waits in it */
    int64_t next;   /* where the next one goes */
    int64_t sum;
};

struct estimate *estimate_new(int64_t window)
{
    assert(window > 0);
    struct estimate *self = own_zero(sizeof(*self));
    self->waits = own_zero((size_t)window * sizeof(*self->waits));
    self->window = window;
    return self;
}

void estimate_destroy(struct estimate **self)
{
    if (*self)
        free((*self)->waits);
    free(*self);
    *self = NULL;
}

void estimate_add(struct estimate *self, int64_t wait_ms)
{
    if (wait_ms < 0)
        wait_ms = 0;
    if (wait_ms > wait_max)
        wait_ms = wait_max;
    self->sum += wait_ms - self->waits[self->next];
    self->waits[self->next] = wait_ms;
    self->next = (self->next + 1) % self->window;
    if (self->count < self->window)
        self->count++;
}

int64_t estimate_seconds(const struct estimate *self)
{
    int64_t unit = self->count * 1000;

    return unit ? (self->sum + unit / 2) / unit : 0;
}
