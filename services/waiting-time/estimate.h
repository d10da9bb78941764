/* estimate.h - how long a place in the queue takes.
 *
 * The estimate is the mean of the last waits, however many of them there are,
 * up to a window: simple, and quick to follow a change. A chat's wait is its
 * position times that mean. */
#ifndef ESTIMATE_H
#define ESTIMATE_H

#include <stdint.h>

struct estimate;

/* window: how many of the last waits count; at least 1. */
struct estimate *estimate_new(int64_t window);
void estimate_destroy(struct estimate **self);

/* A chat waited this long. A wait below 0 (a clock was set back) counts as 0,
 * one above a hundred years as that. */
void estimate_add(struct estimate *self, int64_t wait_ms);

/* Returns whole seconds, rounded; 0 before the first wait. */
int64_t estimate_seconds(const struct estimate *self);

#endif
