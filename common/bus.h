/* bus.h - ZeroMQ sockets with the limits every service keeps to, and
 * messages.def over them.
 *
 * A message is two frames: the wire name and the MessagePack body. Between a
 * DEALER and a ROUTER the ROUTER sees the sender's identity before them.
 * Every socket has: no linger; bounded high-water marks; frames of at most
 * 64 MiB, and of 256 KiB where requests and heartbeats come in: who sends a
 * longer one loses its connection; 3 s for a handshake. On tcp also heartbeats
 * (500 ms, time-out 1.5 s), and keys where there are any (guard.h). A socket
 * that connects does so within a second or tries again, with a growing pause
 * of at most that, and sends only to peers that are there. What happens to
 * connections is counted (watch.h). An endpoint may name several addresses,
 * with commas. */
#ifndef BUS_H
#define BUS_H

#include <czmq.h>

#include "codec.h"

/* BUS_LATEST goes with either: each message makes the ones before it worthless,
 * so only a few are queued for a slow subscriber. */
enum bus_end { BUS_BIND = 0, BUS_CONNECT = 1, BUS_LATEST = 2 };

/* type: ZMQ_ROUTER, ZMQ_DEALER, ZMQ_PUB, ZMQ_SUB, ZMQ_PUSH or ZMQ_PULL; end:
 * of enum bus_end. A SUB
 * is subscribed to nothing; use bus_subscribe. Returns NULL after logging. */
zsock_t *bus_open(int type, unsigned end, const char *endpoint);

/* Receives messages with this wire name on a SUB. */
void bus_subscribe(zsock_t *sub, enum message_id message);

/* Encodes and sends; never waits. peer is the ROUTER's frame with the
 * identity (lent), NULL on any other socket. Returns 0, or -1 when the message
 * breaks the schema or the peer cannot take it now (logged and counted). */
int bus_send(zsock_t *sock, const zframe_t *peer, enum message_id message, const void *self);

/* Sends a body that is encoded already (lent). */
int bus_send_body(zsock_t *sock, const zframe_t *peer, enum message_id message, const void *body,
                  size_t size);

/* A message and what to do about it. A table of these ends at a NULL handle.
 * message is lent for the call; peer is the sender on a ROUTER, NULL
 * elsewhere, also lent (zframe_dup keeps it). */
struct handler {
    enum message_id message;
    void (*handle)(void *self, const zframe_t *peer, const void *message);
};

/* Receives one message, if there is one, and calls its handler. What does not
 * decode, or has no handler, is logged, counted and dropped. Returns whether
 * there was one; call it until there is none. */
bool bus_dispatch(zsock_t *sock, const struct handler *handlers, void *self);

#endif
