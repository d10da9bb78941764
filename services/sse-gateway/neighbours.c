#include "neighbours.h"

#include <stdlib.h>

#include "errand.h"
#include "gateway.h"
#include "own.h"
#include "relay.h"

enum { ANSWER_MS = 5000, QUESTIONS_MAX = 8 };

struct neighbours {
    struct gateway *gateway;
    zsock_t *waiting_events, *health_events;
    struct caller *waiting, *health;
    struct errand ask_waiting, ask_health;
    /* Something was published: newer than the answer to the first question. */
    bool has_heard_waiting, has_heard_health;
};

static void on_waiting(void *arg, const zframe_t *peer, const void *message)
{
    struct neighbours *self = arg;

    (void)peer;
    self->has_heard_waiting = true;
    relay_waiting(self->gateway, message);
}

static void on_health(void *arg, const zframe_t *peer, const void *message)
{
    struct neighbours *self = arg;

    (void)peer;
    self->has_heard_health = true;
    relay_health(self->gateway, message);
}

static void on_waiting_answer(void *arg, enum message_id type, const void *answer)
{
    struct neighbours *self = arg;

    if (self->has_heard_waiting)
        return;
    reactor_turn(self->gateway->reactor);
    if (type == MESSAGE_waiting)
        relay_waiting(self->gateway, answer);
    else
        errand_repeat(&self->ask_waiting);
    relay_flush(self->gateway);
}

static void on_health_answer(void *arg, enum message_id type, const void *answer)
{
    struct neighbours *self = arg;

    if (self->has_heard_health)
        return;
    reactor_turn(self->gateway->reactor);
    if (type == MESSAGE_health)
        relay_health(self->gateway, answer);
    else
        errand_repeat(&self->ask_health);
    relay_flush(self->gateway);
}

static void run_waiting(void *arg)
{
    struct neighbours *self = arg;
    struct waiting_get question = {.all = true};

    (void)caller_ask(self->waiting, MESSAGE_waiting_get, &question, ANSWER_MS, on_waiting_answer,
                     self);
}

static void run_health(void *arg)
{
    struct neighbours *self = arg;
    struct health_get question = {0};

    (void)caller_ask(self->health, MESSAGE_health_get, &question, ANSWER_MS, on_health_answer,
                     self);
}

static const struct handler waiting_handlers[] = {{MESSAGE_waiting, on_waiting}, {0, NULL}};
static const struct handler health_handlers[] = {{MESSAGE_health, on_health}, {0, NULL}};

static void drain(struct neighbours *self, zsock_t *sock, const struct handler *handlers)
{
    reactor_turn(self->gateway->reactor);
    while (bus_dispatch(sock, handlers, self))
        ;
    relay_flush(self->gateway);
}

static void on_waiting_readable(void *arg)
{
    struct neighbours *self = arg;

    drain(self, self->waiting_events, waiting_handlers);
}

static void on_health_readable(void *arg)
{
    struct neighbours *self = arg;

    drain(self, self->health_events, health_handlers);
}

static int open_sockets(struct neighbours *self)
{
    struct frame *frame = self->gateway->frame;
    zloop_t *loop = frame_loop(frame);

    self->waiting = caller_new(loop, frame_timers(frame), endpoints.waiting, QUESTIONS_MAX);
    self->health = caller_new(loop, frame_timers(frame), endpoints.health, QUESTIONS_MAX);
    self->waiting_events = bus_open(ZMQ_SUB, BUS_CONNECT | BUS_LATEST, endpoints.waiting_events);
    self->health_events = bus_open(ZMQ_SUB, BUS_CONNECT | BUS_LATEST, endpoints.health_events);
    if (!self->waiting || !self->health || !self->waiting_events || !self->health_events)
        return -1;
    bus_subscribe(self->waiting_events, MESSAGE_waiting);
    bus_subscribe(self->health_events, MESSAGE_health);
    return frame_read(frame, self->waiting_events, on_waiting_readable, self) == 0 &&
                   frame_read(frame, self->health_events, on_health_readable, self) == 0
               ? 0
               : -1;
}

struct neighbours *neighbours_new(struct gateway *gateway)
{
    struct neighbours *self = own_zero(sizeof(*self));

    self->gateway = gateway;
    if (open_sockets(self) == -1) {
        neighbours_destroy(&self);
        return NULL;
    }
    errand_start(&self->ask_waiting, frame_timers(gateway->frame), run_waiting, self);
    errand_start(&self->ask_health, frame_timers(gateway->frame), run_health, self);
    return self;
}

static void stop_reading(struct neighbours *self, zsock_t **sock)
{
    if (*sock)
        zloop_reader_end(frame_loop(self->gateway->frame), *sock);
    zsock_destroy(sock);
}

void neighbours_destroy(struct neighbours **self_p)
{
    struct neighbours *self = *self_p;

    if (!self)
        return;
    errand_stop(&self->ask_waiting);
    errand_stop(&self->ask_health);
    stop_reading(self, &self->waiting_events);
    stop_reading(self, &self->health_events);
    caller_destroy(&self->waiting);
    caller_destroy(&self->health);
    free(self);
    *self_p = NULL;
}
