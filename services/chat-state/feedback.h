/* feedback.h - what the end user says of a chat. Pure; see decision.h.
 *
 * It may come before, during or after the end of the chat, and changes
 * neither that nor the chat's place in the queue (contract §2.2a, D-6). */
#ifndef FEEDBACK_H
#define FEEDBACK_H

#include "decision.h"

decide_rule decide_feedback; /* chat.feedback */

#endif
