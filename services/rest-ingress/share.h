/* share.h - one question for all who ask the same thing at the same time: how
 * long a newcomer waits, who is up. Whoever asks while such a question has just
 * gone out gets its answer, too; nothing is kept once it has come. */
#ifndef SHARE_H
#define SHARE_H

#include "exchange.h"

/* Whether anyone else would be told the same. */
bool share_is_common(const struct exchange *self);

/* Asks self->caller, or joins who has done so. Answers as exchange_ask does. */
void share_ask(struct exchange *self, enum service_id service);

/* Awaits the answer no more; the others still get it. */
void share_leave(struct exchange *self);

#endif
