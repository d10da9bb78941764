/* commit.h - what a decision writes: versions, tokens, settings, deadlines and
 * the event, all in the transaction that its caller has begun. */
#ifndef COMMIT_H
#define COMMIT_H

#include "outcome.h"
#include "store.h"

/* row: the newest number of a version, which goes on from there. Returns 0, or
 * -1 when the database is away (logged). */
int commit_outcome(struct store *self, int64_t *row, const struct outcome *outcome);

#endif
