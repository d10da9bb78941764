/* service.h - what every service does around its own work: settings, log,
 * loop, own HTTP port, heartbeat to health, SIGTERM.
 *
 * Own port (KRATT_MONITOR): /livez 200 while the loop turns; /readyz 200 or
 * 503 with the reason; /healthz the five heartbeat fields of contract §10,
 * with 503 while not ready; /metrics in OpenMetrics text. */
#ifndef SERVICE_H
#define SERVICE_H

#include <czmq.h>

#include "config.h"
#include "schema.h"
#include "timers.h"

struct frame; /* the running service, made by service_run */

/* A part that users know by name (contract §10), and whether it works. */
struct part {
    const char *name; /* NULL ends the table */
    bool (*works)(void *self);
};

struct service {
    const char *name;
    const struct setting *settings; /* its own; those of service.c come on top */
    const struct part *parts;       /* what it stands for in the health list; NULL: nothing */
    /* Opens sockets and timers. Returns 0, or -1 after logging. */
    int (*open)(struct frame *frame, void *self);
    /* SIGTERM came: stop taking work. The loop goes on until frame_end() is
     * called. NULL: end at once. */
    void (*drain)(struct frame *frame, void *self);
    /* Releases what open made, also when open failed half-way. */
    void (*close)(void *self);
    void *self; /* passed to all of them */
};

/* Runs until SIGTERM or SIGINT; returns what main should return. --help
 * prints the settings, --version the version. */
int service_run(const struct service *service, int argc, char **argv);

zloop_t *frame_loop(struct frame *frame);
struct timers *frame_timers(struct frame *frame);

/* Says whether the service can do its work now, and if not why ("" when it
 * can). It starts as not ready. Logged when it changes; told to health at
 * once. */
void frame_set_ready(struct frame *frame, bool ready, const char *why);

/* A part of the service changed: tells health now, not at the next beat. */
void frame_beat(struct frame *frame);

/* Ends the loop; service_run then closes and returns. */
void frame_end(struct frame *frame);

/* Writes the JSON of /healthz: appName, version, packagingTime, appStartTime,
 * serverTime. The caller frees it. */
char *frame_heartbeat_json(const struct frame *frame);

/* Likewise of the process that stands for a part, as health tells it. */
char *component_json(const struct component *component);

/* Reads sock from the loop: on_message is called whenever there is something
 * to receive. Returns 0, or -1 after logging. */
int frame_read(struct frame *frame, zsock_t *sock, void (*on_message)(void *self), void *self);

/* ---- the bus: where each socket is. Each process reads these settings. ---- */

struct endpoints {
    const char *commands;       /* KRATT_COMMANDS: chat-state's ROUTER */
    const char *events;         /* KRATT_EVENTS: chat-state's PUB */
    const char *waiting;        /* KRATT_WAITING: waiting-time's ROUTER */
    const char *waiting_events; /* KRATT_WAITING_EVENTS: waiting-time's PUB */
    const char *health;         /* KRATT_HEALTH: health's ROUTER */
    const char *health_events;  /* KRATT_HEALTH_EVENTS: health's PUB */
    const char *heartbeats;     /* KRATT_HEARTBEATS: health's PULL */
};

extern struct endpoints endpoints;

#endif
