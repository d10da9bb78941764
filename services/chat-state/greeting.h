/* greeting.h - Kratt's first words in a chat (contract §2.1 item 4, A-12).
 * Pure; see decision.h. */
#ifndef GREETING_H
#define GREETING_H

#include "decision.h"

/* Returns what is said, "" when there is no greeting; lent. */
const char *greeting_words(const struct configuration *configuration);

/* Says it in the chat of decision's event, which is new. */
void greeting_say(struct decision *decision, const char *message_id, const char *words);

#endif
