#include "metrics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct metric *first;

static bool same_name(const struct metric *a, const struct metric *b)
{
    return a && b && strcmp(a->name, b->name) == 0;
}

void metrics_add(struct metric *metric)
{
    struct metric **place = &first;

    for (struct metric *other = first; other; other = other->next)
        if (other == metric)
            return;
    /* The metrics of one name have to stand together (OpenMetrics 1.0 §4.5). */
    while (*place && !(same_name(*place, metric) && !same_name((*place)->next, metric)))
        place = &(*place)->next;
    if (*place)
        place = &(*place)->next;
    metric->next = *place;
    *place = metric;
}

static void put_help(FILE *out, const struct metric *metric)
{
    fprintf(out, "# HELP %s ", metric->name);
    for (const char *c = metric->help; *c; c++) {
        if (*c == '\n')
            fputs("\\n", out);
        else if (*c == '\\' || *c == '"')
            fprintf(out, "\\%c", *c);
        else
            putc(*c, out);
    }
    putc('\n', out);
}

static void put_value(FILE *out, const struct metric *metric)
{
    fputs(metric->name, out);
    if (metric->type == METRIC_COUNTER)
        fputs("_total", out);
    if (metric->labels)
        fprintf(out, "{%s}", metric->labels);
    fprintf(out, " %" PRId64 "\n", metric->value);
}

char *metrics_text(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const struct metric *before = NULL;

    if (!out)
        abort();
    for (const struct metric *metric = first; metric; before = metric, metric = metric->next) {
        if (!same_name(before, metric)) {
            fprintf(out, "# TYPE %s %s\n", metric->name,
                    metric->type == METRIC_COUNTER ? "counter" : "gauge");
            put_help(out, metric);
        }
        put_value(out, metric);
    }
    fputs("# EOF\n", out);
    if (fclose(out) != 0)
        abort();
    return text;
}
