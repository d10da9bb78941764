/* cast.h - what the played services answer: always the same, to any test. */
#ifndef CAST_H
#define CAST_H

#include "bus.h"

/* Answers this request to a peer of a ROUTER. */
void cast_answer(zsock_t *self, const zframe_t *peer, enum message_id type, const void *message);

void cast_refuse(zsock_t *self, const zframe_t *peer, const char *request_id, int status,
                 const char *code);

#endif
