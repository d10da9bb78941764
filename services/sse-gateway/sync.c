#include "sync.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "flow.h"
#include "follow.h"
#include "gateway.h"
#include "log.h"
#include "own.h"
#include "relay.h"
#include "tally.h"

enum {
    ASIDE_MAX = 20000, /* events that come while the log is read */
    EVENTS_A_TURN = 1000,
    PAGE = 1000,
    ANSWER_MS = 5000,
    PAUSE_MS = 100, /* before a question is asked again; doubles up to the longest */
    PAUSE_MAX_MS = 2000,
    QUESTIONS_MAX = 8, /* to waiting-time and health */
};

/* A question that is asked until it is answered. */
struct errand {
    struct sync *sync;
    struct timer timer;
    int64_t pause_ms;
};

struct sync {
    struct gateway *gateway;
    zsock_t *events, *waiting_events, *health_events;
    struct caller *waiting, *health;
    struct follow *follow;
    bool is_placed;
    bool was_placed; /* once at least */
    bool has_revocations;
    char log_id[UUID_SIZE];
    int64_t position; /* of the first page */
    int64_t newest;   /* when the last page was read */
    char last_id[UUID_SIZE];
    struct errand chats, revocations, ask_waiting, ask_health;
};

bool sync_is_placed(const struct sync *self)
{
    return self->is_placed;
}

int64_t sync_position(const struct sync *self)
{
    return follow_position(self->follow);
}

void sync_tell_ready(struct sync *self)
{
    bool has_key = sessions_has_key(self->gateway->sessions);
    bool is_ready = has_key && self->was_placed && self->has_revocations;
    const char *why = !has_key            ? "there is no public key yet"
                      : !self->was_placed ? "chat-state has not told the open chats yet"
                                          : "chat-state has not told the revoked tokens yet";

    frame_set_ready(self->gateway->frame, is_ready, is_ready ? "" : why);
}

static void ask_later(struct errand *errand)
{
    timers_set(frame_timers(errand->sync->gateway->frame), &errand->timer,
               clock_monotonic_ms() + errand->pause_ms);
    errand->pause_ms = errand->pause_ms * 2 < PAUSE_MAX_MS ? errand->pause_ms * 2 : PAUSE_MAX_MS;
}

static void is_answered(struct errand *errand)
{
    errand->pause_ms = PAUSE_MS;
}

/* ---- the log ---- */

static void restart(struct sync *self);
static void ask_range(struct sync *self);

static void step(struct sync *self, enum follow_step what)
{
    tally_gap(follow_gaps(self->follow));
    if (what == FOLLOW_ASK)
        ask_range(self);
    else if (what == FOLLOW_RESTART)
        restart(self);
}

static void on_range(void *arg, enum message_id type, const void *answer)
{
    struct sync *self = arg;

    reactor_turn(self->gateway->reactor);
    if (type == MESSAGE_events_found)
        step(self, follow_found(self->follow, answer));
    else
        follow_lost(self->follow);
    relay_flush(self->gateway);
}

static void ask_range(struct sync *self)
{
    struct events_get question = {.after_seq = follow_position(self->follow), .limit = PAGE};

    (void)caller_ask(self->gateway->commands, MESSAGE_events_get, &question, ANSWER_MS, on_range,
                     self);
}

static void apply_event(void *arg, const struct event *event)
{
    struct sync *self = arg;

    relay_event(self->gateway, event);
}

static void on_event(void *arg, const zframe_t *peer, const void *message)
{
    struct sync *self = arg;

    (void)peer;
    step(self, follow_event(self->follow, message));
}

static void on_log_head(void *arg, const zframe_t *peer, const void *message)
{
    struct sync *self = arg;

    (void)peer;
    step(self, follow_head(self->follow, message));
}

/* ---- the open chats ---- */

/* The streams that waited begin; after a new start of the log, all do. */
static void wake(struct sync *self)
{
    bool is_again = self->was_placed;

    self->was_placed = true;
    relay_list_changed(self->gateway);
    relay_flush(self->gateway);
    reactor_each(self->gateway->reactor, is_again ? flow_restart : flow_wake);
}

static void take_place(struct sync *self)
{
    log_info("open chats read", "chats",
             log_number((long long)replica_count(self->gateway->replica)), "position",
             log_number(self->position));
    self->is_placed = true;
    enum follow_step what = follow_begin(self->follow, self->log_id, self->position, self->newest);
    wake(self);
    step(self, what);
    sync_tell_ready(self);
}

static void ask_page(struct sync *self);

/* Pages are read one after the other, so a chat on a later one may be newer
 * than position; replica_put then passes over what it knows already. */
static void take_page(struct sync *self, const struct chats_found *found)
{
    struct gateway *gateway = self->gateway;
    bool is_first = !*self->last_id;

    if (!is_first && strcmp(found->log_id, self->log_id) != 0) {
        restart(self);
        return;
    }
    if (is_first) {
        replica_clear(gateway->replica);
        memcpy(self->log_id, found->log_id, UUID_SIZE);
        self->position = found->seq;
    }
    self->newest = found->seq;
    for (size_t i = 0; i < found->chats.count; i++)
        (void)replica_put(gateway->replica, &found->chats.items[i], reactor_now(gateway->reactor));
    if (found->more && found->chats.count) {
        memcpy(self->last_id, found->chats.items[found->chats.count - 1].id, UUID_SIZE);
        ask_page(self);
    } else {
        take_place(self);
    }
}

static void on_page(void *arg, enum message_id type, const void *answer)
{
    struct sync *self = arg;

    reactor_turn(self->gateway->reactor);
    if (type == MESSAGE_chats_found) {
        is_answered(&self->chats);
        take_page(self, answer);
    } else {
        ask_later(&self->chats);
    }
    relay_flush(self->gateway);
}

static void ask_page(struct sync *self)
{
    struct chats_get question = {.limit = PAGE};

    memcpy(question.after, self->last_id, UUID_SIZE);
    (void)caller_ask(self->gateway->commands, MESSAGE_chats_get, &question, ANSWER_MS, on_page,
                     self);
}

/* Another log, or one that has forgotten where this gateway stood. A question
 * for a page may be on its way when this comes; there is never a second. */
static void restart(struct sync *self)
{
    log_warn("log read anew");
    tally_restart();
    follow_reset(self->follow);
    handed_clear(self->gateway->handed);
    self->is_placed = false;
    self->last_id[0] = '\0';
    ask_page(self);
}

/* ---- revoked tokens ---- */

static void on_revocations(void *arg, enum message_id type, const void *answer)
{
    struct sync *self = arg;
    const struct revocations_found *found = answer;

    reactor_turn(self->gateway->reactor);
    if (type != MESSAGE_revocations_found) {
        ask_later(&self->revocations);
        return;
    }
    for (size_t i = 0; i < found->revocations.count; i++)
        sessions_revoke(self->gateway->sessions, &found->revocations.items[i], relay_session_over,
                        self->gateway);
    self->has_revocations = true;
    sync_tell_ready(self);
}

/* ---- waiting-time and health ---- */

static void on_waiting(void *arg, const zframe_t *peer, const void *message)
{
    struct sync *self = arg;

    (void)peer;
    relay_waiting(self->gateway, message);
}

static void on_health(void *arg, const zframe_t *peer, const void *message)
{
    struct sync *self = arg;

    (void)peer;
    relay_health(self->gateway, message);
}

static void on_waiting_answer(void *arg, enum message_id type, const void *answer)
{
    struct sync *self = arg;

    reactor_turn(self->gateway->reactor);
    if (type == MESSAGE_waiting)
        relay_waiting(self->gateway, answer);
    else
        ask_later(&self->ask_waiting);
    relay_flush(self->gateway);
}

static void on_health_answer(void *arg, enum message_id type, const void *answer)
{
    struct sync *self = arg;

    reactor_turn(self->gateway->reactor);
    if (type == MESSAGE_health)
        relay_health(self->gateway, answer);
    else
        ask_later(&self->ask_health);
    relay_flush(self->gateway);
}

/* ---- sockets and errands ---- */

static const struct handler event_handlers[] = {
    {MESSAGE_event, on_event},
    {MESSAGE_log_head, on_log_head},
    {0, NULL},
};
static const struct handler waiting_handlers[] = {{MESSAGE_waiting, on_waiting}, {0, NULL}};
static const struct handler health_handlers[] = {{MESSAGE_health, on_health}, {0, NULL}};

/* Everything that is there makes its frames before any of them is written. */
static void drain(struct sync *self, zsock_t *sock, const struct handler *handlers)
{
    reactor_turn(self->gateway->reactor);
    for (int i = 0; i < EVENTS_A_TURN && bus_dispatch(sock, handlers, self); i++)
        ;
    relay_flush(self->gateway);
}

static void on_events_readable(void *arg)
{
    struct sync *self = arg;

    drain(self, self->events, event_handlers);
}

static void on_waiting_readable(void *arg)
{
    struct sync *self = arg;

    drain(self, self->waiting_events, waiting_handlers);
}

static void on_health_readable(void *arg)
{
    struct sync *self = arg;

    drain(self, self->health_events, health_handlers);
}

static void run_chats(void *arg)
{
    struct errand *errand = arg;

    ask_page(errand->sync);
}

static void run_revocations(void *arg)
{
    struct errand *errand = arg;
    struct revocations_get question = {0};

    (void)caller_ask(errand->sync->gateway->commands, MESSAGE_revocations_get, &question, ANSWER_MS,
                     on_revocations, errand->sync);
}

static void run_waiting(void *arg)
{
    struct errand *errand = arg;
    struct waiting_get question = {.all = true};

    (void)caller_ask(errand->sync->waiting, MESSAGE_waiting_get, &question, ANSWER_MS,
                     on_waiting_answer, errand->sync);
}

static void run_health(void *arg)
{
    struct errand *errand = arg;
    struct health_get question = {0};

    (void)caller_ask(errand->sync->health, MESSAGE_health_get, &question, ANSWER_MS,
                     on_health_answer, errand->sync);
}

static void start_errand(struct sync *self, struct errand *errand, void (*run)(void *errand))
{
    *errand = (struct errand){
        .sync = self, .timer = {.on_time = run, .self = errand}, .pause_ms = PAUSE_MS};
    run(errand);
}

static int open_sockets(struct sync *self)
{
    struct frame *frame = self->gateway->frame;
    zloop_t *loop = frame_loop(frame);

    self->waiting = caller_new(loop, frame_timers(frame), endpoints.waiting, QUESTIONS_MAX);
    self->health = caller_new(loop, frame_timers(frame), endpoints.health, QUESTIONS_MAX);
    self->events = bus_open(ZMQ_SUB, BUS_CONNECT, endpoints.events);
    self->waiting_events = bus_open(ZMQ_SUB, BUS_CONNECT | BUS_LATEST, endpoints.waiting_events);
    self->health_events = bus_open(ZMQ_SUB, BUS_CONNECT | BUS_LATEST, endpoints.health_events);
    if (!self->waiting || !self->health || !self->events || !self->waiting_events ||
        !self->health_events)
        return -1;
    bus_subscribe(self->events, MESSAGE_event);
    bus_subscribe(self->events, MESSAGE_log_head);
    bus_subscribe(self->waiting_events, MESSAGE_waiting);
    bus_subscribe(self->health_events, MESSAGE_health);
    return frame_read(frame, self->events, on_events_readable, self) == 0 &&
                   frame_read(frame, self->waiting_events, on_waiting_readable, self) == 0 &&
                   frame_read(frame, self->health_events, on_health_readable, self) == 0
               ? 0
               : -1;
}

struct sync *sync_new(struct gateway *gateway)
{
    struct sync *self = own_zero(sizeof(*self));

    self->gateway = gateway;
    self->follow = follow_new(ASIDE_MAX, apply_event, self);
    if (open_sockets(self) == -1) {
        sync_destroy(&self);
        return NULL;
    }
    start_errand(self, &self->chats, run_chats);
    start_errand(self, &self->revocations, run_revocations);
    start_errand(self, &self->ask_waiting, run_waiting);
    start_errand(self, &self->ask_health, run_health);
    return self;
}

static void stop_reading(struct sync *self, zsock_t **sock)
{
    if (*sock)
        zloop_reader_end(frame_loop(self->gateway->frame), *sock);
    zsock_destroy(sock);
}

void sync_destroy(struct sync **self_p)
{
    struct sync *self = *self_p;

    if (!self)
        return;
    struct errand *const errands[] = {&self->chats, &self->revocations, &self->ask_waiting,
                                      &self->ask_health};
    for (size_t i = 0; i < sizeof(errands) / sizeof(*errands); i++)
        timers_cancel(frame_timers(self->gateway->frame), &errands[i]->timer);
    stop_reading(self, &self->events);
    stop_reading(self, &self->waiting_events);
    stop_reading(self, &self->health_events);
    caller_destroy(&self->waiting);
    caller_destroy(&self->health);
    follow_destroy(&self->follow);
    free(self);
    *self_p = NULL;
}
