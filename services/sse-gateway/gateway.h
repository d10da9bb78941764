/* gateway.h - the state of the program, which its parts share. */
#ifndef GATEWAY_H
#define GATEWAY_H

#include "accounts.h"
#include "board.h"
#include "caller.h"
#include "checks.h"
#include "configuration_sync.h"
#include "handed.h"
#include "neighbours.h"
#include "reactor.h"
#include "replica.h"
#include "ring.h"
#include "service.h"
#include "sessions.h"
#include "sources.h"
#include "sync.h"
#include "topics.h"
#include "whereabouts.h"

struct gateway {
    struct frame *frame;
    char name[WHEREABOUTS_NAME_SIZE]; /* of this life */
    /* settings */
    const char *address, *allowed_origins, *public_key, *issuer;
    int64_t connections;
    int64_t stream_bytes; /* a stream may be so far behind */
    int64_t stall_ms;     /* and for so long */
    int64_t heartbeat_ms;
    int64_t per_address;
    int64_t lifetime_s; /* of a native stream, more or less; 0: for ever */
    int64_t drain_ms;
    int64_t ring_bytes;
    /* parts */
    struct reactor *reactor;
    struct topics *topics;
    struct replica *replica;
    struct ring *ring;
    struct board *board;
    struct previews *previews;
    struct sessions *sessions;
    struct checks *checks;
    struct handed *handed;
    struct sources *sources;
    struct sync *sync;
    struct accounts *accounts;
    struct neighbours *neighbours;
    struct caller *commands; /* to chat-state */
    struct configuration configuration;
    struct configuration_sync configuration_sync;
    bool hides_titles; /* chats are shown without csaTitle, see titles.h */
    /* the list of /sse/cs-get-all-active-chats, see relay.h */
    bool list_is_stale;
    int64_t list_due; /* not made anew before */
    struct timer list_timer;
    /* chores */
    struct timer key_timer, sweep_timer, rights_timer, retry_timer, drain_timer;
    bool is_draining;
    int64_t drain_end; /* monotonic milliseconds */
};

#endif
