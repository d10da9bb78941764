#include "errand.h"

#include "clock.h"

enum { PAUSE_MS = 100, PAUSE_MAX_MS = 2000 };

void errand_start(struct errand *errand, struct timers *timers, void (*ask)(void *self), void *self)
{
    *errand = (struct errand){
        .timers = timers, .timer = {.on_time = ask, .self = self}, .pause_ms = PAUSE_MS};
    ask(self);
}

void errand_repeat(struct errand *errand)
{
    timers_set(errand->timers, &errand->timer, clock_monotonic_ms() + errand->pause_ms);
    errand->pause_ms = errand->pause_ms * 2 < PAUSE_MAX_MS ? errand->pause_ms * 2 : PAUSE_MAX_MS;
}

void errand_done(struct errand *errand)
{
    errand->pause_ms = PAUSE_MS;
}

void errand_stop(struct errand *errand)
{
    if (errand->timers)
        timers_cancel(errand->timers, &errand->timer);
}
