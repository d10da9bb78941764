#include "share.h"

#include <stdlib.h>

#include "clock.h"
#include "own.h"

/* An older question is not joined: if it was lost, whoever comes later must not
 * wait for it. Many times what an answer takes. */
enum { JOIN_MS = 20 };

struct shared {
    struct shared **newest; /* where who may join finds it */
    struct caller *caller;
    uint64_t ticket;
    int64_t asked_at;
    struct exchange *first; /* who waits; linked */
};

bool share_is_common(const struct exchange *self)
{
    const struct waiting_get *waiting = self->message;

    switch (self->type) {
    case MESSAGE_health_get:
        return true;
    case MESSAGE_waiting_get:
        return *waiting->chat_id == '\0' && !waiting->all;
    default:
        return false;
    }
}

static void join(struct shared *self, struct exchange *exchange)
{
    exchange->shared = self;
    exchange->next_sharer = self->first;
    if (self->first)
        self->first->previous_sharer = exchange;
    self->first = exchange;
}

static void part(struct shared *self, struct exchange *exchange)
{
    if (exchange->next_sharer)
        exchange->next_sharer->previous_sharer = exchange->previous_sharer;
    if (exchange->previous_sharer)
        exchange->previous_sharer->next_sharer = exchange->next_sharer;
    else
        self->first = exchange->next_sharer;
    exchange->shared = NULL;
    exchange->next_sharer = exchange->previous_sharer = NULL;
}

static void shared_destroy(struct shared *self)
{
    if (*self->newest == self)
        *self->newest = NULL;
    free(self);
}

static void on_shared_answer(void *arguments, enum message_id type, const void *answer)
{
    struct shared *self = arguments;

    while (self->first) {
        struct exchange *exchange = self->first;
        part(self, exchange);
        exchange->then(exchange, type, answer);
    }
    shared_destroy(self);
}

void share_ask(struct exchange *self, enum service_id service)
{
    struct shared **newest = &self->ingress->shared[service];
    int64_t now = clock_monotonic_ms();

    if (*newest && now - (*newest)->asked_at < JOIN_MS) {
        join(*newest, self);
        return;
    }
    struct shared *shared = own_zero(sizeof(*shared));
    *shared = (struct shared){.newest = newest, .caller = self->caller, .asked_at = now};
    *newest = shared;
    join(shared, self);
    shared->ticket = caller_ask(self->caller, self->type, self->message, self->timeout_ms,
                                on_shared_answer, shared);
}

void share_leave(struct exchange *self)
{
    struct shared *shared = self->shared;

    if (!shared)
        return;
    part(shared, self);
    if (shared->first)
        return;
    caller_forget(shared->caller, shared->ticket);
    shared_destroy(shared);
}
