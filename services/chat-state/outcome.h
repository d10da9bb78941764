/* outcome.h - what came of a command, and how that is said to who sent it. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <czmq.h>

#include "decision.h"
#include "reply.h"

enum verdict {
    VERDICT_ACCEPTED, /* took effect, or nothing was left to do */
    VERDICT_REPEATED, /* was answered before: the same answer again */
    VERDICT_REFUSED,
    VERDICT_FAILED, /* the database is away */
};

/* What came of one command. */
struct outcome {
    enum verdict verdict;
    enum message_id type; /* of the command */
    bool is_part;         /* of the command before or after it: nobody waits for an answer */
    zframe_t *peer;       /* who asked; owned */
    struct reply reply;
    char *command_id;
    char *fingerprint;
    bool is_brief; /* how it is to be answered */
    struct decision decision;
};

/* It took effect, as its decision says; seq: of the newest event that is known
 * by then. The reply names the request. */
void outcome_accept(struct outcome *self, int64_t seq, const char *request_id);

/* verdict: VERDICT_REFUSED or VERDICT_FAILED. */
void outcome_refuse(struct outcome *self, enum verdict verdict, const struct refusal *refusal,
                    const char *request_id);

/* The answer is only which chat it is about, of all that the chat has. */
void outcome_say_briefly(struct outcome *self, const struct chat *chat);

/* Releases what it holds. */
void outcome_clear(struct outcome *self);

#endif
