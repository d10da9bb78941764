/* sync.h - the gateway's place in the event log, and what it has to know of
 * chat-state before it can begin. */
#ifndef SYNC_H
#define SYNC_H

#include <stdbool.h>
#include <stdint.h>

struct gateway;
struct sync;

/* Subscribes. Returns NULL after logging. */
struct sync *sync_new(struct gateway *gateway);
void sync_destroy(struct sync **self);

/* How chats are to be shown is known: reads the open ones, the first time that
 * it is called. */
void sync_begin(struct sync *self);

/* Whether the open chats are known. */
bool sync_is_placed(const struct sync *self);

/* Returns the last event that was relayed. */
int64_t sync_position(const struct sync *self);

/* Says whether the gateway is ready, when that may have changed. */
void sync_tell_ready(struct sync *self);

#endif
