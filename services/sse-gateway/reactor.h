/* reactor.h - an epoll instance for the listening socket and all browsers,
 * inside the service's zloop.
 *
 * It accepts, closes, watches and times; what is read and written, and when,
 * is intake.c's and pump.c's business. A closed connection keeps its memory
 * until the next turn, so that nobody holds one that is gone: its fd is -1. */
#ifndef REACTOR_H
#define REACTOR_H

#include "connection.h"
#include "service.h"

struct reactor;

struct reactor_limits {
    int64_t connections;
    int64_t lane_ms[LANE_COUNT];
};

/* Called with self. connection is lent. */
struct reactor_hooks {
    void (*on_readable)(struct connection *connection);
    void (*on_writable)(struct connection *connection);
    void (*on_due)(struct connection *connection, enum lane lane);
    void (*on_close)(struct connection *connection); /* before its fd closes */
};

/* Raises the limit of open files and listens on address, "127.0.0.1:8090" or
 * "[::1]:0". Returns NULL after logging. */
struct reactor *reactor_new(struct gateway *gateway, const char *address,
                            const struct reactor_limits *limits, const struct reactor_hooks *hooks);

/* Closes everything. */
void reactor_destroy(struct reactor **self);

/* No newcomers from now on. */
void reactor_stop_listening(struct reactor *self);

/* Returns the monotonic time at which this turn began. */
int64_t reactor_now(const struct reactor *self);

/* Every callback of the loop that reaches connections begins with this. */
void reactor_turn(struct reactor *self);

/* Stands at the end of this lane from now on. */
void reactor_stand(struct reactor *self, struct connection *connection, enum lane lane);

/* Watches for room to write, or not any more. */
void reactor_watch_writing(struct reactor *self, struct connection *connection, bool on);

void reactor_close(struct reactor *self, struct connection *connection, enum closing why);

/* Returns how many connections there are. */
int64_t reactor_count(const struct reactor *self);

/* Calls visit for every connection, which it may close. */
void reactor_each(struct reactor *self, void (*visit)(struct connection *connection));

#endif
