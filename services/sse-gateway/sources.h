/* sources.h - how many streams each address has open. Pure, and never more
 * entries than streams. */
#ifndef SOURCES_H
#define SOURCES_H

#include <stdbool.h>
#include <stdint.h>

struct sources;
struct source; /* an address with streams */

/* limit: most streams of one address; 0: any number, and none is counted. */
struct sources *sources_new(int64_t limit);
void sources_destroy(struct sources **self);

/* Counts one more stream of address in. Returns false when it has its most
 * already. source: for sources_leave, also NULL. */
bool sources_enter(struct sources *self, const char *address, struct source **source);

/* One of its streams is gone. */
void sources_leave(struct sources *self, struct source *source);

#endif
