/* bot_talk.h - puts the questions that are rows among the deadlines (bot.h) to
 * the bot, in the actor of fetch.h: the loop waits for nothing.
 *
 * The questions of a chat are asked one after the other, those of many chats at
 * once. An answer becomes a command in the next turn; no answer, or a wrong one,
 * is one in which the bot gives up. What was being asked when this process died
 * is asked again by the one that leads next, while there is time. That the bot
 * does not work is logged once, and once when it does again; never what is
 * said. */
#ifndef BOT_TALK_H
#define BOT_TALK_H

#include <czmq.h>

#include "batch.h"

struct bot_settings {
    const char *url; /* of a Rasa server, without /webhooks/…; "": there is no bot */
    const char *ca;  /* PEM file; "": the system's */
    int64_t timeout_ms;
    int64_t most; /* questions that wait at a time */
};

/* Returns 0, or -1 with the reason in why. */
int bot_talk_check(const struct bot_settings *settings, char why[WHY_MAX]);

struct bot_talk;

/* Returns NULL when there is no bot; the functions below then do nothing.
 * settings are lent. on_answered is called when bot_talk_add_answers has
 * something to add. */
struct bot_talk *bot_talk_new(zloop_t *loop, const struct bot_settings *settings,
                              void (*on_answered)(void *), void *context);

/* Breaks off what is under way. */
void bot_talk_destroy(struct bot_talk **self);

/* An outcome was committed: asks its questions, and forgets those of a chat
 * that the bot has no longer. */
void bot_talk_take(struct bot_talk *self, const struct decision *decision);

/* These wait: asks those that it does not know, of which somebody else asked
 * some before, or for which there was no room. */
void bot_talk_resume(struct bot_talk *self, const struct deadlines *deadlines);

/* Adds to the batch what the bot has answered. now: wall milliseconds. */
void bot_talk_add_answers(struct bot_talk *self, struct batch *batch, int64_t now);

/* The batch was committed, or not: then they are added to the next one. */
void bot_talk_forget_answers(struct bot_talk *self, bool is_committed);

/* Another one leads, and asks. */
void bot_talk_drop(struct bot_talk *self);

#endif
