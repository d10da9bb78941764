#include "checks.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "gateway.h"
#include "own.h"

enum { AT_A_TIME = 1000, ANSWER_MS = 5000, PAUSE_MS = 200, REFUSED = 401 };

struct checks {
    struct gateway *gateway;
    struct link queue; /* sessions that are to be asked about, by asking */
    struct link sent;  /* checks that are on their way */
    int asked;         /* so many */
    struct timer again;
};

/* A question, and the token it is about: the session's may be another one by
 * the time of the answer. */
struct check {
    struct checks *checks;
    struct session *session;
    struct link place;
    char token_id[UUID_SIZE];
};

static void on_time(void *arg)
{
    struct checks *self = arg;

    reactor_turn(self->gateway->reactor);
    checks_run(self);
}

struct checks *checks_new(struct gateway *gateway)
{
    struct checks *self = own_zero(sizeof(*self));

    self->gateway = gateway;
    self->again = (struct timer){.on_time = on_time, .self = self};
    link_init(&self->queue);
    link_init(&self->sent);
    return self;
}

static void forget(struct check *check)
{
    link_remove(&check->place);
    check->checks->asked--;
    free(check);
}

void checks_destroy(struct checks **self)
{
    if (!*self)
        return;
    timers_cancel(frame_timers((*self)->gateway->frame), &(*self)->again);
    while (!link_is_alone(&(*self)->queue))
        link_remove((*self)->queue.next);
    for (struct link *at = (*self)->sent.next, *next; at != &(*self)->sent; at = next) {
        next = at->next;
        forget(LINK_OWNER(at, struct check, place));
    }
    free(*self);
    *self = NULL;
}

static bool is_refused(enum message_id type, const void *answer)
{
    const struct request_refused *refused = answer;

    return type == MESSAGE_request_refused && refused->status == REFUSED;
}

/* Returns whether the answer says something: an extended token is not good any
 * more, but the session is another one's by then. */
static bool is_final(const struct check *check, enum message_id type, const void *answer)
{
    return strcmp(check->token_id, check->session->token_id) == 0 &&
           (type == MESSAGE_command_done || is_refused(type, answer));
}

static void ask_again(struct checks *self, struct session *session)
{
    struct timers *timers = frame_timers(self->gateway->frame);

    link_append(&self->queue, &session->asking);
    if (!self->again.place)
        timers_set(timers, &self->again, clock_monotonic_ms() + PAUSE_MS);
}

static void on_checked(void *arg, enum message_id type, const void *answer)
{
    struct check *check = arg;
    struct checks *self = check->checks;
    struct session *session = check->session;
    bool is_known = is_final(check, type, answer);

    forget(check);
    reactor_turn(self->gateway->reactor);
    if (!is_known)
        ask_again(self, session);
    else if (type == MESSAGE_command_done)
        session_confirm(session);
    else
        session_deny(session);
    if (is_known)
        checks_run(self);
}

static void ask(struct checks *self, struct session *session)
{
    struct check *check = own_zero(sizeof(*check));
    struct token_check question = {.token_id = ""};

    *check = (struct check){.checks = self, .session = session};
    memcpy(check->token_id, session->token_id, UUID_SIZE);
    memcpy(question.token_id, session->token_id, UUID_SIZE);
    link_init(&check->place);
    link_append(&self->sent, &check->place);
    self->asked++;
    (void)caller_ask(self->gateway->commands, MESSAGE_token_check, &question, ANSWER_MS, on_checked,
                     check);
}

void checks_run(struct checks *self)
{
    while (sync_is_placed(self->gateway->sync) && self->asked < AT_A_TIME &&
           !link_is_alone(&self->queue)) {
        struct session *session = LINK_OWNER(self->queue.next, struct session, asking);
        link_remove(&session->asking);
        ask(self, session);
    }
}

void checks_add(struct checks *self, struct session *session)
{
    link_append(&self->queue, &session->asking);
    checks_run(self);
}
