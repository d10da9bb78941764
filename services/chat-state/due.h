/* due.h - what happens when a deadline is due. There is a row here for each
 * kind; what a kind means is a command, which is decided as any other, so a
 * deadline that has lost its meaning is refused and goes.
 *
 * The command and the end of its deadline are in one transaction: it takes
 * effect once, also when this process is killed in between. */
#ifndef DUE_H
#define DUE_H

#include "batch.h"

/* Adds to a batch that has no commands of others yet what is due in memory, at
 * most a bounded number. now: wall milliseconds. Returns how many. */
size_t due_add(struct batch *batch, const struct memory *memory, const struct limits *limits,
               int64_t now);

#endif
