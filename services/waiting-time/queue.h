/* queue.h - the chats that wait for an agent, in the order they came.
 *
 * The order is (created, id). A treap with the size of each subtree in its
 * root: adding, removing and the position of a chat take O(log n), whatever
 * the order of arrival (Seidel and Aragon, Randomized Search Trees, 1996). */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

/* limit: most chats in it. */
struct queue *queue_new(size_t limit);
void queue_destroy(struct queue **self);

/* Puts a chat at its place; one that is there already moves when created
 * differs. Returns whether the queue changed: not when it is full. */
bool queue_add(struct queue *self, const char *chat_id, int64_t created);

/* Returns whether the chat was there. */
bool queue_remove(struct queue *self, const char *chat_id);

/* Returns the chat's position from 1, 0 when it is not in the queue. */
int64_t queue_position(const struct queue *self, const char *chat_id);

size_t queue_size(const struct queue *self);
bool queue_is_full(const struct queue *self);

/* Calls visit with the first count chats in order; position is from 1. */
void queue_walk(const struct queue *self, size_t count,
                void (*visit)(void *context, const char *chat_id, int64_t position), void *context);

#endif
