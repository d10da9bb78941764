/* revise.h - the rule of later versions of a message: answers to a question,
 * and ratings (contract P-08, P-09, C-14). Pure; see decision.h.
 *
 * The id and `created` stay, `updated` is the event's time, and so readers
 * get the message again (contract D-5). What is there already is accepted and
 * writes nothing. */
#ifndef REVISE_H
#define REVISE_H

#include "decision.h"

decide_rule decide_revision; /* of message.revise */

#endif
