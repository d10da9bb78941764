/* question.h - a question that nobody answers in time is answered by that
 * (contract §8.1, ask-permission-ignored). Pure; see decision.h. */
#ifndef QUESTION_H
#define QUESTION_H

#include "decision.h"

#define KIND_PERMISSION "permission"

/* A message was written: when it asks for permission, its deadline is set. */
void question_asked(struct decision *decision, const struct facts *facts,
                    const struct message *message);

/* A version was written of this one: if it was a question, it is none now. */
void question_answered(struct decision *decision, const struct message *before);

#endif
