#include "fetch.h"

#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "own.h"
#include "transfer.h"

struct job {
    struct transfer transfer;
    uint64_t ticket;
    bool is_under_way; /* the actor has it */
    on_fetched *then;  /* NULL: forgotten */
    void *context;
    struct job *next;
};

struct fetch {
    zloop_t *loop;
    zactor_t *actor;
    struct fetch_limits limits;
    struct job *first; /* in the order they were asked */
    size_t count, under_way;
    uint64_t last_ticket;
};

static struct metric unasked = {"kratt_fetches_unasked",
                                METRIC_COUNTER,
                                "Questions to other servers: too many.",
                                NULL,
                                0,
                                NULL};
static struct metric unanswered = {"kratt_fetches_unanswered",
                                   METRIC_COUNTER,
                                   "Questions that another server left unanswered.",
                                   NULL,
                                   0,
                                   NULL};

/* ---- jobs ---- */

static char *copy_or_none(const char *text)
{
    return text ? own_copy(text) : NULL;
}

static void take_envelope(struct transfer *transfer, const struct fetch_envelope *envelope)
{
    transfer->from = own_copy(envelope->from);
    transfer->to = own_copy(envelope->to);
    transfer->user = own_copy(envelope->user);
    transfer->password = own_copy(envelope->password);
    transfer->needs_tls = envelope->needs_tls;
}

static struct job *job_new(const struct fetch_question *question)
{
    struct job *self = own_zero(sizeof(*self));

    self->transfer.url = own_copy(question->url);
    self->transfer.body = copy_or_none(question->body);
    for (size_t i = 0; i < FETCH_HEADERS; i++)
        self->transfer.headers[i] = copy_or_none(question->headers[i]);
    if (question->envelope)
        take_envelope(&self->transfer, question->envelope);
    return self;
}

static void job_destroy(struct job **place)
{
    struct job *self = *place;

    *place = NULL;
    free(self->transfer.url);
    free(self->transfer.body);
    for (size_t i = 0; i < FETCH_HEADERS; i++)
        free(self->transfer.headers[i]);
    free(self->transfer.from);
    free(self->transfer.to);
    free(self->transfer.user);
    free(self->transfer.password);
    free(self->transfer.answer);
    free(self);
}

static struct job *take_out(struct fetch *self, struct job **place)
{
    struct job *job = *place;

    *place = job->next;
    self->count--;
    self->under_way -= job->is_under_way;
    return job;
}

static void start_those_that_fit(struct fetch *self)
{
    for (struct job *job = self->first; job && self->under_way < self->limits.under_way;
         job = job->next) {
        if (job->is_under_way)
            continue;
        job->is_under_way = true;
        self->under_way++;
        transfer_send(zactor_sock(self->actor), &job->transfer);
    }
}

/* ---- answers ---- */

static void tell(const struct job *job)
{
    const struct transfer *transfer = &job->transfer;
    const struct fetch_answer answer = {.status = transfer->status,
                                        .body = transfer->answer ? transfer->answer : "",
                                        .size = transfer->answer_size,
                                        .why = transfer->why};

    unanswered.value += transfer->status == 0;
    if (job->then)
        job->then(job->context, &answer);
}

static int on_done(zloop_t *loop, zsock_t *pipe, void *arguments)
{
    struct fetch *self = arguments;
    struct job **place = &self->first;
    zframe_t *frame = zframe_recv(pipe);
    const struct transfer *transfer = frame ? transfer_of(frame) : NULL;

    (void)loop;
    zframe_destroy(&frame);
    while (*place && &(*place)->transfer != transfer)
        place = &(*place)->next;
    if (!*place)
        return 0;
    struct job *job = take_out(self, place);
    start_those_that_fit(self);
    tell(job);
    job_destroy(&job);
    return 0;
}

/* ---- the whole ---- */

struct fetch *fetch_new(zloop_t *loop, const struct fetch_limits *limits)
{
    struct fetch *self = own_zero(sizeof(*self));

    metrics_add(&unasked);
    metrics_add(&unanswered);
    transfers_open();
    self->loop = loop;
    self->limits = *limits;
    self->actor = zactor_new(transfers_run, &self->limits);
    zloop_reader(loop, zactor_sock(self->actor), on_done, self);
    return self;
}

void fetch_destroy(struct fetch **self_p)
{
    struct fetch *self = *self_p;

    *self_p = NULL;
    if (!self)
        return;
    zloop_reader_end(self->loop, zactor_sock(self->actor));
    zactor_destroy(&self->actor);
    while (self->first) {
        struct job *job = take_out(self, &self->first);
        job_destroy(&job);
    }
    transfers_close();
    free(self);
}

uint64_t fetch_ask(struct fetch *self, const struct fetch_question *question, on_fetched *then,
                   void *context)
{
    struct job **place = &self->first;

    if (self->count >= self->limits.under_way + self->limits.waiting) {
        unasked.value++;
        return 0;
    }
    for (size_t i = 0; i < FETCH_HEADERS; i++)
        /* The caller checks what it puts there. */
        assert(!question->headers[i] || !strpbrk(question->headers[i], "\r\n"));
    while (*place)
        place = &(*place)->next;
    *place = job_new(question);
    (*place)->then = then;
    (*place)->context = context;
    (*place)->ticket = ++self->last_ticket;
    self->count++;
    start_those_that_fit(self);
    return self->last_ticket;
}

/* One that waits makes room; one that is under way ends by itself. */
void fetch_forget(struct fetch *self, uint64_t ticket)
{
    struct job **place = &self->first;

    while (*place && (*place)->ticket != ticket)
        place = &(*place)->next;
    if (!*place)
        return;
    if ((*place)->is_under_way) {
        (*place)->then = NULL;
        return;
    }
    struct job *job = take_out(self, place);
    job_destroy(&job);
}
