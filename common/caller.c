#include "caller.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "metrics.h"
#include "own.h"
#include "uuid.h"
#include "watch.h"

enum { AWAY_MS = 5000 }; /* longer than a restart takes, or a twin that takes over */

struct caller {
    zloop_t *loop;
    struct timers *timers;
    zsock_t *sock;
    zmq_pollitem_t item; /* its descriptor */
    struct timer look;   /* for answers that came while something was sent */
    bool is_reading;
    size_t limit;
    uint64_t last_ticket;
    zhashx_t *by_ticket; /* every question, which it owns */
    zhashx_t *in_flight; /* those that were sent, by request_id */
};

struct question {
    struct caller *caller;
    uint64_t ticket;
    char request_id[UUID_SIZE];
    bool sent; /* and its answer may still come */
    on_answer *then;
    void *context;
    struct timer timer; /* its deadline; at once for one that was not sent */
};

static struct metric timed_out = {
    "kratt_questions_timed_out", METRIC_COUNTER, "Questions not answered in time.", NULL, 0, NULL};
static struct metric unavailable = {
    "kratt_questions_unavailable",
    METRIC_COUNTER,
    "Questions not sent, or lost with the connection: no peer, or too many in flight.",
    NULL,
    0,
    NULL};
static struct metric unexpected = {"kratt_answers_unexpected",
                                   METRIC_COUNTER,
                                   "Answers that were late, or to no question.",
                                   NULL,
                                   0,
                                   NULL};

static size_t hash_ticket(const void *ticket)
{
    return (size_t)(*(const uint64_t *)ticket * 0x9e3779b97f4a7c15U);
}

static int compare_tickets(const void *a, const void *b)
{
    return *(const uint64_t *)a != *(const uint64_t *)b;
}

/* Takes the question out of the books; the caller frees it. */
static void question_end(struct question *self)
{
    struct caller *caller = self->caller;

    timers_cancel(caller->timers, &self->timer);
    zhashx_delete(caller->in_flight, self->request_id);
    zhashx_delete(caller->by_ticket, &self->ticket);
}

/* The books are closed first, so that the callback may ask again. */
static void question_answer(struct question *self, enum message_id type, const void *answer)
{
    question_end(self);
    self->then(self->context, type, answer);
    free(self);
}

static void give_up(void *arg)
{
    struct question *self = arg;
    static char timeout_sentence[] = "The service behind this did not answer in time.";
    static char unavailable_sentence[] = "The service behind this cannot be reached now.";
    static char timeout_code[] = "timeout";
    static char unavailable_code[] = "unavailable";
    struct request_refused answer = {
        .status = self->sent ? 504 : 503,
        .code = self->sent ? timeout_code : unavailable_code,
        .sentence = self->sent ? timeout_sentence : unavailable_sentence,
    };

    memcpy(answer.request_id, self->request_id, UUID_SIZE);
    if (self->sent)
        timed_out.value++;
    else
        unavailable.value++;
    question_answer(self, MESSAGE_request_refused, &answer);
}

static void take_answer(struct caller *self, enum message_id type, const void *answer)
{
    const char *request_id = message_text(&message_types[type], answer, "request_id");
    struct question *question = zhashx_lookup(self->in_flight, request_id);

    if (!question) {
        unexpected.value++;
        log_debug("answer dropped", "message", message_types[type].wire);
        return;
    }
    question_answer(question, type, answer);
}

/* Any message may be an answer, and a handler is not told which message it
 * got; so there is one for each. */
#define MESSAGE(name, wire, doc, ...)                                                              \
    static void on_##name(void *self, const zframe_t *peer, const void *message)                   \
    {                                                                                              \
        (void)peer;                                                                                \
        take_answer(self, MESSAGE_##name, message);                                                \
    }
#include "messages.def"
#undef MESSAGE

static const struct handler handlers[] = {
#define MESSAGE(name, wire, doc, ...) {MESSAGE_##name, on_##name},
#include "messages.def"
#undef MESSAGE
    {MESSAGE_COUNT, NULL},
};

static void read_answers(void *arg)
{
    struct caller *self = arg;

    self->is_reading = true;
    while (bus_dispatch(self->sock, handlers, self))
        ;
    self->is_reading = false;
}

/* The loop has the descriptor and not the socket, which it would ask at every
 * turn by several system calls. It tells that something is new, and only once:
 * all is read then, and after each sending, which may take note of what is new
 * as well. */
static int on_readable(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct caller *self = arg;

    (void)loop;
    (void)item;
    timers_begin(self->timers);
    read_answers(self);
    timers_end(self->timers);
    return 0;
}

/* The answers went with the connection, but for those that libzmq still has.
 * It is told from the timers, as who is told may ask again. */
static void on_lost(void *arg)
{
    struct caller *self = arg;
    int64_t now = clock_monotonic_ms();

    read_answers(self);
    for (struct question *question = zhashx_first(self->in_flight); question;
         question = zhashx_next(self->in_flight)) {
        question->sent = false;
        timers_set(self->timers, &question->timer, now);
    }
    zhashx_purge(self->in_flight);
}

static void make_books(struct caller *self)
{
    self->by_ticket = zhashx_new();
    zhashx_set_key_hasher(self->by_ticket, hash_ticket);
    zhashx_set_key_comparator(self->by_ticket, compare_tickets);
    self->in_flight = zhashx_new();
    /* The keys are inside the questions. */
    zhashx_set_key_duplicator(self->by_ticket, NULL);
    zhashx_set_key_destructor(self->by_ticket, NULL);
    zhashx_set_key_duplicator(self->in_flight, NULL);
    zhashx_set_key_destructor(self->in_flight, NULL);
}

static int read_from(struct caller *self, zloop_t *loop)
{
    self->item = (zmq_pollitem_t){.fd = zsock_fd(self->sock), .events = ZMQ_POLLIN};
    if (zloop_poller(loop, &self->item, on_readable, self) == -1)
        return -1;
    zloop_poller_set_tolerant(loop, &self->item);
    self->loop = loop;
    timers_set(self->timers, &self->look, TIMERS_SOON); /* it tells of what comes after */
    return 0;
}

struct caller *caller_new(zloop_t *loop, struct timers *timers, const char *endpoint, size_t limit)
{
    struct caller *self = own_zero(sizeof(*self));

    metrics_add(&timed_out);
    metrics_add(&unavailable);
    metrics_add(&unexpected);
    self->timers = timers;
    self->limit = limit;
    make_books(self);
    self->sock = bus_open(ZMQ_DEALER, BUS_CONNECT, endpoint);
    self->look = (struct timer){.on_time = read_answers, .self = self};
    if (!self->sock || read_from(self, loop) == -1) {
        caller_destroy(&self);
        return NULL;
    }
    watch_tell(self->sock, on_lost, self);
    return self;
}

void caller_destroy(struct caller **self_p)
{
    struct caller *self = *self_p;
    struct question *question;

    if (!self)
        return;
    while ((question = zhashx_first(self->by_ticket))) {
        question_end(question);
        free(question);
    }
    if (self->loop) {
        watch_tell(self->sock, NULL, NULL);
        zloop_poller_end(self->loop, &self->item);
    }
    timers_cancel(self->timers, &self->look);
    zsock_destroy(&self->sock);
    zhashx_destroy(&self->by_ticket);
    zhashx_destroy(&self->in_flight);
    free(self);
    *self_p = NULL;
}

/* A question has this many parts; a struct would only move them to every caller. */
/* NOLINTNEXTLINE(readability-function-size) */
uint64_t caller_ask(struct caller *self, enum message_id type, void *message, int64_t timeout_ms,
                    on_answer *then, void *context)
{
    struct question *question = own_zero(sizeof(*question));
    int64_t now = clock_monotonic_ms();

    question->caller = self;
    question->ticket = ++self->last_ticket;
    question->then = then;
    question->context = context;
    question->timer.on_time = give_up;
    question->timer.self = question;
    uuid_make(question->request_id);
    message_set_text(&message_types[type], message, "request_id", question->request_id);
    question->sent = zhashx_size(self->in_flight) < self->limit &&
                     bus_send(self->sock, NULL, type, message) == 0;
    zhashx_insert(self->by_ticket, &question->ticket, question);
    if (question->sent)
        zhashx_insert(self->in_flight, question->request_id, question);
    if (!self->is_reading && !self->look.place)
        timers_set(self->timers, &self->look, TIMERS_SOON);
    timers_set(self->timers, &question->timer, question->sent ? now + timeout_ms : now);
    return question->ticket;
}

bool caller_is_away(const struct caller *self)
{
    return watch_lonely_ms(self->sock) > AWAY_MS;
}

void caller_forget(struct caller *self, uint64_t ticket)
{
    struct question *question = zhashx_lookup(self->by_ticket, &ticket);

    if (!question)
        return;
    question_end(question);
    free(question);
}
