/* poster.h - publishes by HTTP POST, over connections that stay open, one
 * request at a time on each. */
#ifndef POSTER_H
#define POSTER_H

#include <stddef.h>

struct poster;

/* To 127.0.0.1:port. Ends the program when it cannot connect. */
struct poster *poster_new(int port);
void poster_destroy(struct poster **self);

/* Can be polled for reading. */
int poster_fd(const struct poster *self);

/* Takes the answers that have come, without waiting; one that is not 2xx ends
 * the program. Returns on how many connections something came. */
int poster_turn(struct poster *self);

/* Posts body to path, at once or, while all connections are busy, when one is
 * free again. */
void poster_post(struct poster *self, const char *path, const void *body, size_t size);

#endif
