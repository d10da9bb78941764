#include "tally.h"

#include <stdio.h>

#include "metrics.h"
#include "own.h"
#include "routes.h"

enum { CLASSES = 3 };

static const char *const classes[CLASSES] = {"2xx", "4xx", "5xx"};

/* One row of counters a route, and a last one for what is no route. They live
 * as long as the process, as the metrics list holds on to them. */
static struct metric (*counters)[CLASSES];

static void add_row(struct metric row[CLASSES], const char *path)
{
    for (size_t i = 0; i < CLASSES; i++) {
        char labels[128];
        snprintf(labels, sizeof(labels), "route=\"%s\",class=\"%s\"", path, classes[i]);
        row[i] = (struct metric){"kratt_answers",
                                 METRIC_COUNTER,
                                 "Answers by route and class of status.",
                                 own_copy(labels),
                                 0,
                                 NULL};
        metrics_add(&row[i]);
    }
}

void tally_open(void)
{
    size_t count = 0;

    if (counters)
        return;
    while (route_at(count))
        count++;
    counters = own_zero((count + 1) * sizeof(*counters));
    for (size_t i = 0; i < count; i++)
        add_row(counters[i], route_at(i)->path);
    add_row(counters[count], "unknown");
}

void tally_count(size_t route, int status)
{
    if (counters)
        counters[route][status < 400 ? 0 : status < 500 ? 1 : 2].value++;
}
