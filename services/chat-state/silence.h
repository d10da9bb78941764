/* silence.h - a chat in which nothing happens any more ends by itself
 * (contract §8.1, inactive-chat-ended), when that is set. Pure.
 *
 * There is one deadline for each open chat. Nothing is written when somebody
 * writes; when it is due, it is seen whether somebody did since the last look,
 * and if so, it is set anew. What counts is the chat's `updated`: a chat that
 * an agent has just taken is not left alone either. */
#ifndef SILENCE_H
#define SILENCE_H

#include "decision.h"

#define KIND_INACTIVE "inactive" /* body: the chat's `updated` at the last look */

/* Returns for how long a chat may be silent; 0: for ever. */
int64_t silence_ms(const struct limits *limits);

/* What the end user is told then. */
extern const char silence_sentence[];

/* A chat was opened. */
void silence_begin(struct decision *decision, const struct facts *facts, const struct chat *chat);

/* Returns in how many milliseconds the chat is to be looked at again, 0 when
 * it is to end. row: its deadline, which is due. now: wall milliseconds, not
 * less than the time of any event. */
int64_t silence_rest(const struct deadline *row, const struct chat *chat,
                     const struct limits *limits, int64_t now);

/* Notes what is seen of a chat now. */
void silence_note(struct deadline *row, const struct chat *chat);

#endif
