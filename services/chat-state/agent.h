/* agent.h - the rules of presence. Pure; see decision.h.
 *
 * - Presence is said only of accounts that exist. */
#ifndef AGENT_H
#define AGENT_H

#include "decision.h"

decide_rule decide_presence; /* presence.set */

/* The decision, which has an event, makes the account offline. */
void decide_offline(struct decision *decision, const struct account *account);

#endif
