/* bot.h - the rules of chats that a bot has (contract §2.1 items 5 and 6, A-13,
 * P-15, C-39, C-40). Pure; see decision.h.
 *
 * While the configuration says so, and there is a bot to ask, a new chat is the
 * bot's: it is under bot_institution_id, and agents do not see it. What its end
 * user writes is a question: a row among the deadlines, written with the
 * message, and due when nobody should wait for the bot any longer. What comes of
 * it (bot.answer) takes the row away in the transaction that writes the bot's
 * messages, or hands the chat to people. So a question has one outcome, whoever
 * was killed meanwhile: asked twice it may be, answered twice it is not. */
#ifndef BOT_H
#define BOT_H

#include "decision.h"

#define KIND_BOT       "bot"       /* body: what the end user wrote */
#define KIND_BOT_LEAVE "bot-leave" /* bot.leave is to be decided, or to go on */

enum {
    BOT_TEXTS_MAX = 10,     /* of an answer: as messages.def has it */
    BOT_TEXT_LENGTH = 3000, /* characters, likewise */
    BOT_LEAVES_MAX = 1000,  /* chats a turn, so that others are answered in between */
    BOT_CHAT_HOURS = 2,     /* a chat that is silent for longer ends when the bot leaves */
};

/* What a bot says that gives up, and what is said for one that said nothing. */
extern const char bot_gives_up[];

extern const struct refusal no_bot_has_it;

/* Whether what the bot says is that: in any punctuation and spaces. */
bool bot_has_given_up(const char *text);

/* Under which id the bot has chats; "": there is none. */
const char *bot_id(const struct configuration *configuration);

/* Says of a chat whether the bot has it: whoever makes a version of a chat, or
 * reads one. */
void bot_mark(struct chat *chat, const struct configuration *configuration);

/* The chat is new: it is the bot's, if the bot is on. */
void bot_take(struct chat *chat, const struct facts *facts);

/* The end user wrote this in the chat of decision's event, which the bot has.
 * When there is no bot any more, people get it at once. */
void bot_question(struct decision *decision, const struct facts *facts, const char *words);

/* Whether the configuration, with these versions after it, sends the bot away. */
bool bot_goes(const struct configuration *configuration,
              const struct setting_version_list *settings);

/* There is something left to do for bot.leave. */
void bot_set_leave(struct decision *decision, const struct facts *facts);

decide_rule decide_bot_ask;    /* bot.ask */
decide_rule decide_bot_answer; /* bot.answer: part after part, a message each */
decide_rule decide_leave_bot;  /* chat.leave_bot */

#endif
