/* monitor.h - the own port of a process: /livez, /readyz, /healthz, /metrics.
 * Part of service.c; services use service.h. */
#ifndef MONITOR_H
#define MONITOR_H

#include <czmq.h>

#include "schema.h"
#include "timers.h"

enum { REASON_SIZE = 301 }; /* as long as service.alive takes, and a zero */

/* How the process is. service.c keeps it. */
struct vitals {
    const char *service;
    char instance[UUID_SIZE];
    int64_t started_at; /* wall milliseconds */
    bool ready;
    char why[REASON_SIZE]; /* it is not ready */
};

/* What a process that is so says of a part that it stands for. self is empty,
 * and is then the caller's. */
void vitals_tell(const struct vitals *vitals, const char *name, bool works, struct component *self);

/* The five fields of a heartbeat (contract §10) as JSON. The caller frees it. */
char *vitals_json(const struct vitals *vitals);

struct monitor;

/* Listens on address. vitals is lent. Returns NULL after logging. */
struct monitor *monitor_new(zloop_t *loop, struct timers *timers, const char *address,
                            const struct vitals *vitals);
void monitor_destroy(struct monitor **self);

/* Returns the address with the port that it really has, lent. */
const char *monitor_address(const struct monitor *self);

#endif
