/* token_rules.h - the rules of tokens (contract §5). Pure; see decision.h.
 *
 * - Every token is recorded when it is issued; only what is recorded is good.
 * - A token that is extended is replaced: the old one ends and the new one
 *   begins in one event, so of two who extend the same one, one is refused.
 * - A token that is not good is not revoked again.
 * - A token of somebody else (JWTTOKEN) can be used once: it is spent in the
 *   event of what it was used for. Until it expires it is recorded among the
 *   good ones, which it cannot be taken for: what is looked for among them is
 *   the id of a token of our own. */
#ifndef TOKEN_RULES_H
#define TOKEN_RULES_H

#include "decision.h"

decide_rule decide_issue;      /* token.issue */
decide_rule decide_extension;  /* token.extend */
decide_rule decide_revocation; /* token.revoke */

/* Returns why no token may be added, NULL when one may. */
const struct refusal *needs_room_for_token(const struct facts *facts);

/* Returns why the command may not spend the token that it names, NULL when it
 * may, or names none. */
const struct refusal *needs_unspent_token(const char *spent_id, const struct facts *facts);

/* The decision, which has an event, issues a token. subject: a chat's id, or
 * an id code. */
struct issue {
    const char *token_id, *cookie, *subject;
    int64_t expires_at;
};
void decision_issue(struct decision *decision, const struct issue *issue);

#endif
