/* reply.h - the answer to a request: any message that has a request_id. */
#ifndef REPLY_H
#define REPLY_H

#include "decision.h"

struct reply {
    enum message_id type;
    void *body; /* owned; NULL: none yet */
};

/* Releases what it was, and returns a zeroed message of this type, lent. */
void *reply_become(struct reply *self, enum message_id type);

/* Says which request it answers. */
void reply_address(struct reply *self, const char *request_id);

/* Returns which request it answers; lent. */
const char *reply_request(const struct reply *self);

/* Returns which chat it is about, "" when it is about none; lent. */
const char *reply_chat(const struct reply *self);

/* Becomes request.refused. */
void reply_refuse(struct reply *self, const struct refusal *refusal, const char *request_id);

void reply_clear(struct reply *self);

#endif
