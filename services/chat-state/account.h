/* account.h - the rules of accounts and of their owners' settings. Pure; see
 * decision.h.
 *
 * - An account is known by its id code, and a login belongs to one id code.
 * - There is always an administrator: the last one can neither be deleted nor
 *   lose the role.
 * - Whoever asks must have an account, and one of the roles that the request
 *   names, now: what a token says was true when it was made.
 * - A deleted account goes with its presence, roles, password and settings; its
 *   chats stay as they are. One that is added again begins anew. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "decision.h"

decide_rule decide_account;  /* account.add */
decide_rule decide_deletion; /* account.delete */
decide_rule decide_profile;  /* profile.set */

/* Returns why this member (NULL: nobody) may not ask, NULL when it may. roles:
 * bits of identity.h, of which it needs one. */
const struct refusal *account_may_ask(const struct member *member, int64_t roles);

#endif
