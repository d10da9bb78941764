/* metrics.h - counters and gauges, shown as OpenMetrics text on /metrics.
 *
 * A metric is a static variable of the file that counts it, registered at
 * start:
 *
 *     static struct metric refused = {"kratt_requests_refused", METRIC_COUNTER,
 *                                     "Requests answered with 4xx.", NULL, 0, NULL};
 *     metrics_add(&refused);
 *     refused.value++;
 *
 * Metrics of one name differ in their labels, which are written in the
 * program, such as "route=\"init-chat\"", and never made of what a user sent. */
#ifndef METRICS_H
#define METRICS_H

#include <stdint.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE };

struct metric {
    const char *name; /* without _total, which a counter gets when shown */
    enum metric_type type;
    const char *help;
    const char *labels; /* without braces; NULL: none */
    int64_t value;
    struct metric *next;
};

/* Shows this metric from now on. Adding it again changes nothing. */
void metrics_add(struct metric *metric);

/* Returns all metrics as OpenMetrics 1.0 text, "# EOF" at the end. The caller
 * frees it. */
char *metrics_text(void);

#endif
