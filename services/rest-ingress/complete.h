/* complete.h - the fields of a request to a service that say who asks: the
 * same in every message of messages.def that has them. */
#ifndef COMPLETE_H
#define COMPLETE_H

#include "exchange.h"

enum { IDEMPOTENCY_KEY_MAX = 128 };

/* Sets token_id, command_id, may_repeat, fingerprint, chat_id (of an end user), message_id
 * and the author's fields of self->message, as far as it has them.
 * Returns 0, or -1 with the refusal filled: a bad Idempotency-Key. */
int complete_message(struct exchange *self);

/* Sets only who asks: token_id, and of an agent caller and caller_roles. */
void complete_caller(struct exchange *self);

/* Gives self->message a command_id and message_id that no other has. */
void complete_ids(struct exchange *self);

/* Returns whether text is 1 to 128 printable ASCII characters. */
bool idempotency_key_is_valid(const char *text);

#endif
