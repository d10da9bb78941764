/* preview.h - what end users are typing, as chat-state told it last, and
 * agents' native streams of new messages show it (contract X-22).
 *
 * Only the last value counts, so nothing waits in a channel: a stream knows
 * that it has to tell how things stand, and does so when it may write. On
 * /sse/ a preview never makes a frame of its own: its clients take each for a
 * batch of messages, close, and may show an empty one. There it goes along
 * as `preview` on the rows that come, as the original had it.
 *
 * Where the message comes that was being typed, or the chat ends, there is
 * nothing to be shown any more. */
#ifndef PREVIEW_H
#define PREVIEW_H

#include <msgpack.h>

#include "connection.h"

enum { PREVIEWS_MAX = 10000 }; /* chats; chat-state has no more at a time */

struct previews;

struct previews *previews_new(void);
void previews_destroy(struct previews **self);

/* Somebody may have stopped typing, and nobody has told. */
void previews_clear(struct previews *self);

/* Takes in what is typed, at this wall time; "" or NULL: nothing. Returns whether that
 * is something else than before. */
bool previews_set(struct previews *self, const char *chat_id, const char *content, int64_t at);

/* Returns what is typed, lent; "" for nothing. */
const char *previews_get(const struct previews *self, const char *chat_id);

/* Adds `preview` to the row, a JSON object, that out ends with. */
void preview_append(msgpack_sbuffer *out, const char *content);

/* ---- in the gateway ---- */

/* chat-state told it: so are all who read. */
void preview_changed(struct gateway *self, const struct preview *preview);

/* An event came; the frames that it makes are yet to be given to the streams. */
void preview_pass(struct gateway *self, const struct event *event);

/* Makes its own what the connection has to tell of previews. Returns whether
 * there is something. */
bool preview_tell(struct connection *self);

#endif
