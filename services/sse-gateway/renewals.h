/* renewals.h - tokens that were extended just now, and what is in their place.
 *
 * A browser may have asked for a stream with its old cookie while the answer
 * with the new one was still on its way: a stream that was refused for that
 * would stay empty for ever (clients.md §2). So here, and for reading alone,
 * an old token stands for its successor for a few seconds. Pure; now is wall
 * milliseconds. */
#ifndef RENEWALS_H
#define RENEWALS_H

#include "schema.h"

enum { RENEWAL_GRACE_MS = 5000 };

struct renewals;

struct renewals *renewals_new(void);
void renewals_destroy(struct renewals **self);

/* issuance took the place of this token. */
void renewals_add(struct renewals *self, const char *token_id, const struct issuance *issuance,
                  int64_t now);

/* What is in its place now. */
struct renewal {
    char token_id[UUID_SIZE];
    int64_t expires_at;
};

/* Returns whether this token was extended just now, by what; several times, by
 * the last. */
bool renewals_find(const struct renewals *self, const char *token_id, int64_t now,
                   struct renewal *by);

void renewals_forget(struct renewals *self, int64_t now);

#endif
