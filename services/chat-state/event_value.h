/* event_value.h - the values that the event of a message may have (contract
 * §8.1): what each is, and who may write it.
 *
 * A name that is not in the table is one of later clients, or of a client's
 * own: it is an ordinary message, or an answer to a message that asks for one,
 * from whomever. To refuse it would break today's clients, whose own events
 * ("contact-information-skipped" and many more) Kratt needs no knowledge of;
 * what a reader would believe of the system or of the other side is in the
 * table, and so cannot be forged. Pure. */
#ifndef EVENT_VALUE_H
#define EVENT_VALUE_H

#include <stdbool.h>

enum event_kind {
    EVENT_MESSAGE = 1, /* a message of its own */
    EVENT_VERSION = 2, /* a later version of a message */
};

/* Returns whether an author of this role may write such a message, or such a
 * version. "" is ordinary text. The reasons for which a chat ends (reason.h)
 * are for chat.end alone. */
bool event_may_be_written(const char *event, enum event_kind kind, const char *author_role);

/* Returns whether a message with the event question may get a version with
 * event: each answer has its question, and may come once; a rating goes with
 * all that is no question. */
bool event_answers(const char *event, const char *question);

/* Returns whether a message with this event may be copied into a chat of
 * another institution: not one that ends a chat, or asks to forward it. */
bool event_may_be_copied(const char *event);

/* Returns whether such a message may be the last one that lists show: not a
 * read mark, a rating or a request to forward (contract §6.4, §2.3). The
 * database knows these, too: migrations/0004-message-index.sql. */
bool event_counts_as_last(const char *event);

#endif
