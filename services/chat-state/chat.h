/* chat.h - the rules of a chat: what each command does to it, and when not.
 *
 * Pure: a command and the facts go in, a decision comes out (decision.h).
 * Nothing here knows a socket, a clock or a database, and nothing is
 * remembered from one call to the next. The shell (batch.h) gathers the
 * facts, writes what was decided, and answers.
 *
 * A chat (contract §8.2). Who has it is no status: customer_support_id is
 * empty while it waits for an agent.
 *
 *                chat.open
 *                    |
 *                    v           message.post: stays as it is
 *             OPEN, unassigned ----chat.redirect---+
 *                    |                             |
 *                chat.claim                        v
 *                    +------------------> OPEN, agent A --chat.redirect--> OPEN, agent B
 *                                                  |
 *     from any OPEN, chat.end: ENDED, for good     v
 *                                                ENDED
 *
 * - An ended chat never opens again, and has exactly one message that ended
 *   it: whatever else arrives is 409 chat_has_ended.
 * - A chat has one owner. Only a redirect takes it from an agent.
 * - `updated` rises by at least 1 ms with every event of a chat, and the
 *   `created` of chats differ, whatever the clock does.
 * - A message alone makes no new version of its chat; the event still carries
 *   the chat as it stands.
 * - Claim, redirect and an end by an agent blank the feedback (contract D-8).
 */
#ifndef CHAT_H
#define CHAT_H

#include "decision.h"

/* Decides one command: chat.open, message.post, chat.claim, chat.redirect,
 * chat.end, or one of agent.h or token_rules.h. decision need not be initialised, and is
 * released with decision_clear. */
decide_rule decide_end; /* chat.end */

void decide(enum message_id type, const void *command, const struct facts *facts,
            struct decision *decision);

/* Returns the id code of the account that a command needs to know: the agent
 * that a redirect goes to, who has the chat that is mailed, or whom the command
 * is about. chat: which the command names; NULL: no such chat. "" when none.
 * Lent by the command, or the chat. */
const char *account_concerned(enum message_id type, const void *command, const struct chat *chat);

/* Returns how many characters a message counts for in limits.characters:
 * all that somebody wrote in it. */
int64_t message_characters(const struct message *message);

#endif
