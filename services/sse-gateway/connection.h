/* connection.h - one browser: a small record of fixed size (subscriptions
 * beyond the first hang on it, where there are several).
 *
 * While it reads its stream it owns no buffers. Bytes that are its own (the
 * head of the answer, what it missed) hang on it only until they are written;
 * everything else is shared frames (channel.h). */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "handed.h"
#include "schema.h"
#include "sessions.h"
#include "sources.h"
#include "subscription.h"

/* What a connection waits for. Each wait has one length, so those who wait
 * stand in line and the first is due first: no timer for each. */
enum lane {
    LANE_HEAD,    /* its request */
    LANE_OPEN,    /* something to send; due: a heartbeat */
    LANE_QUIET,   /* its client, to close and reopen after a batch (clients.md §2) */
    LANE_LEAVING, /* likewise, where it is known to do so; due: a heartbeat */
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
    CLOSED_ROLE_LOST,
    CLOSED_ROTATED,
    CLOSED_DRAINED,
    CLOSED_COUNT,
};

/* Bytes of one connection alone. */
struct outgoing {
    size_t size, written;
    char bytes[];
};

/* A place among the streams of a session. */
struct seat {
    struct session *session; /* NULL: in none */
    struct link place;
    struct connection *connection;
};

/* What a stream with several topics has on top. */
struct several {
    struct seat seat; /* the second: of an agent who is an end user, too */
    char *cors;       /* for a refusal, until something is written; then NULL */
    struct subscription subscriptions[];
};

struct gateway;

struct connection {
    struct gateway *gateway;
    int fd;          /* -1: closed */
    bool is_writing; /* waits for EPOLLOUT */
    bool has_head;   /* its request was read */
    struct link wait;
    struct link held; /* among those who wait to hear whether a token is good */
    int64_t since;    /* in its lane; monotonic milliseconds */
    enum lane lane : 8;
    enum door door : 8;
    bool is_held : 1;            /* its request, in own, is read again later */
    bool is_corked : 1;          /* no head was sent yet; own has its CORS lines */
    bool is_empty : 1;           /* it has no right: the empty form */
    bool is_batch : 1;           /* own has messages, after which /sse/ is quiet */
    bool is_quiet : 1;           /* such a batch was written just now */
    bool may_end : 1;            /* the last word was held back long enough */
    bool has_follower : 1;       /* its client opened the next one before it was seen to close */
    bool is_ending : 1;          /* it closes when its own bytes are written */
    bool is_unplaced : 1;        /* several: no id says yet how far the states go */
    enum closing ending : 8;     /* and why */
    unsigned holds : 4;          /* how often the last word was held back */
    unsigned count : 8;          /* of subscriptions */
    const struct stream *stream; /* NULL before the head */
    struct several *several;     /* NULL: it has one subscription, only */
    struct source *source;
    struct timer rotation; /* of a native stream: it has lived long enough */
    struct seat seat;
    struct outgoing *own; /* written before any frame; until has_head: what was read */
    int64_t own_seq;      /* handed out when own is written */
    int64_t reader_clock; /* wall milliseconds of its reader less the reactor's (handover.h) */
    struct handed_mark handed;
    struct subscription only;
};

/* Returns its subscriptions: so many as count says. */
static inline struct subscription *subscriptions_of(struct connection *self)
{
    return self->several ? self->several->subscriptions : &self->only;
}

/* Whether one of them waits for something that has to come first. */
bool connection_is_waiting(struct connection *self);

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

/* Makes everything that is waiting its own. */
void connection_take_rest(struct connection *self);

/* Turns what is waiting into its own bytes: one array of all messages. */
void connection_merge(struct connection *self);

/* Returns how its stream looks at its door. */
const struct view *connection_view(const struct connection *self);

#endif
