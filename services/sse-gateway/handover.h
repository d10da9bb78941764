/* handover.h - from one stream of a reader to the next. Today's clients close
 * a message stream after each batch and open it anew (clients.md §2): what the
 * one has written, the next need not. How that is remembered in between is
 * handed.h's. */
#ifndef HANDOVER_H
#define HANDOVER_H

#include "connection.h"

/* How long a reader that is known to close after a batch is waited for: longer
 * than a page is held up by what is not out of the ordinary (a long task, a
 * device that wakes up), and no longer than the pause between two heartbeats,
 * so that one who does not close after all is not far behind. */
enum { HANDOVER_PATIENCE_MS = 15000 };

/* Takes up what the reader's stream before had written. has_moved: that was
 * at another gateway, see whereabouts.h; so what may have been written there is
 * told again. */
void handover_take(struct connection *self, bool has_moved);

/* A batch of messages was written just now. */
void handover_note(struct connection *self);

/* Whether its client was waited for long enough since the last batch. */
bool handover_is_overdue(const struct connection *self);

/* Leaves what this one has written, before it closes. */
void handover_leave(struct connection *self);

/* Whether an end user's message stream has just closed behind a batch, and the
 * next one is not here yet. self: any stream of the same reader. */
bool handover_is_awaited(const struct connection *self);

#endif
