/* clock.h - the two clocks, and times as text.
 *
 * Wall times are milliseconds since 1970 in UTC. Deadlines use the monotonic
 * clock, which no one can set. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ISO_TIME_SIZE = 32 };

int64_t clock_wall_ms(void);
int64_t clock_monotonic_ms(void);

/* Writes wall time as 2023-01-18T12:56:52.159+00:00 (contract R-16). A time
 * after the year 9999 is written as that year's last millisecond. */
void iso_time_format(int64_t wall_ms, char text[ISO_TIME_SIZE]);

/* Reads ISO 8601 date and time: seconds and a fraction are optional, more
 * digits than milliseconds are cut off; then Z, an offset (+02:00, +0200; a
 * space stands for the plus that a query string lost) or nothing, which is
 * UTC (clients.md §1). Returns whether text is one, from 1970 to 9999. */
bool iso_time_parse(const char *text, int64_t *wall_ms);

#endif
