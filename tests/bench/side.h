/* side.h - one side of a comparison under load: a server, its readers, and
 * whoever publishes to it: the bus for sse-gateway, HTTP for nchan. One
 * thread; times are microseconds of the monotonic clock. */
#ifndef SIDE_H
#define SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clients.h"

enum { SIDE_EVENTS_MAX = 1000000 };

struct side_options {
    bool is_kratt;
    const char *directory; /* of the bus */
    const char *pids;      /* of the server */
    int port;
    size_t streams, stalled;
    bool is_private; /* a channel for each stream, not one for all */
    size_t characters;
};

struct happening {
    int64_t sent, last; /* when it was published, and when it last arrived */
    int64_t left;       /* readers that do not have it yet */
};

struct side {
    struct side_options options;
    struct clients *clients;
    struct publisher *publisher;
    char cursor[64];              /* that new clients come back with; empty: none */
    struct happening *happenings; /* by number */
    int64_t published, done, delivered;
    uint32_t *latencies; /* of each delivery */
    size_t latencies_size;
};

/* Waits until one reader gets an event; that one is closed again. */
struct side *side_new(const struct side_options *options);
void side_destroy(struct side **self);

/* Opens all streams and waits until they are answered. */
void side_open(struct side *self);

/* Closes all streams; those that are opened next say what they had last. */
void side_drop(struct side *self);

/* Does what there is to do, or waits a millisecond for it. */
void side_turn(struct side *self);

/* Waits until everything published is at every reader that reads; ends the
 * program when that takes too long. */
void side_await(struct side *self);

/* Publishes the next event. */
void side_publish(struct side *self);

/* Publishes so many while no reader is there; all are to get them. */
void side_publish_missed(struct side *self, int count);

/* Forgets what was measured. */
void side_reset(struct side *self);

/* Returns this quantile (0.99) of the deliveries' times in milliseconds. */
double side_latency(struct side *self, double quantile);

#endif
