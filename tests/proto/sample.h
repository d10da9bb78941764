/* sample.h - messages filled from their tables, for tests that hold for every
 * message there is. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "schema.h"

/* Fills every field of self with a valid value made from seed; two seeds give
 * two messages. Lists get two records (one where only one fits). The caller
 * releases self with message_clear(). */
void sample_fill(const struct message_type *type, void *self, unsigned seed);

#endif
