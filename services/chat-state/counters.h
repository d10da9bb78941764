/* counters.h - what chat-state shows on /metrics. */
#ifndef COUNTERS_H
#define COUNTERS_H

#include "batch.h"
#include "upkeep.h"

/* Shows them all from now on. */
void counters_add(void);

/* A command was answered, and published an event or not. */
void count_outcome(enum verdict verdict, bool is_event);

/* This many commands were committed together, or were not. */
void count_group(size_t commands, bool is_committed);

/* So many deadlines were due. */
void count_due(size_t deadlines);

void count_query(void);

/* A preview was published, or there were too many. */
void count_preview(bool is_told);

/* The gauges: what memory holds; all of it zeroed while it holds nothing. */
void counters_show(const struct memory *memory);

/* What was forgotten, and what is kept for whom. */
void counters_show_upkeep(const struct upkeep *upkeep);

#endif
