#include "sync.h"

#include <stdlib.h>
#include <string.h>

#include "errand.h"
#include "flow.h"
#include "follow.h"
#include "follower.h"
#include "gateway.h"
#include "log.h"
#include "metrics.h"
#include "own.h"
#include "preview.h"
#include "relay.h"
#include "tally.h"

enum {
    ASIDE_MAX = 20000, /* events that come while the log is read */
    EVENTS_A_TURN = 1000,
    PAGE = 1000,
    RECENT = 1000, /* events that are read at the start for the ring */
    ANSWER_MS = 5000,
};

struct sync {
    struct gateway *gateway;
    zsock_t *events;
    struct follow *follow;
    bool is_placed;
    bool was_placed;    /* once at least */
    struct log_head at; /* the log at the first page */
    int64_t newest;     /* when the last page was read */
    char last_id[UUID_SIZE];
    struct errand chats;
    struct follower follower;
};

static struct metric asked = {
    "kratt_log_ranges_asked", METRIC_COUNTER, "Ranges of the event log asked for.", NULL, 0, NULL};
static struct metric held_back = {"kratt_log_ranges_held_back",
                                  METRIC_COUNTER,
                                  "Ranges that were asked for later, for there were too many.",
                                  NULL,
                                  0,
                                  NULL};

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
    bool has_accounts = accounts_are_read(self->gateway->accounts);
    bool is_ready = has_key && self->was_placed && has_accounts;
    const char *why = !has_key            ? "there is no public key yet"
                      : !self->was_placed ? "chat-state has not told the open chats yet"
                                          : "chat-state has not told the accounts yet";

    frame_set_ready(self->gateway->frame, is_ready, is_ready ? "" : why);
}

/* ---- the log ---- */

static void restart(struct sync *self);
static void ask_range(struct sync *self);

static void step(struct sync *self, enum follow_step what)
{
    tally_gap(follow_counts(self->follow)->gaps);
    asked.value = follow_counts(self->follow)->asked;
    held_back.value = follow_counts(self->follow)->held_back;
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
        step(self, follow_found(self->follow, answer, reactor_now(self->gateway->reactor)));
    else
        follow_lost(self->follow, reactor_now(self->gateway->reactor));
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
    step(self, follow_event(self->follow, message, reactor_now(self->gateway->reactor)));
}

static void on_log_head(void *arg, const zframe_t *peer, const void *message)
{
    struct sync *self = arg;

    (void)peer;
    configuration_sync_head(&self->gateway->configuration_sync, message);
    step(self, follow_head(self->follow, message, reactor_now(self->gateway->reactor)));
}

static void on_preview(void *arg, const zframe_t *peer, const void *message)
{
    struct sync *self = arg;

    (void)peer;
    preview_changed(self->gateway, message);
}

/* ---- the place in the log ---- */

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
             log_number(self->at.seq));
    if (ring_newest(self->gateway->ring) != self->at.seq)
        ring_clear(self->gateway->ring);
    self->is_placed = true;
    sessions_recheck(self->gateway->sessions);
    checks_run(self->gateway->checks);
    enum follow_step what =
        follow_begin(self->follow, &self->at, self->newest, reactor_now(self->gateway->reactor));
    wake(self);
    step(self, what);
    sync_tell_ready(self);
}

/* ---- the recent events ---- */

/* As relay.c marks them when they come. */
static bool is_listed(const struct event *event)
{
    return event->chat.count &&
           (!event->chat.items->ended || strcmp(event->kind, "chat.ended") == 0) &&
           event_is_listed(event);
}

/* Returns whether there are more to be read. */
static bool keep_recent(struct sync *self, const struct events_found *found)
{
    struct ring *ring = self->gateway->ring;
    int64_t before = ring_newest(ring);

    for (size_t i = 0; i < found->events.count; i++) {
        const struct event *event = &found->events.items[i];
        if (event->seq > self->at.seq)
            break;
        struct ring_entry *entry = ring_add(ring, event);
        if (entry && is_listed(event))
            ring_mark_listed(entry);
    }
    return ring_newest(ring) > before && ring_newest(ring) < self->at.seq;
}

static void ask_recent(struct sync *self);

/* The gateway can do without them: whoever comes back is then served from the
 * log, and the list's streams begin anew. */
static void on_recent(void *arg, enum message_id type, const void *answer)
{
    struct sync *self = arg;
    const struct events_found *found = answer;
    bool is_found = type == MESSAGE_events_found;

    reactor_turn(self->gateway->reactor);
    if (is_found && strcmp(found->log_id, self->at.log_id) != 0)
        restart(self);
    else if (is_found && keep_recent(self, found))
        ask_recent(self);
    else
        take_place(self);
    relay_flush(self->gateway);
}

static void ask_recent(struct sync *self)
{
    int64_t newest = ring_newest(self->gateway->ring);
    struct events_get question = {.after_seq = newest, .limit = PAGE};

    if (!newest && self->at.seq > RECENT)
        question.after_seq = self->at.seq - RECENT;
    (void)caller_ask(self->gateway->commands, MESSAGE_events_get, &question, ANSWER_MS, on_recent,
                     self);
}

/* ---- the open chats ---- */

static void ask_page(void *arg);

/* Pages are read one after the other, so a chat on a later one may be newer
 * than position; replica_put then passes over what it knows already. */
static void take_page(struct sync *self, const struct chats_found *found)
{
    struct gateway *gateway = self->gateway;
    bool is_first = !*self->last_id;

    if (!is_first && strcmp(found->log_id, self->at.log_id) != 0) {
        restart(self);
        return;
    }
    if (is_first) {
        replica_clear(gateway->replica);
        memcpy(self->at.log_id, found->log_id, UUID_SIZE);
        self->at.seq = found->seq;
    }
    self->newest = found->seq;
    for (size_t i = 0; i < found->chats.count; i++)
        (void)replica_put(gateway->replica, &found->chats.items[i], reactor_now(gateway->reactor));
    if (found->more && found->chats.count) {
        memcpy(self->last_id, found->chats.items[found->chats.count - 1].id, UUID_SIZE);
        ask_page(self);
    } else if (self->at.seq) {
        ask_recent(self);
    } else {
        take_place(self);
    }
}

static void on_page(void *arg, enum message_id type, const void *answer)
{
    struct sync *self = arg;

    reactor_turn(self->gateway->reactor);
    if (type == MESSAGE_chats_found) {
        errand_done(&self->chats);
        take_page(self, answer);
    } else {
        errand_repeat(&self->chats);
    }
    relay_flush(self->gateway);
}

static void ask_page(void *arg)
{
    struct sync *self = arg;
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
    ring_clear(self->gateway->ring);
    previews_clear(self->gateway->previews);
    accounts_restart(self->gateway->accounts);
    self->is_placed = false;
    self->last_id[0] = '\0';
    ask_page(self);
}

/* ---- what the log is kept for ---- */

static bool where(void *arg, struct log_head *at)
{
    const struct sync *self = arg;

    *at = self->at; /* what comes after the first page is needed still */
    if (self->is_placed)
        at->seq = follow_position(self->follow);
    return *at->log_id;
}

/* ---- life ---- */

static const struct handler handlers[] = {
    {MESSAGE_event, on_event},
    {MESSAGE_log_head, on_log_head},
    {MESSAGE_preview, on_preview},
    {0, NULL},
};

/* Everything that is there makes its frames before any of them is written. */
static void on_readable(void *arg)
{
    struct sync *self = arg;

    reactor_turn(self->gateway->reactor);
    for (int i = 0; i < EVENTS_A_TURN && bus_dispatch(self->events, handlers, self); i++)
        ;
    relay_flush(self->gateway);
}

struct sync *sync_new(struct gateway *gateway)
{
    struct sync *self = own_zero(sizeof(*self));
    struct timers *timers = frame_timers(gateway->frame);

    metrics_add(&asked);
    metrics_add(&held_back);
    self->gateway = gateway;
    self->follow = follow_new(ASIDE_MAX, apply_event, self);
    self->events = bus_open(ZMQ_SUB, BUS_CONNECT, endpoints.events);
    if (!self->events || frame_read(gateway->frame, self->events, on_readable, self) == -1) {
        sync_destroy(&self);
        return NULL;
    }
    bus_subscribe(self->events, MESSAGE_event);
    bus_subscribe(self->events, MESSAGE_log_head);
    bus_subscribe(self->events, MESSAGE_preview);
    follower_start(&self->follower, gateway->commands, timers, where, self);
    return self;
}

void sync_begin(struct sync *self)
{
    if (!self->chats.timers)
        errand_start(&self->chats, frame_timers(self->gateway->frame), ask_page, self);
}

void sync_destroy(struct sync **self_p)
{
    struct sync *self = *self_p;

    if (!self)
        return;
    errand_stop(&self->chats);
    follower_stop(&self->follower);
    if (self->events)
        zloop_reader_end(frame_loop(self->gateway->frame), self->events);
    zsock_destroy(&self->events);
    follow_destroy(&self->follow);
    free(self);
    *self_p = NULL;
}
