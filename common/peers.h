/* peers.h - who may speak to whom on the bus: each socket, the service that
 * binds it, and those that may connect to it. Whose keys a service needs, and
 * whose it accepts where, follows from this table alone. Pure. */
#ifndef PEERS_H
#define PEERS_H

#include <stdbool.h>
#include <stddef.h>

enum peer {
    PEER_CHAT_STATE,
    PEER_REST_INGRESS,
    PEER_SSE_GATEWAY,
    PEER_WAITING_TIME,
    PEER_HEALTH,
    PEER_COUNT
};

/* The names of the services, by enum peer. */
extern const char *const peer_names[PEER_COUNT];

/* One socket of the bus. */
struct meeting {
    const char *name;    /* in logs and keys' questions; NULL ends the table */
    const char *setting; /* which says where it is */
    size_t endpoint;     /* its offset in struct endpoints (service.h) */
    enum peer binder;
    unsigned callers; /* a bit for each enum peer */
};

extern const struct meeting meetings[];

/* Returns an enum peer, PEER_COUNT when no service has this name. */
enum peer peer_named(const char *name);

/* Returns where the socket is, as this process was told. */
const char *meeting_endpoint(const struct meeting *meeting);

/* Returns the socket that is there, or of this name; NULL when there is none. */
const struct meeting *meeting_at(const char *endpoint);
const struct meeting *meeting_named(const char *name);

bool meeting_is_bound_by(const struct meeting *meeting, enum peer peer);
bool meeting_is_called_by(const struct meeting *meeting, enum peer peer);

/* Whether these two share a socket, so that each has to know the other's
 * public key. */
bool peers_meet(enum peer one, enum peer other);

#endif
