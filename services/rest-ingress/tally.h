/* tally.h - counts answers by route and class of status, for /metrics. */
#ifndef TALLY_H
#define TALLY_H

#include <stddef.h>

/* Registers the counters of every route, at zero. */
void tally_open(void);

/* Counts one answer. route is the index of its row, one more than the last when
 * no route was found. */
void tally_count(size_t route, int status);

#endif
