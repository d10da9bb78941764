/* browser.h - reads streams as a browser does, and plays the services around
 * the gateway while it waits. */
#ifndef BROWSER_H
#define BROWSER_H

#include "stage.h"

struct browser;

/* Sends GET path with this cookie (NULL: none). */
struct browser *browser_open(struct stage *stage, const char *path, const char *cookie);

/* Sends these bytes as they are, to this port or (0) the gateway's. */
struct browser *browser_send(struct stage *stage, int port, const char *bytes, size_t size);
void browser_close(struct browser **self);

/* Waits until text arrives, and passes over everything up to its end. Fails
 * the test when it does not come within ten seconds. */
void browser_expect(struct browser *self, const char *text);

/* Fails the test unless nothing that is not a heartbeat comes for so long. */
void browser_expect_nothing(struct browser *self, int wait_ms);

/* Waits until the gateway closes. Returns everything that was not passed
 * over, lent. */
const char *browser_expect_end(struct browser *self);

/* Takes what comes within this time. */
void browser_take(struct browser *self, int wait_ms);

/* Returns what came and was not passed over, lent. */
const char *browser_rest(struct browser *self);
int browser_socket(struct browser *self);

/* Connects to a port of this machine. Returns -1 when nobody listens. */
int browser_connect(int port);

#endif
