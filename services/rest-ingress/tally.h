/* tally.h - counts answers by route and class of status, for /metrics. */
#ifndef TALLY_H
#define TALLY_H

#include "routes.h"

/* Registers the counters of every route, at zero. */
void tally_open(void);

/* Counts one answer. route is NULL when no route was found. */
void tally_count(const struct route *route, int status);

#endif
