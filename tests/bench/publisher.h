/* publisher.h - what is done to the server under test whoever holds the
 * readers: asking for a stream, and publishing, on the bus to sse-gateway, by
 * POST to nchan. */
#ifndef PUBLISHER_H
#define PUBLISHER_H

#include <msgpack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feed.h"
#include "poster.h"

struct publisher {
    struct feed *feed;     /* NULL: nchan */
    struct poster *poster; /* NULL: Kratt */
    size_t characters;     /* of a message */
};

/* Appends the request for the stream of a channel. cookie: of feed_cookie, or
 * NULL: nchan. cursor: what the reader had last; empty: nothing. */
void publisher_ask(msgpack_sbuffer *out, const char *cookie, size_t channel, const char *cursor);

/* directory: of the bus; NULL: nchan, at port. */
struct publisher *publisher_new(const char *directory, int port, size_t characters);
void publisher_destroy(struct publisher **self);

/* Fills items for zmq_poll. Returns how many, FEED_ITEMS at most. */
int publisher_items(const struct publisher *self, zmq_pollitem_t *items);

/* Takes what has come, without waiting. Returns how much that was. */
int publisher_turn(struct publisher *self);

/* Publishes to a channel the event of this number. Missed: while no reader is
 * there, who come back with a cursor. */
void publisher_send(struct publisher *self, size_t channel, int64_t number, bool is_missed);

#endif
