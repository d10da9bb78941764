/* streams.h - the table of the streams, and how each door shows each thing.
 *
 * To add a stream, add a row here; if it shows something new, also a kind,
 * what is sent at its open (stream.c) and what changes it (relay.c). */
#ifndef STREAMS_H
#define STREAMS_H

#include <msgpack.h>

#include "schema.h"
#include "span.h"

/* /sse/ is for the clients of today (contract §7.1), /events/ is native
 * (design.md §3). */
enum door { DOOR_SSE, DOOR_EVENTS, DOOR_COUNT };

/* What a stream is about. */
enum kind {
    KIND_MESSAGES, /* of one chat */
    KIND_CHAT,
    KIND_CHATS, /* all open ones */
    KIND_WAITING,
    KIND_HEALTH,
};

enum who { WHO_ANYONE, WHO_END_USER, WHO_AGENT };

struct view {
    enum kind kind;
    enum door door;
    const char *before, *after; /* the value; a native frame has its id line before both */
    const char *empty;          /* the whole frame of who has no right; NULL natively */
    void (*message)(msgpack_sbuffer *out, const struct message *message); /* KIND_MESSAGES */
};

struct stream {
    const char *name;
    enum who who;
    const char *bound; /* the parameter with the time to start after; NULL: none */
    const struct view *views[DOOR_COUNT];
};

enum { STREAM_COUNT = 8 };
extern const struct stream streams[STREAM_COUNT];

/* Returns the stream that /sse/<name> or /events/<name> means, and which door;
 * NULL when there is none. */
const struct stream *stream_at(struct span path, enum door *door);

/* Whether only the newest frame of this view counts: whoever is behind goes
 * straight to it, and it is kept for who comes later. */
bool view_keeps_last(const struct view *self);

/* Whether messages that wait together go in one frame. */
bool view_is_array(const struct view *self);

/* Writes what stands before and after the value of a frame. seq: of the id
 * line, 0 for none; /sse/ has none in any case. */
void view_open(const struct view *self, msgpack_sbuffer *out, int64_t seq);
void view_close(const struct view *self, msgpack_sbuffer *out);

#endif
