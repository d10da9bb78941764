/* sse-gateway - holds the browsers' streams and pushes what happens to them.
 *
 * Reads    event.committed and log.head from chat-state; waiting.changed;
 *          health.changed; and asks the three for what it does not know yet
 * Writes   nothing but to browsers
 * Keeps    connections, the open chats and the last waiting times in memory;
 *          after a restart it asks again, and the browsers come back */
#include "clock.h"
#include "ending.h"
#include "flow.h"
#include "gateway.h"
#include "handover.h"
#include "intake.h"
#include "log.h"
#include "preview.h"
#include "pump.h"
#include "relay.h"
#include "rights.h"
#include "tally.h"
#include "titles.h"

enum {
    QUESTIONS_MAX = 20000,
    SESSIONS_IDLE_MAX = 10000,
    READERS_MAX = 100000,
    KEY_MS = 250,
    SWEEP_MS = 1000,
    RETRY_MS = 500,
    DRAIN_LOOK_MS = 20,
    DRAIN_REST_MS = 300, /* for what was written last to go out */
};

static struct gateway gateway;

static const struct setting settings[] = {
    {"KRATT_HTTP", SETTING_TEXT, &gateway.address, "127.0.0.1:8090",
     "address that browsers or the front door connect to", 0, 0},
    {"KRATT_ALLOWED_ORIGINS", SETTING_TEXT, &gateway.allowed_origins,
     "http://localhost:*,http://127.0.0.1:*", "pages that may read the streams (CORS)", 0, 0},
    {"KRATT_TOKEN_PUBLIC_KEY", SETTING_TEXT, &gateway.public_key, "keys/token.pub.pem",
     "file with the public key of the tokens; waited for", 0, 0},
    {"KRATT_TOKEN_ISSUER", SETTING_TEXT, &gateway.issuer, "kratt", "issuer of the tokens", 0, 0},
    {"KRATT_CONNECTIONS", SETTING_NUMBER, &gateway.connections, "10000",
     "most connections; a newcomer past it gets 503", 1, 1000000},
    {"KRATT_STREAM_BYTES", SETTING_NUMBER, &gateway.stream_bytes, "262144",
     "a stream that is more bytes behind is closed", 1024, 1073741824},
    {"KRATT_STREAM_STALL_MS", SETTING_NUMBER, &gateway.stall_ms, "30000",
     "a stream that takes nothing for so many milliseconds is closed", 1, 3600000},
    {"KRATT_STREAMS_PER_ADDRESS", SETTING_NUMBER, &gateway.per_address, "1000",
     "most streams of one address; one more gets 503; 0: no limit", 0, 1000000},
    {"KRATT_STREAM_LIFETIME_S", SETTING_NUMBER, &gateway.lifetime_s, "3600",
     "a native stream is ended after so many seconds, up to a fifth more or less; 0: never", 0,
     1000000},
    {"KRATT_DRAIN_MS", SETTING_NUMBER, &gateway.drain_ms, "3000",
     "at SIGTERM the streams are ended over so many milliseconds", 0, 600000},
    {"KRATT_RING_BYTES", SETTING_NUMBER, &gateway.ring_bytes, "16777216",
     "bytes of recent events kept for streams that come back", 1, 1073741824},
    {"KRATT_HEARTBEAT_MS", SETTING_NUMBER, &gateway.heartbeat_ms, "15000",
     "silence after which a stream gets a heartbeat", 1, 3600000},
    {NULL, SETTING_TEXT, NULL, NULL, NULL, 0, 0},
};

/* ---- chores ---- */

static void set_chore(struct gateway *self, struct timer *timer, void (*chore)(void *self),
                      int64_t after_ms)
{
    timer->on_time = chore;
    timer->self = self;
    timers_set(frame_timers(self->frame), timer, clock_monotonic_ms() + after_ms);
}

static void read_key(void *arg)
{
    struct gateway *self = arg;
    char why[WHY_MAX];
    struct token_key *key = token_key_open_public(self->public_key, why);

    if (key)
        sessions_set_key(self->sessions, key);
    else
        set_chore(self, &self->key_timer, read_key, KEY_MS);
    sync_tell_ready(self->sync);
}

static void sweep(void *arg)
{
    struct gateway *self = arg;

    reactor_turn(self->reactor);
    rights_check(self);
    sessions_forget(self->sessions, clock_wall_ms());
    replica_forget(self->replica, reactor_now(self->reactor));
    set_chore(self, &self->sweep_timer, sweep, SWEEP_MS);
}

/* While chat-state is away, the streams that asked it something ask again. */
static void retry(void *arg)
{
    struct gateway *self = arg;

    reactor_turn(self->reactor);
    reactor_each(self->reactor, flow_wake);
    set_chore(self, &self->retry_timer, retry, RETRY_MS);
}

static void make_list(void *arg)
{
    struct gateway *self = arg;

    reactor_turn(self->reactor);
    relay_flush(self);
}

/* ---- life ---- */

static struct reactor *make_reactor(struct gateway *self)
{
    const struct reactor_limits limits = {
        .connections = self->connections,
        .lane_ms =
            {
                [LANE_HEAD] = 10000,
                [LANE_OPEN] = self->heartbeat_ms,
                [LANE_QUIET] = 1500,
                [LANE_LEAVING] = self->heartbeat_ms < HANDOVER_PATIENCE_MS ? self->heartbeat_ms
                                                                           : HANDOVER_PATIENCE_MS,
                [LANE_HELD] = 250,
                [LANE_BLOCKED] = self->stall_ms,
                [LANE_LINGER] = 2000,
            },
    };
    const struct reactor_hooks hooks = {
        .on_readable = intake_read,
        .on_writable = pump_run,
        .on_due = flow_due,
        .on_close = ending_close,
    };

    return reactor_new(self, self->address, &limits, &hooks);
}

static int gateway_open(struct frame *frame, void *arg)
{
    struct gateway *self = arg;

    tally_open();
    self->frame = frame;
    self->topics = topics_new();
    self->replica = replica_new();
    self->ring = ring_new(self->ring_bytes);
    self->board = board_new();
    self->previews = previews_new();
    rights_open(self, SESSIONS_IDLE_MAX);
    self->checks = checks_new(self);
    self->handed = handed_new(READERS_MAX);
    whereabouts_name(self->name);
    self->sources = sources_new(self->per_address);
    self->list_timer = (struct timer){.on_time = make_list, .self = self};
    self->reactor = make_reactor(self);
    if (!self->reactor)
        return -1;
    self->commands =
        caller_new(frame_loop(frame), frame_timers(frame), endpoints.commands, QUESTIONS_MAX);
    self->sync = self->commands ? sync_new(self) : NULL;
    self->neighbours = self->sync ? neighbours_new(self) : NULL;
    if (!self->neighbours)
        return -1;
    titles_open(self);
    self->accounts = accounts_new(self);
    read_key(self);
    sweep(self);
    retry(self);
    return 0;
}

/* Ends when nobody is left, or the time is over. */
static void drain(void *arg)
{
    struct gateway *self = arg;

    reactor_turn(self->reactor);
    if (reactor_count(self->reactor) == 0 || reactor_now(self->reactor) >= self->drain_end)
        frame_end(self->frame);
    else
        set_chore(self, &self->drain_timer, drain, DRAIN_LOOK_MS);
}

/* The browsers of the native streams are told to come back, one after the
 * other; those of /sse/ would not, so they keep theirs to the very end. */
static void gateway_drain(struct frame *frame, void *arg)
{
    struct gateway *self = arg;

    self->is_draining = true;
    frame_set_ready(frame, false, "the gateway is ending");
    reactor_stop_listening(self->reactor);
    reactor_turn(self->reactor);
    reactor_each(self->reactor, ending_drain);
    self->drain_end = reactor_now(self->reactor) + self->drain_ms + DRAIN_REST_MS;
    drain(self);
}

static void gateway_close(void *arg)
{
    struct gateway *self = arg;
    struct timer *const timers[] = {&self->key_timer,
                                    &self->sweep_timer,
                                    &self->rights_timer,
                                    &self->retry_timer,
                                    &self->drain_timer,
                                    &self->list_timer,
                                    NULL};

    for (int i = 0; timers[i]; i++)
        timers_cancel(frame_timers(self->frame), timers[i]);
    reactor_destroy(&self->reactor);
    neighbours_destroy(&self->neighbours);
    accounts_destroy(&self->accounts);
    titles_close(self);
    sync_destroy(&self->sync);
    caller_destroy(&self->commands);
    checks_destroy(&self->checks);
    topics_destroy(&self->topics);
    replica_destroy(&self->replica);
    ring_destroy(&self->ring);
    board_destroy(&self->board);
    previews_destroy(&self->previews);
    sessions_destroy(&self->sessions);
    handed_destroy(&self->handed);
    sources_destroy(&self->sources);
}

int main(int argc, char **argv)
{
    const struct service service = {
        .name = "sse-gateway",
        .settings = settings,
        .open = gateway_open,
        .drain = gateway_drain,
        .close = gateway_close,
        .self = &gateway,
    };

    return service_run(&service, argc, argv);
}
