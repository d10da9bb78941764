/* clients.h - many readers of Server-Sent Events, held by one epoll instance.
 *
 * Of what arrives only this is looked at: the status of the answer, and the
 * number in each mark "~<number>;" of an event (payload.h). */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <msgpack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clients;

struct clients_hooks {
    /* Appends the request of a client, to the byte. */
    void (*write_request)(void *self, msgpack_sbuffer *out, size_t client);
    void (*on_event)(void *self, size_t client, int64_t number);
    void *self;
};

/* At 127.0.0.1:port, none opened yet. */
struct clients *clients_new(int port, size_t most, const struct clients_hooks *hooks);
void clients_destroy(struct clients **self);

/* Can be polled for reading. */
int clients_fd(const struct clients *self);

/* Reads what has come, without waiting. Returns how much there was. */
int clients_turn(struct clients *self);

/* Opens clients up to this number, some now, the others as those are
 * answered. Those from stalled on never read what comes after the answer. */
void clients_open(struct clients *self, size_t count, size_t stalled);

/* Closes all; clients_open then begins anew. */
void clients_close(struct clients *self);

/* Returns how many are answered with 200, and how many are gone: refused, or
 * closed by the server. */
size_t clients_ready(const struct clients *self);
size_t clients_gone(const struct clients *self);

/* Returns the id of the last event that the first client got, lent. */
const char *clients_last_id(const struct clients *self);

#endif
