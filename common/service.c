#include "service.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bus.h"
#include "clock.h"
#include "guard.h"
#include "log.h"
#include "monitor.h"
#include "own.h"
#include "utf8.h"
#include "uuid.h"
#include "watch.h"

enum {
    BEAT_MS = 1000,
    LAST_WORD_MS = 200, /* how long the end waits for the last heartbeat to leave */
};

struct frame {
    const struct service *service;
    struct vitals vitals;
    zloop_t *loop;
    struct timers *timers;
    struct monitor *monitor;
    zsock_t *beats;
    struct timer beat;
    zlistx_t *readers;
    int signals; /* signalfd */
    bool draining;
};

/* What zloop is given of a socket that frame_read reads. */
struct reader {
    struct timers *timers;
    void (*on_message)(void *self);
    void *self;
};

struct endpoints endpoints;

static const char *monitor_setting;
static const char *log_level;
static const char *key_folder;

static const struct setting shared_settings[] = {
    {"KRATT_MONITOR", SETTING_TEXT, &monitor_setting, "127.0.0.1:0",
     "address of the own port: /livez, /readyz, /healthz, /metrics; port 0: a free one", 0, 0},
    {"KRATT_LOG_LEVEL", SETTING_TEXT, &log_level, "info", "error, warn, info or debug", 0, 0},
    {"KRATT_COMMANDS", SETTING_TEXT, &endpoints.commands, "ipc://run/commands",
     "where chat-state takes commands and queries", 0, 0},
    {"KRATT_EVENTS", SETTING_TEXT, &endpoints.events, "ipc://run/events",
     "where chat-state publishes events", 0, 0},
    {"KRATT_WAITING", SETTING_TEXT, &endpoints.waiting, "ipc://run/waiting",
     "where waiting-time is asked", 0, 0},
    {"KRATT_WAITING_EVENTS", SETTING_TEXT, &endpoints.waiting_events, "ipc://run/waiting-events",
     "where waiting-time publishes changes", 0, 0},
    {"KRATT_HEALTH", SETTING_TEXT, &endpoints.health, "ipc://run/health", "where health is asked",
     0, 0},
    {"KRATT_HEALTH_EVENTS", SETTING_TEXT, &endpoints.health_events, "ipc://run/health-events",
     "where health publishes changes", 0, 0},
    {"KRATT_HEARTBEATS", SETTING_TEXT, &endpoints.heartbeats, "ipc://run/heartbeats",
     "where health takes heartbeats", 0, 0},
    {"KRATT_CURVE_DIR", SETTING_TEXT, &key_folder, "",
     "folder with this service's keys for tcp, from deploy/keys", 0, 0},
    {NULL, SETTING_TEXT, NULL, NULL, NULL, 0, 0},
};

/* ---- settings ---- */

static void log_complaints(char *complaints)
{
    char *rest = complaints;

    for (const char *line; (line = strsep(&rest, "\n"));)
        if (*line)
            log_error("setting refused", "why", line);
}

static int read_shared_settings(const struct service *service, FILE *complaints)
{
    int rc = 0;

    if (config_read(shared_settings, complaints) == -1)
        return -1;
    if (log_level_named(log_level) == -1) {
        fprintf(complaints, "KRATT_LOG_LEVEL is not error, warn, info or debug: %s\n", log_level);
        rc = -1;
    }
    return guard_read(service->name, key_folder, complaints) == -1 ? -1 : rc;
}

static int read_settings(const struct service *service)
{
    char *said = NULL;
    size_t size = 0;
    FILE *complaints = open_memstream(&said, &size);

    if (!complaints)
        abort();
    int rc = config_read(service->settings, complaints);
    if (read_shared_settings(service, complaints) == -1)
        rc = -1;
    fclose(complaints);
    log_complaints(said);
    free(said);
    return rc;
}

static int read_arguments(const struct service *service, const char *argument)
{
    if (streq(argument, "--version")) {
        printf("kratt %s %s\n", service->name, KRATT_VERSION);
        return EXIT_SUCCESS;
    }
    if (streq(argument, "--help")) {
        printf("Usage: %s [--help | --version]\n\n"
               "Settings are environment variables. In brackets: what holds without them.\n\n",
               service->name);
        config_print(service->settings, stdout);
        config_print(shared_settings, stdout);
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "Usage: %s [--help | --version]\n", service->name);
    return EXIT_FAILURE;
}

/* ---- heartbeat ---- */

static void add_component(const struct frame *self, const struct part *part,
                          struct service_alive *alive)
{
    vitals_tell(&self->vitals, part->name, part->works(self->service->self),
                list_append((struct list *)&alive->components, &message_types[MESSAGE_component]));
}

static void send_beat(struct frame *self, bool stopping)
{
    struct service_alive alive = {
        .started_at = self->vitals.started_at, .ready = self->vitals.ready, .stopping = stopping};

    memcpy(alive.instance, self->vitals.instance, UUID_SIZE);
    alive.service = own_copy(self->service->name);
    alive.version = own_copy(KRATT_VERSION);
    alive.why = own_copy(self->vitals.why);
    for (const struct part *part = self->service->parts; part && part->name; part++)
        add_component(self, part, &alive);
    (void)bus_send(self->beats, NULL, MESSAGE_service_alive, &alive); /* the next one follows */
    message_clear(&message_types[MESSAGE_service_alive], &alive);
}

static void on_beat(void *arg)
{
    struct frame *self = arg;

    timers_set(self->timers, &self->beat, clock_monotonic_ms() + BEAT_MS);
    send_beat(self, false);
}

/* Nothing is told before the service is open: its parts are not there yet. */
void frame_beat(struct frame *frame)
{
    if (frame->beat.on_time)
        on_beat(frame);
}

/* Keeps what fits of the reason; it may come from elsewhere, so it may be no
 * text at all. */
static void set_reason(struct vitals *vitals, const char *why)
{
    size_t size = strnlen(why, REASON_SIZE - 1);

    memset(vitals->why, 0, REASON_SIZE);
    memcpy(vitals->why, why, size);
    while (!utf8_is_valid(vitals->why))
        vitals->why[--size] = '\0';
}

void frame_set_ready(struct frame *frame, bool ready, const char *why)
{
    struct vitals *vitals = &frame->vitals;
    struct vitals before = *vitals;

    if (frame->draining && ready)
        return; /* there is no way back */
    vitals->ready = ready;
    set_reason(vitals, ready ? "" : why);
    if (before.ready == ready && streq(before.why, vitals->why))
        return;
    if (ready)
        log_info("ready");
    else
        log_warn("not ready", "why", vitals->why);
    frame_beat(frame);
}

/* ---- the loop ---- */

zloop_t *frame_loop(struct frame *frame)
{
    return frame->loop;
}

struct timers *frame_timers(struct frame *frame)
{
    return frame->timers;
}

char *frame_heartbeat_json(const struct frame *frame)
{
    return vitals_json(&frame->vitals);
}

static int on_end(zloop_t *loop, int timer_id, void *arg)
{
    (void)loop;
    (void)timer_id;
    (void)arg;
    return -1; /* ends the loop */
}

/* Only what zloop itself calls can end it, and this may be called from
 * anywhere, also before the loop starts. */
void frame_end(struct frame *frame)
{
    if (zloop_timer(frame->loop, 0, 1, on_end, NULL) == -1)
        abort(); /* out of memory */
}

static int on_readable(zloop_t *loop, zsock_t *sock, void *arg)
{
    const struct reader *reader = arg;

    (void)loop;
    (void)sock;
    timers_begin(reader->timers);
    reader->on_message(reader->self);
    timers_end(reader->timers);
    return 0;
}

static void reader_destroy(void **item)
{
    free(*item);
    *item = NULL;
}

int frame_read(struct frame *frame, zsock_t *sock, void (*on_message)(void *self), void *self)
{
    struct reader *reader = own_zero(sizeof(*reader));

    reader->timers = frame->timers;
    reader->on_message = on_message;
    reader->self = self;
    zlistx_add_end(frame->readers, reader);
    if (zloop_reader(frame->loop, sock, on_readable, reader) == -1) {
        log_error("socket not read", "why", "the loop does not take it");
        return -1;
    }
    zloop_reader_set_tolerant(frame->loop, sock);
    return 0;
}

/* ---- signals ---- */

/* The first one lets the service finish what it has; the second does not. */
static int on_signal(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct frame *self = arg;
    struct signalfd_siginfo signal;

    (void)loop;
    if (read(item->fd, &signal, sizeof(signal)) != sizeof(signal))
        return 0;
    log_info("stopping", "signal", strsignal((int)signal.ssi_signo));
    if (self->draining || !self->service->drain) {
        frame_end(self);
        return 0;
    }
    self->draining = true;
    frame_set_ready(self, false, "stopping");
    self->service->drain(self, self->service->self);
    return 0;
}

/* Before anything makes a thread: the threads inherit what is blocked. */
static int take_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void start_czmq(const char *name)
{
    zsys_handler_set(NULL); /* the signals are ours */
    zsys_init();
    zsys_set_logstream(stderr);
    zsys_set_logident(name);
}

/* ---- run ---- */

static int frame_open(struct frame *self, const struct service *service)
{
    self->service = service;
    self->vitals.service = service->name;
    self->vitals.started_at = clock_wall_ms();
    uuid_make(self->vitals.instance);
    set_reason(&self->vitals, "starting");
    self->signals = take_signals();
    start_czmq(service->name);
    self->loop = zloop_new();
    self->timers = timers_new();
    self->readers = zlistx_new();
    zlistx_set_destructor(self->readers, reader_destroy);
    timers_attach(self->timers, self->loop);
    zmq_pollitem_t item = {NULL, self->signals, ZMQ_POLLIN, 0};
    if (self->signals == -1 || zloop_poller(self->loop, &item, on_signal, self) == -1) {
        log_error("signals not taken", "why", strerror(errno));
        return -1;
    }
    zloop_poller_set_tolerant(self->loop, &item);
    watch_start(self->loop);
    if (guard_open(self->loop) == -1)
        return -1;
    self->beats = bus_open(ZMQ_PUSH, BUS_CONNECT, endpoints.heartbeats);
    if (!self->beats)
        return -1;
    zsock_set_linger(self->beats, LAST_WORD_MS);
    self->monitor = monitor_new(self->loop, self->timers, monitor_setting, &self->vitals);
    return self->monitor ? 0 : -1;
}

static void frame_close(struct frame *self)
{
    monitor_destroy(&self->monitor);
    zsock_destroy(&self->beats);
    guard_close();
    watch_stop();
    zlistx_destroy(&self->readers);
    zloop_destroy(&self->loop);
    timers_destroy(&self->timers);
    if (self->signals != -1)
        close(self->signals);
}

static int run(struct frame *self, const struct service *service)
{
    int rc = EXIT_FAILURE;

    if (service->open(self, service->self) == 0) {
        self->beat.on_time = on_beat;
        self->beat.self = self;
        frame_beat(self);
        log_info("started", "monitor", monitor_address(self->monitor));
        zloop_start(self->loop);
        self->vitals.ready = false;
        send_beat(self, true);
        rc = EXIT_SUCCESS;
    }
    service->close(service->self);
    return rc;
}

int service_run(const struct service *service, int argc, char **argv)
{
    struct frame frame = {0};
    int rc = EXIT_FAILURE;

    if (argc > 1)
        return read_arguments(service, argv[1]);
    log_open(service->name, LOG_INFO);
    if (read_settings(service) == -1)
        return EXIT_FAILURE;
    log_open(service->name, log_level_named(log_level));
    if (frame_open(&frame, service) == 0)
        rc = run(&frame, service);
    frame_close(&frame);
    if (rc == EXIT_SUCCESS)
        log_info("stopped");
    return rc;
}
