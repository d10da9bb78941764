/* leaving.h - the rules of who leaves without a word: a page that is closed
 * says so with its last breath, and takes it back when it was only loaded
 * anew (contract §7.3, N-06 to N-09). Pure; see decision.h.
 *
 * - What was set happens after its time, unless it is taken back; set again,
 *   the time begins anew.
 * - The two overtake each other: what is taken back before it was set is not
 *   set, once, within ten seconds (of a log-out five).
 * - There is one row for each chat, or token: what was set, or for those
 *   seconds what was taken back, with the command that did so. */
#ifndef LEAVING_H
#define LEAVING_H

#include "decision.h"

/* Kinds of deadlines. The last two do nothing when they are due. */
#define KIND_TERMINATION "termination"
#define KIND_LOGOUT      "logout"
#define KIND_TAKEN_BACK  "taken-back" /* what is set next is taken back */
#define KIND_SETTLED     "settled"    /* what came again is no news */

enum { DEADLINE_ID_SIZE = 64 };

decide_rule decide_termination;       /* termination.set */
decide_rule decide_termination_clear; /* termination.clear */
decide_rule decide_logout;            /* logout.set */
decide_rule decide_logout_clear;      /* logout.clear */

/* Writes the id of the deadline that a command needs to know, "" when none. */
void deadline_concerned(enum message_id type, const void *command, char id[DEADLINE_ID_SIZE]);

#endif
