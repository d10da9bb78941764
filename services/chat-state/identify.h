/* identify.h - who the end user of a chat is. Pure; see decision.h.
 *
 * What a command leaves empty stays as it is. With a message_id the chat gets
 * a message that says so, in the same event. */
#ifndef IDENTIFY_H
#define IDENTIFY_H

#include "decision.h"

decide_rule decide_identity; /* chat.identify */

#endif
