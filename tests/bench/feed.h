/* feed.h - everything around one sse-gateway, played on the bus: chat-state,
 * waiting-time and health, and the key that signs an agent's cookie.
 *
 * The sockets are at ipc://DIRECTORY/commands, /events, /waiting,
 * /waiting-events, /health and /health-events; the public key is the file
 * DIRECTORY/token.pub.pem. */
#ifndef FEED_H
#define FEED_H

#include <czmq.h>

#include "schema.h"

struct feed;

/* Ends the program when something cannot be opened. */
struct feed *feed_new(const char *directory);
void feed_destroy(struct feed **self);

/* Returns the Cookie field's value, lent: an agent that may read every chat. */
const char *feed_cookie(const struct feed *self);

/* Whether the gateway has been told the open chats and the revoked tokens. */
bool feed_is_followed(const struct feed *self);

/* Fills items for zmq_poll. Returns how many, FEED_ITEMS at most. */
enum { FEED_ITEMS = 3 };
int feed_items(const struct feed *self, zmq_pollitem_t *items);

/* Answers what was asked, without waiting. Returns how much that was. A
 * question for a range of the log ends the program: the gateway then lost what
 * was published, and the figures mean nothing. */
int feed_turn(struct feed *self);

/* Publishes the event; its seq is the one after the last. */
void feed_publish(struct feed *self, const struct event *event);

/* It was not published: who comes back with a cursor is told it. Of one
 * channel; copied. */
void feed_keep(struct feed *self, const struct event *event);

#endif
