/* change.h - what the rules of chats share: why not, and what a decision is
 * made of. Pure; see decision.h. */
#ifndef CHANGE_H
#define CHANGE_H

#include "decision.h"

/* ---- why not; NULL: nothing is in the way ---- */

/* A token that is still good, and a chat that has not ended. */
const struct refusal *needs_open_chat(const struct facts *facts);

/* Room for the command's message. One place is left over, so that a full chat
 * can still be ended. */
const struct refusal *needs_room(const struct facts *facts);

/* Likewise, for a later version of a message that is there. */
const struct refusal *needs_room_for_version(const struct facts *facts);

/* An agent that is online or idle; account NULL: there is no such agent. */
const struct refusal *needs_agent_at_work(const struct account *account);

bool chat_is_ended(const struct chat *chat);

/* Only space and control characters, which is what the original trims. */
bool text_is_blank(const char *field);

/* ---- what a decision writes ---- */

/* Begins the event of a chat that is opened. Returns the chat, which is to be
 * filled with what is known of its end user. */
struct chat *change_open_chat(struct decision *decision, const struct facts *facts,
                              const char *chat_id);

/* Begins an event of this kind, with the chat as it is, changed at the
 * event's time. Returns that chat; whether it is a new version is for the
 * rule to say (decision.writes_chat). */
struct chat *change_chat(struct decision *decision, const struct facts *facts, const char *kind);

/* Accepts, and nothing happens: the answer is the chat as it is. */
void change_nothing(struct decision *decision, const struct facts *facts);

/* Puts a message into the event, which has begun; its time of writing is the
 * event's. Returns it. */
struct message *change_add_message(struct decision *decision, const char *chat_id,
                                   const char *message_id);

/* The author as the command has it; the time of writing only when it says. */
void change_set_author(struct message *message, enum message_id type, const void *command);

/* Brings up to date the chat's fields that are made of its messages. */
void change_note_message(struct chat *chat, const struct message *message);

/* What was said of the chat is said no more (contract D-8). */
void change_blank_feedback(struct chat *chat);

#endif
