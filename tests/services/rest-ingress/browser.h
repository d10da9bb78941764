/* browser.h - speaks HTTP to the program on the stage, and plays its services
 * while it waits for the answer. */
#ifndef BROWSER_H
#define BROWSER_H

#include "stage.h"

struct reply {
    int status;
    char *head; /* owned: everything up to the empty line */
    char *body; /* after it, in the same memory */
};

/* Sends a request. headers: whole lines, each with its line end, or "". body
 * NULL: none. Returns the connection. */
int browse_begin(struct stage *stage, const char *method, const char *path, const char *headers,
                 const char *body);

/* Awaits the whole answer and closes. The caller releases it. */
struct reply browse_end(struct stage *stage, int fd);

/* Both. */
struct reply browse(struct stage *stage, const char *method, const char *path, const char *headers,
                    const char *body);

void reply_clear(struct reply *reply);

/* Returns whether this header line is there, whole. */
bool reply_has(const struct reply *reply, const char *line);

/* Waits until the program takes connections. */
void browse_until_served(const struct stage *stage);

#endif
