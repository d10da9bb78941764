#include "follower.h"

#include "clock.h"
#include "uuid.h"

enum {
    EVERY_MS = 2000,
    ANSWER_MS = 1500, /* less than a round, so there is one question at a time */
};

/* Unheard, it says the same again in the next round. */
static void on_answered(void *context, enum message_id type, const void *answer)
{
    struct follower *self = context;

    (void)type;
    (void)answer;
    self->ticket = 0;
}

static void tell(void *context)
{
    struct follower *self = context;
    struct log_followed word = {0};
    struct log_head at = {0};

    timers_set(self->timers, &self->timer, clock_monotonic_ms() + EVERY_MS);
    if (self->ticket || !self->place(self->self, &at))
        return;
    memcpy(word.follower, self->id, UUID_SIZE);
    memcpy(word.log_id, at.log_id, UUID_SIZE);
    word.position = at.seq;
    self->ticket =
        caller_ask(self->caller, MESSAGE_log_followed, &word, ANSWER_MS, on_answered, self);
}

void follower_start(struct follower *self, struct caller *caller, struct timers *timers,
                    follower_place *place, void *of)
{
    *self = (struct follower){.caller = caller,
                              .timers = timers,
                              .place = place,
                              .self = of,
                              .timer = {.on_time = tell, .self = self}};
    uuid_make(self->id);
    tell(self);
}

void follower_stop(struct follower *self)
{
    if (!self->timers)
        return;
    timers_cancel(self->timers, &self->timer);
    if (self->ticket)
        caller_forget(self->caller, self->ticket);
    *self = (struct follower){0};
}
