/* metric.h - reads a metric of this process. */
#ifndef METRIC_H
#define METRIC_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"

/* Returns the value of the sample of this name, as it is shown; 0 when there
 * is none. */
static inline int64_t metric_value(const char *sample)
{
    char start[128];
    char *text = metrics_text();

    snprintf(start, sizeof(start), "\n%s ", sample);
    const char *at = strstr(text, start);
    int64_t value = at ? strtoll(at + strlen(start), NULL, 10) : 0;
    free(text);
    return value;
}

#endif
