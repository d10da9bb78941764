/* stage.h - the world as the next command of a group has to see it: memory
 * and the database, and over them what the commands before it in the same
 * group were promised but nobody has committed yet.
 *
 * A commit that succeeds moves it all into memory; one that fails drops it,
 * and memory has never heard of it. */
#ifndef STAGE_H
#define STAGE_H

#include "decision.h"
#include "memory.h"
#include "written.h"

struct stage {
    struct memory *memory; /* lent, as is store */
    struct store *store;
    const struct limits *limits;
    struct tally tally;             /* as it is after the commands so far */
    size_t open_chats;              /* likewise */
    int64_t mails;                  /* likewise */
    int64_t part;                   /* which part of the command comes next */
    struct configuration *settings; /* likewise; NULL: as in memory */
    zhashx_t *chats;                /* chat id to struct live *: chats that changed */
    struct written written;         /* see stage_take */
    zhashx_t *tokens;               /* token id to int64_t: when it expires; 0: it is not good */
    size_t good_tokens;             /* after the commands so far */
    struct roster touched;          /* accounts that changed, with their password hashes */
    struct deadline_list deadlines; /* set or taken back, newest last */
};

/* Begins with what memory holds now. self need not be initialised. */
void stage_begin(struct stage *self, struct memory *memory, struct store *store,
                 const struct limits *limits);

/* Releases what stage_begin made; safe on a zeroed struct. */
void stage_end(struct stage *self);

/* The facts for a command, and the copies that they point to. */
struct findings {
    struct facts facts;
    struct chat ended; /* read from the database, as is revised */
    struct message revised;
    struct account account, login;
    struct deadline deadline;
};

/* Gathers the facts at now (wall milliseconds). Returns 0, or -1 when the
 * database is away. findings need not be initialised, and are released with
 * findings_clear either way. */
int stage_find(struct stage *self, enum message_id type, const void *command, int64_t now,
               struct findings *findings);

void findings_clear(struct findings *self);

/* Takes in what an accepted decision on these facts changes. Its message is
 * lent until stage_end. */
void stage_take(struct stage *self, const struct facts *facts, const struct decision *decision);

/* Takes in that a deadline is set, or taken back. */
void stage_take_deadline(struct stage *self, const struct deadline *row);

/* Of those above, what concerns deadlines (stage_deadline.c). */
int stage_find_deadline(struct stage *self, enum message_id type, const void *command,
                        struct findings *findings);
void stage_take_deadlines(struct stage *self, const struct deadline_list *rows);
void stage_apply_deadlines(struct stage *self);

/* Moves everything into memory; it has been committed. */
void stage_apply(struct stage *self);

#endif
