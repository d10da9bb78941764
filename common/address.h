/* address.h - whom a request comes from: the peer, or, when that is our own
 * front door, whom the front door says. Pure. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

enum { ADDRESS_SIZE = INET6_ADDRSTRLEN };

/* Writes the address of a request as text. peer: NULL or of an unknown family
 * gives "". forwarded: the last X-Forwarded-For of its head, which has no zero
 * at its end; NULL for none. It is believed when the peer is on a loopback or
 * private network, and then its last entry alone, which the front door added. */
void address_of_client(char text[ADDRESS_SIZE], const struct sockaddr *peer, const char *forwarded,
                       size_t size);

#endif
