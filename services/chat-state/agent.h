/* agent.h - the rules of agents and tokens. Pure; see decision.h.
 *
 * - An account is known by its id code, and a login belongs to one id code.
 * - Presence is said only of accounts that exist.
 * - A token that was revoked, or has expired, is not revoked again. */
#ifndef AGENT_H
#define AGENT_H

#include "decision.h"

decide_rule decide_presence;   /* presence.set */
decide_rule decide_account;    /* account.add */
decide_rule decide_revocation; /* token.revoke */

#endif
