/* listener.h - the listening socket, with what its connections inherit. */
#ifndef LISTENER_H
#define LISTENER_H

#include "codec.h"

/* Listens as listen_at. What it accepts sends at once, notices a vanished client and keeps little
 * in the kernel for a slow one. Returns a non-blocking descriptor, or -1 with
 * the reason in why. */
int listener_open(const char *address, char why[WHY_MAX]);

/* Raises the limit of open files to this many, if it is lower. Returns 0, or
 * -1 with the reason in why. */
int listener_raise_files(int64_t files, char why[WHY_MAX]);

#endif
