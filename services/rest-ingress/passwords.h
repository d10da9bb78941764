/* passwords.h - hashes and compares passwords in an actor, since each takes
 * tens of milliseconds (password.h). One at a time, in order. */
#ifndef PASSWORDS_H
#define PASSWORDS_H

#include <czmq.h>

struct passwords;

/* The outcome: of a check, whether it matches, hash being ""; of a hashing,
 * the hash (lent). Called from the loop. */
typedef void on_password(void *self, bool matches, const char *hash);

/* limit: most that wait or run. */
struct passwords *passwords_new(zloop_t *loop, size_t limit);
void passwords_destroy(struct passwords **self);

/* Both return a ticket, or 0 when there are too many already; texts are
 * copied. An empty hash matches nothing, and takes as long to find out. */
uint64_t passwords_check(struct passwords *self, const char *password, const char *hash,
                         on_password *then, void *context);
uint64_t passwords_hash(struct passwords *self, const char *password, on_password *then,
                        void *context);

/* The outcome of this ticket is of no interest any more. Safe when it is out. */
void passwords_forget(struct passwords *self, uint64_t ticket);

#endif
