/* release.h - an agent gives its chats back. Pure; see decision.h. */
#ifndef RELEASE_H
#define RELEASE_H

#include "decision.h"

/* The chats that one chats.release may free: more would hold up everybody
 * else for too long. */
enum { RELEASE_MAX = 10000 };

extern const struct refusal too_many_to_release;

/* chats.release, for one chat: facts->chat is one that the agent had when the
 * command was taken up, or NULL for none. It goes to the end of the queue: its
 * created becomes greater than that of any other chat (contract D-6). */
decide_rule decide_release;

#endif
