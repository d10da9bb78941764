/* writer.h - being the one that writes: waiting for the lock, leading, and
 * what to do when the database goes away.
 *
 *     WAITING --lock taken, memory loaded--> LEADING  (standby.h)
 *     LEADING --a commit or a look fails---> CUT_OFF
 *     CUT_OFF --back, and nothing changed--> LEADING
 *     CUT_OFF --back, but the lock or the log is another's--> WAITING
 *
 * Whether the log is another's shows in its head: a seq or a row that memory
 * does not know was written by someone else, or by a commit of ours whose
 * answer was lost. Memory is then read anew. */
#ifndef WRITER_H
#define WRITER_H

#include "batch.h"
#include "standby.h"

struct writer_settings {
    const char *database;
    const char *admin_login, *admin_password, *admin_id_code; /* "" when not set */
    struct limits limits;
};

enum writer_role { WRITER_WAITING, WRITER_LEADING, WRITER_CUT_OFF };

/* Stays where it is once it has taken a step. */
struct writer {
    const struct writer_settings *settings; /* lent */
    enum writer_role role;
    bool database_answers;
    unsigned failures;      /* in a row */
    char why[WHY_MAX];      /* why it does not lead */
    struct store *store;    /* NULL until it could be opened */
    struct standby standby; /* what it knows while it waits */
    bool was_ready;         /* it led with that, and read only what was missing */
    struct memory memory;   /* loaded while batch is there */
    struct batch *batch;    /* NULL while it waits */
};

/* Returns 0, or -1 with the reason in why: half a first administrator. */
int writer_check(const struct writer_settings *settings, char why[WHY_MAX]);

/* Takes the next step towards leading, or looks whether it still can. now:
 * wall milliseconds. Call it again after writer_pause. */
void writer_step(struct writer *self, int64_t now);

/* Returns the milliseconds until the next step: longer after each failure. */
int64_t writer_pause(const struct writer *self);

/* Commits the batch. Returns as batch_commit; after -1 the role is CUT_OFF,
 * and the next step is due. */
int writer_commit(struct writer *self);

/* The database did not answer a question. */
void writer_lost(struct writer *self);

/* Gives up the lock and frees everything. Safe on a zeroed struct. */
void writer_close(struct writer *self);

#endif
