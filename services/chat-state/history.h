/* history.h - what administrators add to a chat, mostly after its end: labels
 * and a note. Pure; see decision.h. */
#ifndef HISTORY_H
#define HISTORY_H

#include "decision.h"

decide_rule decide_labels;  /* chat.label */
decide_rule decide_comment; /* comment.set */

#endif
