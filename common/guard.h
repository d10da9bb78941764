/* guard.h - keys on the bus: this process shows its own on every tcp socket,
 * and lets in only who may connect there (peers.h).
 *
 * CurveZMQ encrypts and authenticates both sides; who is let in is asked over
 * ZAP (https://rfc.zeromq.org/spec/27/), which this answers from the loop.
 * ipc:// and inproc:// have no keys: there the file's mode, or the process, is
 * the guard. An endpoint that names both tcp:// and ipc:// has keys on both.
 *
 * Without keys, tcp:// is allowed on loopback addresses alone. There is one
 * guard in a process. */
#ifndef GUARD_H
#define GUARD_H

#include <czmq.h>

#include "codec.h"

/* Takes the keys of this service from folder (keyring.h); "": no keys.
 * Returns 0, or -1 after naming each fault on complaints, one a line. */
int guard_read(const char *service, const char *folder, FILE *complaints);

/* Answers from this loop, until guard_close. Before any socket is opened.
 * Returns 0, or -1 after logging. */
int guard_open(zloop_t *loop);
void guard_close(void);

/* Puts the keys on a socket of the bus, before it is bound (or connected).
 * Returns 0, or -1 with the reason: this service has no business there. */
int guard_equip(zsock_t *sock, bool binds, const char *endpoint, char why[WHY_MAX]);

#endif
