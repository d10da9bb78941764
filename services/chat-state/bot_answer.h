/* bot_answer.h - what a bot says, as Rasa's REST channel has it (contract §2.1
 * item 6): [{"text":…}…]. Bounded: more texts, or longer ones, than
 * bot.answer has room for are cut off. */
#ifndef BOT_ANSWER_H
#define BOT_ANSWER_H

#include "codec.h"

/* What comes of this question, in a command of its own; no texts yet. self is
 * zeroed. chat_id: "" when the chat is open no more. */
void bot_answer_begin(struct bot_answer *self, const char *chat_id, const char *question);

/* Makes an answer one that hands the chat to people. */
void bot_answer_give_up(struct bot_answer *self);

/* Appends all texts of a body; what has no text (a picture, buttons) or only
 * space is passed over. is_cut: something was cut off. Returns 0, or -1 when
 * nothing is said, with the reason in why, which has nothing of the body. */
int bot_answer_read(struct bot_answer *self, const char *body, size_t size, bool *is_cut,
                    char why[WHY_MAX]);

#endif
