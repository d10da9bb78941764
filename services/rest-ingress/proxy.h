/* proxy.h - the calls of an end user whose chat was forwarded, which the
 * institution that has the chat answers (contract §2, "forward"). The token
 * chatJwt says where the chat is, redirectJwt is the end user's token there.
 * Whatever else the caller sends of who it is stays here. */
#ifndef PROXY_H
#define PROXY_H

#include "exchange.h"

/* Whether the exchange, whose identity is known, is one of these. */
bool proxy_concerns(const struct exchange *self);

/* Asks there, and ends the exchange with what is answered, to the byte. What
 * names a chat is left out: there it has another id. */
void proxy_ask(struct exchange *self);

#endif
