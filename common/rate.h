/* rate.h - how often a key may do something in a fixed window of time.
 *
 * Every window the counts begin anew: simpler than a moving mean, and as good
 * against guessing. The number of keys is bounded; past it, every new key is
 * over the limit until the window ends. */
#ifndef RATE_H
#define RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rate;

struct rate *rate_new(int64_t limit, int64_t window_ms, size_t keys_max);
void rate_destroy(struct rate **self);

/* Counts one use by key at now (monotonic). Returns whether it is within the
 * limit. */
bool rate_allows(struct rate *self, const char *key, int64_t now);

#endif
