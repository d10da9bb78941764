/* now.h - the time that the benchmarks measure with. */
#ifndef NOW_H
#define NOW_H

#include <stdint.h>

/* Returns microseconds of the monotonic clock, which is the same in all
 * processes. */
int64_t now_us(void);

#endif
