/* forward.h - a chat goes from one institution to another (contract C-09, C-15,
 * P-25 to P-27). Pure; see decision.h.
 *
 * The agent says whereto (chat.forward), the end user agrees, the other
 * institution opens the chat as one of its own (chat.receive, there), and here
 * it ends as REDIRECTED (chat.pass_on). What is sent twice on the way there has
 * the same ids, and so takes effect once. A chat that came from elsewhere goes
 * no further: its end user has no way to a third institution. */
#ifndef FORWARD_H
#define FORWARD_H

#include "decision.h"

/* chat.forward: where the chat is to go, and the message that asks. */
decide_rule decide_forward;

/* chat.pass_on: it is there. */
decide_rule decide_passing_on;

/* chat.receive, in as many parts as there are messages; the first one opens
 * the chat. Nobody has it, also where a bot answers new chats: it comes from a
 * person. */
decide_rule decide_receipt;

#endif
