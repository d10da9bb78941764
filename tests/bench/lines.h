/* lines.h - connections to an HTTP server that stay open, with one request at a
 * time on each. One thread. */
#ifndef LINES_H
#define LINES_H

#include <stddef.h>

struct lines;

/* Called with the whole answer, lent, when the line is free again; it may send
 * the next request. One that is not 2xx has ended the program before. */
typedef void on_line_answer(void *self, size_t line, const char *answer);

/* To 127.0.0.1:port. Ends the program when it cannot connect. */
struct lines *lines_new(int port, size_t count, on_line_answer *on_answer, void *self);
void lines_destroy(struct lines **self);

/* Can be polled for reading; lines_turn then takes what has come, without
 * waiting, and returns on how many lines. */
int lines_fd(const struct lines *self);
int lines_turn(struct lines *self);

/* Sends a whole request on a line that is free. */
void lines_send(struct lines *self, size_t line, const char *request, size_t size);

#endif
