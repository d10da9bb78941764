/* batch.h - many commands, one transaction (design.md §2).
 *
 * Commands that wait together are decided one after the other, written in one
 * transaction, and only then answered and published. When the commit fails,
 * every one of them is refused with database_unavailable, and memory is as it
 * was before. */
#ifndef BATCH_H
#define BATCH_H

#include "outcome.h"
#include "stage.h"

struct batch;

/* Returns a batch without commands. All is lent: memory must be loaded, and
 * stay where it is. */
struct batch *batch_new(struct memory *memory, struct store *store, const struct limits *limits);
void batch_destroy(struct batch **self);

/* Decides a command at now (wall milliseconds). command and peer are lent;
 * peer may be NULL. */
void batch_add(struct batch *self, const zframe_t *peer, enum message_id type, const void *command,
               int64_t now);

/* Adds an outcome without a command: nothing was asked, and nobody is
 * answered. */
void batch_add_nothing(struct batch *self);

/* Sets a deadline, or with due 0 takes it back, together with the newest
 * outcome, also when that was refused; unless the decision has set it itself,
 * or the database is away. Lent. */
void batch_set_deadline(struct batch *self, const struct deadline *row);

/* With the newest outcome so many mails are lost; unless it failed. */
void batch_lose_mails(struct batch *self, int64_t dropped, int64_t given_up);

/* Returns how many mails wait after all outcomes so far (notice.h). */
int64_t batch_mails(const struct batch *self);

size_t batch_count(const struct batch *self);

/* Writes what was decided. Returns 0, and memory has it; or -1 when the
 * database is away: all outcomes are VERDICT_FAILED. To be called once before
 * the outcomes are read, also when there are none. */
int batch_commit(struct batch *self);

/* Returns the outcome of a command, in the order of batch_add; after that of
 * chats.release and bot.leave there is one more for each chat after the first,
 * before that of one that goes on (decision.h) one for each of its other parts.
 * Lent until batch_clear. After a commit that worked, an outcome with decision.event.kind
 * is to be published. */
const struct outcome *batch_outcome(const struct batch *self, size_t index);

/* Begins the next batch. */
void batch_clear(struct batch *self);

#endif
