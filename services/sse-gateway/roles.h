/* roles.h - what each account may do now, as chat-state tells it. A token says
 * what its account might do when it was made. Pure. */
#ifndef ROLES_H
#define ROLES_H

#include <stdbool.h>

#include "schema.h"

struct roles;

struct roles *roles_new(void);
void roles_destroy(struct roles **self);

/* The account has these roles (copied) as of the event seq; what is newer
 * stays. Returns whether anything changed. */
bool roles_set(struct roles *self, const char *id_code, const struct role_list *list, int64_t seq);

/* What comes next counts, whatever its seq: it may be of another log. */
void roles_restart(struct roles *self);

/* Returns which of these roles (bits of identity.h) the account has now: all
 * of them when it is not known. */
unsigned roles_now(const struct roles *self, const char *id_code, unsigned roles);

#endif
