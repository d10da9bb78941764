/* notice.h - the e-mails to agents about a chat (contract §2.1 item 7, C-04):
 * who gets one, what it says, and when it is tried again. Pure.
 *
 * What tells of it is a row among the deadlines, due at once, in the
 * transaction of what happened. When it is seen to, there is a row for each
 * mail in its place, which has been tried as often as its `attempts` say and
 * is due when the next try is; it goes when the mail was sent, or when it is a
 * day old. So no mail is forgotten, and one that was being sent when this
 * process died may come twice. The history of a chat (chat_mail.h) is such a
 * mail from the start. */
#ifndef NOTICE_H
#define NOTICE_H

#include "decision.h"
#include "memory.h"

#define KIND_NOTICE  "notice"  /* body: who is to get it (an id code; empty: all), and the text */
#define KIND_MAIL    "mail"    /* body: address, subject, text */
#define KIND_HISTORY "history" /* body: address, and the chat that is the text (chat_mail.h) */

/* Somebody is to be told of decision's event: the account with this id code,
 * or with "" all who want to know of new chats. */
void notice_begin(struct decision *decision, const struct facts *facts, const char *to);

/* Appends a mail for each who is to get one of this notice, room at most, each
 * as one that is tried now. now: milliseconds, as that of deadlines. Returns
 * how many there was no room for. */
int64_t notice_mails(const struct deadline *notice, const struct memory *memory,
                     const struct limits *limits, int64_t room, struct deadline_list *mails);

/* Whether the row is that of a mail to an address. */
bool notice_is_mail(const struct deadline *row);

/* Sets the row for another try that begins now. Returns whether there is one:
 * not when it is a day old, or no mails are sent any more. */
bool notice_try_again(struct deadline *mail, const struct limits *limits, int64_t now);

/* What a row of this kind says; owned, but for the address of the next line. */
struct notice_mail {
    char *to, *subject, *text; /* to is what is to be freed */
};

/* Returns 0, or -1 when the row is no mail. */
int notice_read(const struct deadline *mail, struct notice_mail *read);

/* Returns by how much this row, written, changes the number of those that
 * wait: notices and mails. */
int notice_waits(const struct deadline *row);

#endif
