/* ask.c - puts an exchange's question to its service, and to chat-state once
 * more when there is reason to: a chat-state that was killed and comes back
 * costs a client no more than a wait.
 *
 * - No answer for RESEND_MS: what was asked may be lost, or its answer. It is
 *   asked again, once; whichever answer comes first counts.
 * - It could not be sent, or the connection ended: it is tried again after
 *   PAUSE_MS, as long as there is time for an answer; unless chat-state has been
 *   out of reach for so long that nobody should wait for it (caller.h).
 *
 * A command that is sent again says so (may_repeat), and takes effect once. */
#include <string.h>

#include "clock.h"
#include "share.h"

enum { RESEND_MS = 1500, PAUSE_MS = 200, LEAST_MS = 300 };

static bool may_ask_again(const struct exchange *self)
{
    return self->caller == self->ingress->services[SERVICE_CHAT_STATE];
}

/* What common/caller.h says of a question that was not sent. */
static bool is_unsent(enum message_id type, const void *answer)
{
    const struct request_refused *refused = answer;

    return type == MESSAGE_request_refused && strcmp(refused->code, "unavailable") == 0;
}

/* Returns whether there is time to ask again after pause_ms. */
static bool plan(struct exchange *self, int64_t pause_ms)
{
    int64_t at = clock_monotonic_ms() + pause_ms;

    if (!may_ask_again(self) || caller_is_away(self->caller) || at + LEAST_MS > self->deadline.at)
        return false;
    timers_set(frame_timers(self->ingress->frame), &self->again, at);
    return true;
}

static void on_service_answer(void *arguments, enum message_id type, const void *answer)
{
    struct attempt *attempt = arguments;
    struct exchange *self = attempt->exchange;

    attempt->ticket = 0;
    bool is_asked = self->attempts[0].ticket || self->attempts[1].ticket;
    if (may_ask_again(self) && is_unsent(type, answer) && (plan(self, PAUSE_MS) || is_asked))
        return;
    exchange_unask(self);
    self->then(self, type, answer);
}

static void ask(struct exchange *self)
{
    struct attempt *attempt = &self->attempts[self->attempts[0].ticket != 0];

    attempt->exchange = self;
    attempt->ticket = caller_ask(self->caller, self->type, self->message, self->timeout_ms,
                                 on_service_answer, attempt);
    if (attempt == self->attempts)
        plan(self, RESEND_MS);
}

static void ask_again(void *arguments)
{
    struct exchange *self = arguments;
    const struct field *may_repeat = message_field(&message_types[self->type], "may_repeat");

    if (may_repeat)
        *(field_BOOL *)((char *)self->message + may_repeat->offset) = true;
    ask(self);
}

static enum service_id service_of(enum message_id message)
{
    switch (message) {
    case MESSAGE_waiting_get:
        return SERVICE_WAITING_TIME;
    case MESSAGE_health_get:
        return SERVICE_HEALTH;
    default:
        return SERVICE_CHAT_STATE;
    }
}

void exchange_ask(struct exchange *self, on_exchange_answer *then, int64_t timeout_ms)
{
    self->then = then;
    self->timeout_ms = timeout_ms;
    self->again = (struct timer){.on_time = ask_again, .self = self};
    enum service_id service = service_of(self->type);
    self->caller = self->ingress->services[service];
    if (share_is_common(self))
        share_ask(self, service);
    else
        ask(self);
}

void exchange_unask(struct exchange *self)
{
    timers_cancel(frame_timers(self->ingress->frame), &self->again);
    for (size_t i = 0; i < 2; i++)
        if (self->attempts[i].ticket)
            caller_forget(self->caller, self->attempts[i].ticket);
    self->attempts[0].ticket = self->attempts[1].ticket = 0;
    share_leave(self);
}
