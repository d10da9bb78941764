/* waiting-time - tells end users their place in the queue and how long it is
 * likely to take.
 *
 * Reads    event.committed, log.head  from KRATT_EVENTS (SUB)
 *          chats.found, waits.found, events.found  from KRATT_COMMANDS (DEALER)
 * Answers  waiting.get      on KRATT_WAITING (ROUTER)
 * Sends    waiting.changed  on KRATT_WAITING_EVENTS (PUB)
 * Keeps    nothing: everything is read again at the start */

#include "bus.h"
#include "clock.h"
#include "log.h"
#include "metrics.h"
#include "own.h"
#include "service.h"
#include "sync.h"

enum {
    QUEUE_MAX = 1000000,      /* chats in the queue: the greatest position */
    REQUESTS_MAX = 16,        /* in flight to chat-state; one is the rule */
    PUBLISH_MIN_MS = 250,     /* between two messages when something changed */
    PUBLISH_REPEAT_MS = 5000, /* between two when nothing did */
    PLACES_A_MS = 200,        /* so many places make the pause 1 ms longer */
    READ_EVERY_MS = 50,       /* while events keep coming */
};

static int64_t window;

static const struct setting settings[] = {
    {"KRATT_WAITING_WINDOW", SETTING_NUMBER, &window, "20",
     "how many of the last waits make the mean", 1, 1000},
    {NULL, 0, NULL, NULL, NULL, 0, 0},
};

static struct metric queue_length = {
    "kratt_waiting_queue_length", METRIC_GAUGE, "Chats that wait for an agent.", NULL, 0, NULL};
static struct metric seconds_per_place = {
    "kratt_waiting_seconds_per_place", METRIC_GAUGE, "Mean of the last waits.", NULL, 0, NULL};
static struct metric events_applied = {
    "kratt_waiting_events_applied", METRIC_COUNTER, "Events of the log applied.", NULL, 0, NULL};
static struct metric log_gaps = {
    "kratt_waiting_log_gaps", METRIC_COUNTER, "Holes in the event log repaired.", NULL, 0, NULL};
static struct metric ranges_asked = {
    "kratt_log_ranges_asked", METRIC_COUNTER, "Ranges of the event log asked for.", NULL, 0, NULL};
static struct metric ranges_held_back = {
    "kratt_log_ranges_held_back",
    METRIC_COUNTER,
    "Ranges that were asked for later, for there were too many.",
    NULL,
    0,
    NULL};
static struct metric chats_refused = {
    "kratt_waiting_chats_refused", METRIC_GAUGE, "Chats that found the queue full.", NULL, 0, NULL};
static struct metric published = {
    "kratt_waiting_published", METRIC_COUNTER, "Messages published.", NULL, 0, NULL};

struct service_state {
    struct frame *frame;
    zsock_t *events;  /* SUB of chat-state */
    zsock_t *answers; /* ROUTER */
    zsock_t *changes; /* PUB */
    struct caller *chat_state;
    struct sync *sync;
    zmq_pollitem_t arrival; /* of the first event after a silence */
    struct timer read;      /* of those after it */
    struct timer publish;
    int64_t published_at; /* monotonic */
};

/* ---- publishing ---- */

static void update_metrics(const struct service_state *self)
{
    const struct model *model = sync_model(self->sync);

    if (!model)
        return;
    queue_length.value = (int64_t)model_size(model);
    seconds_per_place.value = model_seconds(model);
    chats_refused.value = model_refused(model);
    events_applied.value = sync_applied(self->sync);
    log_gaps.value = sync_counts(self->sync)->gaps;
    ranges_asked.value = sync_counts(self->sync)->asked;
    ranges_held_back.value = sync_counts(self->sync)->held_back;
}

static void on_publish(void *context)
{
    struct service_state *self = context;
    const struct model *model = sync_model(self->sync);
    struct waiting waiting = {0};

    model_fill_all(model, &waiting);
    (void)bus_send(self->changes, NULL, MESSAGE_waiting, &waiting); /* bus.c logged it */
    message_clear(&message_types[MESSAGE_waiting], &waiting);
    published.value++;
    self->published_at = clock_monotonic_ms();
    timers_set(frame_timers(self->frame), &self->publish, self->published_at + PUBLISH_REPEAT_MS);
}

/* A long queue takes longer to write and to read, so it is said less often:
 * 100,000 places every 750 ms. */
static int64_t pause_ms(const struct service_state *self)
{
    return PUBLISH_MIN_MS + (int64_t)model_size(sync_model(self->sync)) / PLACES_A_MS;
}

/* The first change goes out at the next turn of the loop, those after it
 * together. Setting the timer again and again moves it nowhere. */
static void on_change(void *context)
{
    struct service_state *self = context;

    frame_set_ready(self->frame, true, "");
    timers_set(frame_timers(self->frame), &self->publish, self->published_at + pause_ms(self));
}

/* ---- what arrives ---- */

static void on_event(void *context, const zframe_t *peer, const void *message)
{
    struct service_state *self = context;

    (void)peer;
    sync_event(self->sync, message);
}

static void on_head(void *context, const zframe_t *peer, const void *message)
{
    struct service_state *self = context;

    (void)peer;
    sync_head(self->sync, message);
}

static void refuse_early(struct service_state *self, const zframe_t *peer, const char *request_id)
{
    struct request_refused refused = {.status = 503};

    memcpy(refused.request_id, request_id, UUID_SIZE);
    refused.code = own_copy("unavailable");
    refused.sentence = own_copy("The queue is not known yet.");
    (void)bus_send(self->answers, peer, MESSAGE_request_refused, &refused);
    message_clear(&message_types[MESSAGE_request_refused], &refused);
}

static void on_get(void *context, const zframe_t *peer, const void *message)
{
    struct service_state *self = context;
    const struct waiting_get *question = message;
    const struct model *model = sync_model(self->sync);
    struct waiting answer = {0};

    if (!model) {
        refuse_early(self, peer, question->request_id);
        return;
    }
    memcpy(answer.request_id, question->request_id, UUID_SIZE);
    if (question->all)
        model_fill_all(model, &answer);
    else
        model_fill_one(model, question->chat_id, &answer);
    (void)bus_send(self->answers, peer, MESSAGE_waiting, &answer);
    message_clear(&message_types[MESSAGE_waiting], &answer);
}

static const struct handler event_handlers[] = {
    {MESSAGE_event, on_event},
    {MESSAGE_log_head, on_head},
    {0, NULL},
};

static const struct handler request_handlers[] = {
    {MESSAGE_waiting_get, on_get},
    {0, NULL},
};

/* Returns whether there were any. */
static bool read_events(struct service_state *self)
{
    bool any = false;

    while (bus_dispatch(self->events, event_handlers, self))
        any = true;
    update_metrics(self);
    return any;
}

static void read_later(struct service_state *self)
{
    timers_set(frame_timers(self->frame), &self->read, clock_monotonic_ms() + READ_EVERY_MS);
}

/* Most events are messages in chats, come by the thousand, and move nothing in
 * the queue. Waking up for each costs more than reading it. */
static int on_arrival(zloop_t *loop, zmq_pollitem_t *item, void *context)
{
    struct service_state *self = context;

    (void)item;
    timers_begin(frame_timers(self->frame));
    zloop_poller_end(loop, &self->arrival);
    (void)read_events(self);
    read_later(self);
    timers_end(frame_timers(self->frame));
    return 0;
}

static int await_arrival(struct service_state *self)
{
    zloop_t *loop = frame_loop(self->frame);

    if (zloop_poller(loop, &self->arrival, on_arrival, self) == -1)
        return -1;
    zloop_poller_set_tolerant(loop, &self->arrival);
    return 0;
}

static void on_read(void *context)
{
    struct service_state *self = context;

    if (read_events(self) || await_arrival(self) == -1)
        read_later(self);
}

/* Who asks is told of all that has arrived. */
static void read_requests(void *context)
{
    struct service_state *self = context;

    (void)read_events(self);
    while (bus_dispatch(self->answers, request_handlers, self))
        ;
}

/* ---- start and end ---- */

static void show_metrics(void)
{
    metrics_add(&queue_length);
    metrics_add(&seconds_per_place);
    metrics_add(&events_applied);
    metrics_add(&log_gaps);
    metrics_add(&ranges_asked);
    metrics_add(&ranges_held_back);
    metrics_add(&chats_refused);
    metrics_add(&published);
}

static int open_sockets(struct service_state *self)
{
    struct frame *frame = self->frame;

    self->answers = bus_open(ZMQ_ROUTER, BUS_BIND, endpoints.waiting);
    self->changes = bus_open(ZMQ_PUB, BUS_BIND | BUS_LATEST, endpoints.waiting_events);
    self->events = bus_open(ZMQ_SUB, BUS_CONNECT, endpoints.events);
    if (!self->answers || !self->changes || !self->events)
        return -1;
    bus_subscribe(self->events, MESSAGE_event);
    bus_subscribe(self->events, MESSAGE_log_head);
    self->chat_state =
        caller_new(frame_loop(frame), frame_timers(frame), endpoints.commands, REQUESTS_MAX);
    return self->chat_state ? 0 : -1;
}

static int service_open(struct frame *frame, void *context)
{
    struct service_state *self = context;

    self->frame = frame;
    self->publish.on_time = on_publish;
    self->publish.self = self;
    self->read.on_time = on_read;
    self->read.self = self;
    show_metrics();
    if (open_sockets(self))
        return -1;
    const struct sync_options options = {
        .caller = self->chat_state,
        .timers = frame_timers(frame),
        .window = window,
        .limit = QUEUE_MAX,
        .on_change = on_change,
        .self = self,
    };
    self->sync = sync_new(&options);
    frame_set_ready(frame, false, "the queue is not known yet");
    self->arrival = (zmq_pollitem_t){.fd = zsock_fd(self->events), .events = ZMQ_POLLIN};
    read_later(self); /* the descriptor tells of what comes after */
    return frame_read(frame, self->answers, read_requests, self);
}

static void service_close(void *context)
{
    struct service_state *self = context;

    if (self->frame) {
        zloop_poller_end(frame_loop(self->frame), &self->arrival);
        timers_cancel(frame_timers(self->frame), &self->read);
        timers_cancel(frame_timers(self->frame), &self->publish);
    }
    sync_destroy(&self->sync);
    caller_destroy(&self->chat_state);
    zsock_destroy(&self->events);
    zsock_destroy(&self->answers);
    zsock_destroy(&self->changes);
}

int main(int argc, char **argv)
{
    struct service_state state = {0};
    const struct service service = {
        .name = "waiting-time",
        .settings = settings,
        .open = service_open,
        .close = service_close,
        .self = &state,
    };

    return service_run(&service, argc, argv);
}
