/* cast.h - what the played services answer: always the same, to any test; but
 * the configuration is what was set. */
#ifndef CAST_H
#define CAST_H

#include "bus.h"

/* Answers this request to a peer of a ROUTER. */
void cast_answer(zsock_t *self, const zframe_t *peer, enum message_id type, const void *message);

void cast_refuse(zsock_t *self, const zframe_t *peer, const char *request_id, int status,
                 const char *code);

/* From now on a key of the configuration has this value; NULL: it is unset. */
void cast_configure(const char *key, const char *value);

/* Which version of the configuration is the newest. */
int64_t cast_settings_seq(void);

#endif
