/* listen.h - a listening TCP socket on a numeric address. */
#ifndef LISTEN_H
#define LISTEN_H

#include "codec.h"

/* Listens on "127.0.0.1:8080" or "[::1]:8080"; port 0 takes a free one.
 * Returns a non-blocking descriptor, or -1 with the reason in why. */
int listen_at(const char *address, char why[WHY_MAX]);

/* Returns the port that it listens on. */
int listen_port(int fd);

#endif
