/* health - tells who is up: users what they know by name (TIM, RUUTER,
 * DMAPPER, RESQL), operators Kratt's own processes.
 *
 * Reads    service.alive   from KRATT_HEARTBEATS (PULL), its own among them
 * Answers  health.get      on KRATT_HEALTH (ROUTER)
 * Sends    health.changed  on KRATT_HEALTH_EVENTS (PUB)
 * Keeps    the last heartbeats, in memory */

#include "board.h"
#include "bus.h"
#include "clock.h"
#include "log.h"
#include "metrics.h"
#include "own.h"
#include "service.h"

enum {
    INSTANCES_MAX = 256,
    LOOK_MS = 250,    /* between two looks for processes that fell silent */
    REPEAT_MS = 1000, /* between two messages when nothing changed */
};

static int64_t timeout_ms;

static const struct setting settings[] = {
    {"KRATT_HEALTH_TIMEOUT_MS", SETTING_NUMBER, &timeout_ms, "2000",
     "silence after which a process counts as gone", 1100, 60000},
    {NULL, 0, NULL, NULL, NULL, 0, 0},
};

static struct metric instances = {
    "kratt_health_instances", METRIC_GAUGE, "Processes that are alive.", NULL, 0, NULL};
static struct metric components_up = {
    "kratt_health_components_up", METRIC_GAUGE, "Components that work.", NULL, 0, NULL};
static struct metric beats_refused = {"kratt_health_beats_refused",
                                      METRIC_COUNTER,
                                      "Heartbeats without room on the board.",
                                      NULL,
                                      0,
                                      NULL};
static struct metric published = {
    "kratt_health_published", METRIC_COUNTER, "Messages published.", NULL, 0, NULL};

struct service_state {
    struct frame *frame;
    zsock_t *beats;   /* PULL */
    zsock_t *answers; /* ROUTER */
    zsock_t *changes; /* PUB */
    struct board *board;
    struct timer look;
    msgpack_sbuffer said; /* the body published last */
    int64_t said_at;      /* monotonic; 0: never */
};

/* ---- publishing ---- */

/* Encodes the picture as it is now. */
static int draw(const struct service_state *self, msgpack_sbuffer *body)
{
    struct health health = {0};
    char why[WHY_MAX];

    board_fill(self->board, &health);
    int result = message_encode(&message_types[MESSAGE_health], &health, body, why);
    if (result)
        log_error("cannot describe the health", "why", why);
    message_clear(&message_types[MESSAGE_health], &health);
    return result;
}

static void publish(struct service_state *self, const msgpack_sbuffer *body, int64_t now)
{
    (void)bus_send_body(self->changes, NULL, MESSAGE_health, body->data, body->size);
    self->said.size = 0;
    msgpack_sbuffer_write(&self->said, body->data, body->size);
    self->said_at = now;
    published.value++;
}

static void on_gone(const struct service_alive *last)
{
    log_warn("no heartbeat", "from", last->service, "instance", last->instance);
}

/* Says what has changed at once, and what has not each second. */
static void look(struct service_state *self)
{
    int64_t now = clock_monotonic_ms();
    msgpack_sbuffer body;

    board_expire(self->board, now, on_gone);
    instances.value = (int64_t)board_instances(self->board);
    components_up.value = (int64_t)board_components_up(self->board);
    if (!board_is_settled(self->board, now))
        return;
    msgpack_sbuffer_init(&body);
    if (draw(self, &body) == 0) {
        bool same =
            body.size == self->said.size && memcmp(body.data, self->said.data, body.size) == 0;
        if (!same)
            log_info("health changed", "components_up", log_number(components_up.value));
        if (!same || now - self->said_at >= REPEAT_MS)
            publish(self, &body, now);
    }
    msgpack_sbuffer_destroy(&body);
}

static void on_look(void *context)
{
    struct service_state *self = context;

    look(self);
    timers_set(frame_timers(self->frame), &self->look, clock_monotonic_ms() + LOOK_MS);
}

/* ---- what arrives ---- */

static void on_beat(void *context, const zframe_t *peer, const void *message)
{
    struct service_state *self = context;

    (void)peer;
    if (board_beat(self->board, message, clock_monotonic_ms())) {
        if (beats_refused.value++ == 0)
            log_warn("the board is full", "limit", log_number(INSTANCES_MAX));
        return;
    }
    look(self);
}

static void on_get(void *context, const zframe_t *peer, const void *message)
{
    struct service_state *self = context;
    const struct health_get *question = message;
    struct health answer = {0};

    memcpy(answer.request_id, question->request_id, UUID_SIZE);
    board_expire(self->board, clock_monotonic_ms(), on_gone);
    board_fill(self->board, &answer);
    (void)bus_send(self->answers, peer, MESSAGE_health, &answer);
    message_clear(&message_types[MESSAGE_health], &answer);
}

static const struct handler beat_handlers[] = {
    {MESSAGE_service_alive, on_beat},
    {0, NULL},
};

static const struct handler request_handlers[] = {
    {MESSAGE_health_get, on_get},
    {0, NULL},
};

static void read_beats(void *context)
{
    struct service_state *self = context;

    while (bus_dispatch(self->beats, beat_handlers, self))
        ;
}

static void read_requests(void *context)
{
    struct service_state *self = context;

    while (bus_dispatch(self->answers, request_handlers, self))
        ;
}

/* ---- start and end ---- */

static int open_sockets(struct service_state *self)
{
    self->beats = bus_open(ZMQ_PULL, BUS_BIND, endpoints.heartbeats);
    self->answers = bus_open(ZMQ_ROUTER, BUS_BIND, endpoints.health);
    self->changes = bus_open(ZMQ_PUB, BUS_BIND | BUS_LATEST, endpoints.health_events);
    return self->beats && self->answers && self->changes ? 0 : -1;
}

static int service_open(struct frame *frame, void *context)
{
    struct service_state *self = context;

    self->frame = frame;
    self->board = board_new(INSTANCES_MAX, timeout_ms, clock_monotonic_ms());
    self->look.on_time = on_look;
    self->look.self = self;
    metrics_add(&instances);
    metrics_add(&components_up);
    metrics_add(&beats_refused);
    metrics_add(&published);
    if (open_sockets(self))
        return -1;
    on_look(self);
    frame_set_ready(frame, true, "");
    if (frame_read(frame, self->beats, read_beats, self))
        return -1;
    return frame_read(frame, self->answers, read_requests, self);
}

static void service_close(void *context)
{
    struct service_state *self = context;

    if (self->frame)
        timers_cancel(frame_timers(self->frame), &self->look);
    zsock_destroy(&self->beats);
    zsock_destroy(&self->answers);
    zsock_destroy(&self->changes);
    board_destroy(&self->board);
    msgpack_sbuffer_destroy(&self->said);
}

int main(int argc, char **argv)
{
    struct service_state state = {0};
    const struct service service = {
        .name = "health",
        .settings = settings,
        .open = service_open,
        .close = service_close,
        .self = &state,
    };

    return service_run(&service, argc, argv);
}
