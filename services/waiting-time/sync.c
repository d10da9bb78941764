#include "sync.h"

#include "clock.h"
#include "follow.h"
#include "follower.h"
#include "log.h"
#include "own.h"

enum {
    PAGE_SIZE_ROWS = 1000, /* chats or events in an answer */
    EVENTS_ASIDE = 1000,   /* kept while an answer is awaited */
    ANSWER_MS = 5000,
    PAUSE_FIRST_MS = 100, /* before another try, doubled each time */
    PAUSE_MAX_MS = 5000,
};

struct sync {
    struct sync_options options;
    struct follow *follow;
    struct model *model;   /* in use */
    struct model *next;    /* being read; NULL when it is in use */
    struct log_head at;    /* the log at the first page */
    int64_t newest;        /* what the newest answer had seen */
    int64_t waits_seq;     /* what the waits had seen */
    char after[UUID_SIZE]; /* the last chat of the page before */
    bool reading;          /* next is not whole yet */
    uint64_t ticket;       /* of the question that is not answered; 0: none */
    struct timer retry;
    int64_t pause_ms;
    int64_t applied;
    struct follower follower;
};

static void ask_page(struct sync *self);
static void follow_step(struct sync *self, enum follow_step step);

static void start(struct sync *self)
{
    const struct sync_options *options = &self->options;

    if (self->ticket)
        caller_forget(options->caller, self->ticket);
    self->ticket = 0;
    timers_cancel(options->timers, &self->retry);
    follow_reset(self->follow);
    model_destroy(&self->next);
    self->next = model_new(options->window, options->limit);
    self->after[0] = '\0';
    self->reading = true;
    self->newest = 0;
    ask_page(self);
}

static void on_retry(void *context)
{
    start(context);
}

static void retry_later(struct sync *self, const char *question)
{
    if (self->pause_ms == PAUSE_FIRST_MS)
        log_warn("chat-state does not answer", "question", question);
    timers_set(self->options.timers, &self->retry, clock_monotonic_ms() + self->pause_ms);
    self->pause_ms *= 2;
    if (self->pause_ms > PAUSE_MAX_MS)
        self->pause_ms = PAUSE_MAX_MS;
}

static void ask(struct sync *self, enum message_id type, void *message, on_answer *then)
{
    self->ticket = caller_ask(self->options.caller, type, message, ANSWER_MS, then, self);
}

static void on_waits(void *context, enum message_id type, const void *answer)
{
    struct sync *self = context;
    const struct waits_found *found = answer;

    self->ticket = 0;
    if (type != MESSAGE_waits_found) {
        retry_later(self, "waits.get");
        return;
    }
    model_take_waits(self->next, &found->waits);
    self->waits_seq = found->seq;
    if (found->seq > self->newest)
        self->newest = found->seq;
    self->reading = false;
    follow_step(self, follow_begin(self->follow, &self->at, self->newest, clock_monotonic_ms()));
}

static void ask_waits(struct sync *self)
{
    struct waits_get question = {.limit = self->options.window};

    ask(self, MESSAGE_waits_get, &question, on_waits);
}

static void take_page(struct sync *self, const struct chats_found *page)
{
    if (self->after[0] == '\0') {
        memcpy(self->at.log_id, page->log_id, UUID_SIZE);
        self->at.seq = page->seq;
    }
    self->newest = page->seq;
    for (size_t i = 0; i < page->chats.count; i++)
        model_take_chat(self->next, &page->chats.items[i]);
    if (page->chats.count)
        memcpy(self->after, page->chats.items[page->chats.count - 1].id, UUID_SIZE);
}

static void on_page(void *context, enum message_id type, const void *answer)
{
    struct sync *self = context;
    const struct chats_found *page = answer;

    self->ticket = 0;
    if (type != MESSAGE_chats_found) {
        retry_later(self, "chats.get");
        return;
    }
    if (self->after[0] && strcmp(page->log_id, self->at.log_id) != 0) {
        start(self);
        return;
    }
    take_page(self, page);
    if (page->more && page->chats.count)
        ask_page(self);
    else
        ask_waits(self);
}

static void ask_page(struct sync *self)
{
    struct chats_get question = {.limit = PAGE_SIZE_ROWS};

    memcpy(question.after, self->after, UUID_SIZE);
    ask(self, MESSAGE_chats_get, &question, on_page);
}

static void on_range(void *context, enum message_id type, const void *answer)
{
    struct sync *self = context;

    self->ticket = 0;
    if (type == MESSAGE_events_found)
        follow_step(self, follow_found(self->follow, answer, clock_monotonic_ms()));
    else
        follow_lost(self->follow, clock_monotonic_ms());
}

static void ask_range(struct sync *self)
{
    struct events_get question = {.after_seq = follow_position(self->follow),
                                  .limit = PAGE_SIZE_ROWS};

    ask(self, MESSAGE_events_get, &question, on_range);
}

/* The model that was read is put to use when it has seen all that its
 * answers had. */
static void use_next(struct sync *self)
{
    if (!self->next || self->reading || follow_position(self->follow) < self->newest)
        return;
    model_destroy(&self->model);
    self->model = self->next;
    self->next = NULL;
    self->pause_ms = PAUSE_FIRST_MS;
    log_info("in step with the event log", "seq", log_number(follow_position(self->follow)),
             "queue", log_number((long long)model_size(self->model)));
    self->options.on_change(self->options.self);
}

static void follow_step(struct sync *self, enum follow_step step)
{
    if (step == FOLLOW_RESTART) {
        log_warn("log read anew", "seq", log_number(follow_position(self->follow)));
        start(self);
        return;
    }
    if (step == FOLLOW_ASK)
        ask_range(self);
    use_next(self);
}

static void on_event(void *context, const struct event *event)
{
    struct sync *self = context;
    struct model *model = self->next ? self->next : self->model;
    bool changed = model_apply(model, event, event->seq <= self->waits_seq);

    self->applied++;
    if (changed && model == self->model)
        self->options.on_change(self->options.self);
}

/* What comes after the first page is needed still while the rest is read. */
static bool where(void *context, struct log_head *at)
{
    const struct sync *self = context;

    *at = self->at;
    if (!self->reading)
        at->seq = follow_position(self->follow);
    return *at->log_id;
}

struct sync *sync_new(const struct sync_options *options)
{
    struct sync *self = own_zero(sizeof(*self));

    self->options = *options;
    self->follow = follow_new(EVENTS_ASIDE, on_event, self);
    self->retry.on_time = on_retry;
    self->retry.self = self;
    self->pause_ms = PAUSE_FIRST_MS;
    start(self);
    follower_start(&self->follower, options->caller, options->timers, where, self);
    return self;
}

void sync_destroy(struct sync **self)
{
    if (!*self)
        return;
    if ((*self)->ticket)
        caller_forget((*self)->options.caller, (*self)->ticket);
    timers_cancel((*self)->options.timers, &(*self)->retry);
    follower_stop(&(*self)->follower);
    follow_destroy(&(*self)->follow);
    model_destroy(&(*self)->model);
    model_destroy(&(*self)->next);
    free(*self);
    *self = NULL;
}

void sync_event(struct sync *self, const struct event *event)
{
    follow_step(self, follow_event(self->follow, event, clock_monotonic_ms()));
}

void sync_head(struct sync *self, const struct log_head *head)
{
    follow_step(self, follow_head(self->follow, head, clock_monotonic_ms()));
}

const struct model *sync_model(const struct sync *self)
{
    return self->model;
}

int64_t sync_applied(const struct sync *self)
{
    return self->applied;
}

const struct follow_counts *sync_counts(const struct sync *self)
{
    return follow_counts(self->follow);
}
