/* answers.h - the questions that others ask chat-state, and the answers.
 *
 * What memory knows is answered from memory, also while the database is away;
 * the rest is then refused with database_unavailable. Nothing here writes. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "memory.h"
#include "reply.h"

/* Bytes of text after which a list in an answer ends early; whoever asked
 * goes on from its last entry. Well below what a frame may hold. */
enum { ANSWER_TEXT_MAX = 16 * 1024 * 1024 };

/* What a question is answered from; all lent. */
struct source {
    const struct memory *memory;
    struct store *store; /* NULL while the database is away */
    int64_t now;         /* wall milliseconds */
};

/* Answers a query: any message of messages.def whose name ends in .get, but
 * those to other services, and token.check. reply need not be
 * initialised. Returns 0, or -1 when the database went away meanwhile; reply
 * is good either way. */
int answer_query(const struct source *source, enum message_id type, const void *query,
                 struct reply *reply);

#endif
