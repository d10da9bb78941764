/* streams.h - the table of the streams, and how each door shows each thing.
 *
 * To add a stream, add a row here; if it shows something new, also a kind,
 * what is sent at its open (catchup.c) and what changes it (relay.c).
 *
 * A stream of /events/ is also a topic of /events?subscribe=…, one stream
 * with several of them: there each value is wrapped with the topic's name,
 * and an id says also which part of its event a frame is. */
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
    KIND_HINTS,      /* that there is something new in one chat (contract §7.3) */
    KIND_LIST_HINTS, /* that the list of open chats is another */
    KIND_PLACE,      /* one chat's place in the queue, alone */
    KIND_SEVERAL,    /* topics */
};

/* How a value is written (view.h). */
enum shape {
    SHAPE_NONE,
    SHAPE_NEW_MESSAGE,
    SHAPE_MESSAGE,
    SHAPE_CHAT,
    SHAPE_ROW,
    SHAPE_HINT,
    SHAPE_LIST_HINT,
    SHAPE_COUNT
};

/* WHO_OF_CHAT: the end user of the chat that the path names, or an agent. */
enum who { WHO_ANYONE, WHO_END_USER, WHO_AGENT, WHO_OF_CHAT };

struct view {
    enum kind kind;
    enum door door;
    const char *before, *after; /* the value; a native frame has its id line before both */
    const char *empty;          /* the whole frame of who has no right; NULL natively */
    enum shape shape;           /* of what is told event by event */
};

/* A stream of the later clients (contract §7.3) is under /sse/, too, but for
 * them it is as a native one. If its name ends with a slash, a chat's id
 * follows. It is no topic. */
struct stream {
    const char *name;
    enum who who;
    bool is_later;
    const char *bound; /* the parameter with the time to start after; NULL: none */
    const char *state; /* the REST route that has the state; NULL: nothing to go on after */
    const struct view *views[DOOR_COUNT];
};

enum { STREAM_COUNT = 12 };
extern const struct stream streams[STREAM_COUNT];

/* Returns the stream that /sse/<name> or /events/<name> means, and which door;
 * NULL when there is none. /events alone is that of KIND_SEVERAL. */
const struct stream *stream_at(struct span path, enum door *door);

/* Returns what follows the stream's name in its path: a chat's id, or "". */
struct span stream_rest(const struct stream *self, struct span path);

/* Returns the stream of this name, which may be a topic; NULL: there is none. */
const struct stream *stream_named(struct span name);

/* Whether only the newest frame of this view counts: whoever is behind goes
 * straight to it, and it is kept for who comes later. */
bool view_keeps_last(const struct view *self);

/* Whether it tells only that something changed, and so nothing at its open. */
bool view_is_hint(const struct view *self);

/* Whether it is about all open chats. */
bool view_is_list(const struct view *self);

/* Whether it shows a chat, or a row of the list, at a time. */
bool view_has_chats(const struct view *self);

/* Whether messages that wait together go in one frame. */
bool view_is_array(const struct view *self);

/* Whether it shows what the event log tells. */
bool view_is_of_log(const struct view *self);

/* Which part of its event a frame of this view is: from 1 to PART_LAST, the
 * same for ever, as clients keep it in their cursors. 0: it is of none. */
enum { PART_LAST = 3 };
int view_part(const struct view *self);

/* Whether its readers are told what is typed (preview.h). */
bool stream_has_previews(const struct stream *self);

/* Whether `preview` goes along on its rows. */
bool view_has_preview(const struct view *self);

/* Whether the row of the list that the event's chat has is worth telling: a
 * rating changes nothing that it shows (contract §7.2). */
bool event_is_listed(const struct event *event);

/* Whether this view shows the event. Of the list the event alone does not
 * tell it (ring.h). */
bool view_shows(const struct view *self, const struct event *event);

/* Writes what stands before and after the value of a frame. topic: its name
 * on a stream with several; NULL: the stream is about nothing else. seq: of
 * the id line, 0 for none; /sse/ has none in any case. */
void view_open(const struct view *self, msgpack_sbuffer *out, const char *topic, int64_t seq);
void view_close(const struct view *self, msgpack_sbuffer *out, const char *topic);

/* Writes the value. The event must have what the shape shows. hides_title: as
 * the configuration says (titles.h). */
void shape_write(enum shape self, msgpack_sbuffer *out, const struct event *event,
                 bool hides_title);

/* The same of a chat or a message alone. */
void shape_write_chat(enum shape self, msgpack_sbuffer *out, const struct chat *chat,
                      bool hides_title);
void shape_write_message(enum shape self, msgpack_sbuffer *out, const struct message *message);

#endif
