/* errand.h - a question that is asked until it is answered, with growing
 * pauses. It lives inside the thing it is for. */
#ifndef ERRAND_H
#define ERRAND_H

#include "timers.h"

struct errand {
    struct timers *timers;
    struct timer timer;
    int64_t pause_ms;
};

/* Calls ask(self) now, and after each errand_repeat. */
void errand_start(struct errand *errand, struct timers *timers, void (*ask)(void *self),
                  void *self);

/* There was no answer: asks again after a pause, longer each time. */
void errand_repeat(struct errand *errand);

/* There was one: the next pause is short again. */
void errand_done(struct errand *errand);

/* Safe on a zeroed one. */
void errand_stop(struct errand *errand);

#endif
