/* watch.h - what ZeroMQ says of the connections of a socket: they are counted,
 * what went wrong is logged, and whoever waits for an answer learns that it
 * will not come.
 *
 * There is one watcher in a process, as there is one loop. Sockets that are
 * opened while there is none are not watched, nor is inproc://. */
#ifndef WATCH_H
#define WATCH_H

#include <czmq.h>

/* From now on sockets that are opened are watched, from this loop. */
void watch_start(zloop_t *loop);

/* After the sockets are destroyed and the guard is closed (guard.h: libzmq waits
 * for its answers), and before the loop is destroyed. */
void watch_stop(void);

/* bus_open does so for each socket, before it is bound or connected. */
void watch_add(zsock_t *sock, const char *endpoint);

/* Calls on_lost whenever the last connection of sock has ended; NULL: no more,
 * which has to be said before sock or arg is destroyed. */
void watch_tell(zsock_t *sock, void (*on_lost)(void *arg), void *arg);

/* Returns for how long sock has had no connection, in milliseconds; 0 while it
 * has one, or is not watched. */
int64_t watch_lonely_ms(zsock_t *sock);

#endif
