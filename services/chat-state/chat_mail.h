/* chat_mail.h - the history of a chat by e-mail (contract V-24): to the agent
 * who has it, or had it when it ended. Pure; see decision.h.
 *
 * What is to be sent is a row among the deadlines, as any other mail
 * (notice.h); but for its text it names the chat, which is read when it is
 * sent: what people have said stands in one place only. The text is the one
 * that agents can download (transcript.h). There is no PDF: what makes one
 * draws pages, which is nothing for the only writer of the database. */
#ifndef CHAT_MAIL_H
#define CHAT_MAIL_H

#include "decision.h"

decide_rule decide_chat_mail; /* chat.mail */

/* Reads the chat that a row of KIND_HISTORY is about. Returns 0, or -1 when
 * it names none. */
int chat_mail_chat(const struct deadline *row, char chat_id[UUID_SIZE]);

/* Returns what the row of a mail says (KIND_MAIL) that has these messages for
 * its text. row: one with a chat. The caller frees it. */
char *chat_mail_body(const struct deadline *row, const struct message_list *messages);

#endif
