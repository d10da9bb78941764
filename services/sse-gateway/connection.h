/* connection.h - one browser: a small record of fixed size.
 *
 * While it reads its stream it owns no buffers. Bytes that are its own (the
 * head of the answer, what it missed) hang on it only until they are written;
 * everything else is shared frames (channel.h). */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "channel.h"
#include "schema.h"
#include "sessions.h"
#include "sources.h"
#include "streams.h"

/* What a connection waits for. Each wait has one length, so those who wait
 * stand in line and the first is due first: no timer for each. */
enum lane {
    LANE_HEAD,    /* its request */
    LANE_OPEN,    /* something to send; due: a heartbeat */
    LANE_QUIET,   /* its client, to close and reopen after a batch (clients.md §2) */
    LANE_HELD,    /* the closing message to go first (clients.md §2) */
    LANE_BLOCKED, /* its client, to read */
    LANE_LINGER,  /* its client, to close after a refusal */
    LANE_COUNT,
};

/* Why a stream closes, for the metrics. */
enum closing {
    CLOSED_BY_CLIENT,
    CLOSED_REFUSED,
    CLOSED_TIMED_OUT,
    CLOSED_BEHIND,
    CLOSED_STALLED,
    CLOSED_RIGHT_ENDED,
    CLOSED_EXPIRED,
    CLOSED_REVOKED,
    CLOSED_ROTATED,
    CLOSED_DRAINED,
    CLOSED_COUNT,
};

/* Bytes of one connection alone. */
struct outgoing {
    size_t size, written;
    char bytes[];
};

/* What it waits for beside the socket. */
enum owed {
    OWED_NOTHING,
    OWED_STATE,  /* the current value is to be sent */
    OWED_SYNC,   /* it is to begin when the gateway knows the log */
    OWED_ANSWER, /* it has asked */
    OWED_RETRY,  /* it is to ask again */
};

struct gateway;

struct connection {
    struct gateway *gateway;
    int fd;          /* -1: closed */
    bool is_writing; /* waits for EPOLLOUT */
    bool has_head;   /* its request was read */
    struct link wait;
    int64_t since; /* in its lane; monotonic milliseconds */
    enum lane lane : 8;
    enum owed owed : 8;
    enum door door : 8;
    bool is_corked : 1;          /* no head was sent yet; own has its CORS lines */
    bool is_empty : 1;           /* it has no right: the empty form */
    bool is_batch : 1;           /* own has messages, after which /sse/ is quiet */
    bool is_quiet : 1;           /* such a batch was written just now */
    bool may_end : 1;            /* the last word was held back long enough */
    bool has_follower : 1;       /* its client opened the next one before it was seen to close */
    bool has_bound : 1;          /* after was given */
    bool is_ending : 1;          /* it closes when its own bytes are written */
    enum closing ending : 8;     /* and why */
    unsigned holds : 4;          /* how often the last word was held back */
    const struct stream *stream; /* NULL before the head */
    struct session *session;
    struct source *source;
    struct timer rotation; /* of a native stream: it has lived long enough */
    struct link of_session;
    struct subscriber subscriber;
    struct outgoing *own; /* written before any frame; until has_head: what was read */
    int64_t own_seq;      /* handed out when own is written */
    int64_t handed;       /* newest seq that was written, -1: none */
    int64_t after;        /* catch up with what is newer: wall milliseconds */
    int64_t after_seq;    /* likewise: seq; -1: a cursor that nobody gave out */
    uint64_t ticket;      /* of a question; 0: none */
};

enum wrote { WROTE_ALL, WROTE_SOME, WROTE_NONE, WROTE_FAILED };

/* Appends to the connection's own bytes. */
void connection_say(struct connection *self, const void *bytes, size_t size);

/* Writes what is its own; frees it when it is written. sent: the bytes. */
enum wrote connection_write_own(struct connection *self, size_t *sent);

/* Writes up to limit of the frames that wait for it. seq: of the last frame
 * that is whole now, or 0. WROTE_ALL: the socket took all it was given. */
enum wrote connection_write_frames(struct connection *self, int limit, size_t *sent, int64_t *seq);

/* Makes the rest of a frame that it is in the middle of its own, so that
 * other bytes of its own come after it. */
void connection_finish_frame(struct connection *self);

/* Turns what is waiting into its own bytes: one array of all messages. */
void connection_merge(struct connection *self, const struct view *view);

/* Leaves its channel; a frame that it is in the middle of becomes its own. */
void connection_leave_channel(struct connection *self);

/* Returns how its stream looks at its door. */
const struct view *connection_view(const struct connection *self);

#endif
