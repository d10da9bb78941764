/* many - one round of one measurement on one side, as bench, with the readers
 * in several processes, one for each port of the server; run starts it.
 *
 * Usage: many [options] JOB
 *   -k      the server is sse-gateway, else nginx with nchan
 *   -d DIR  directory of the bus     -g N     ports, and processes of readers
 *   -p PORT of the server, the first of them
 *   -P PIDS processes of the server  -n N     streams
 *   -u      a channel for each stream (memory alone)
 *   -i N    events in flight         -t N     seconds
 *   -c N    characters a message
 * JOB is memory or flow. */
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crowd.h"
#include "now.h"
#include "own.h"
#include "publisher.h"
#include "server.h"

enum { SECOND = 1000000, RETRY_US = 100000, PATIENCE_US = 120000000 };

struct many {
    const char *directory, *pids;
    int port;
    size_t ports, streams, characters;
    int64_t in_flight, seconds;
    bool is_kratt, is_private;
    struct crowd *crowd;
    struct publisher *publisher;
    int64_t *sent; /* when, by number */
    int64_t published;
};

static void say(const char *name, double value)
{
    printf("%s %.3f\n", name, value);
}

static void turn(struct many *self)
{
    int count = crowd_turn(self->crowd) + publisher_turn(self->publisher);

    if (!count)
        (void)sched_yield();
}

static const char *cookie(const struct many *self)
{
    return self->publisher->feed ? feed_cookie(self->publisher->feed) : NULL;
}

static void publish(struct many *self)
{
    if (++self->published >= CROWD_EVENTS_MAX) {
        fprintf(stderr, "many: too many events\n");
        exit(EXIT_FAILURE);
    }
    self->sent[self->published] = now_us();
    publisher_send(self->publisher, 0, self->published, false);
}

static void settle(struct many *self, int64_t us)
{
    for (int64_t end = now_us() + us; now_us() < end;)
        turn(self);
}

static bool is_done(const struct many *self)
{
    return crowd_done(self->crowd) == self->published;
}

static bool is_open(const struct many *self)
{
    return crowd_is_open(self->crowd);
}

static void await(struct many *self, bool (*holds)(const struct many *self), const char *what)
{
    int64_t end = now_us() + PATIENCE_US;

    while (!holds(self)) {
        if (now_us() > end) {
            fprintf(stderr, "many: %s: %" PRId64 " of %" PRId64 " events done\n", what,
                    crowd_done(self->crowd), self->published);
            exit(EXIT_FAILURE);
        }
        turn(self);
    }
}

/* Until each gateway has subscribed, what is published is lost to it; the same
 * again does no harm. */
static void warm_up(struct many *self)
{
    publish(self);
    for (int64_t next = now_us() + RETRY_US; self->publisher->feed && !is_done(self); turn(self)) {
        if (now_us() < next)
            continue;
        publisher_send(self->publisher, 0, self->published, false);
        next = now_us() + RETRY_US;
    }
    await(self, is_done, "the server does not deliver");
}

static void open_all(struct many *self)
{
    crowd_open(self->crowd, cookie(self));
    await(self, is_open, "streams not opened");
    settle(self, SECOND);
}

/* ---- the jobs ---- */

/* Memory of idle streams. */
static void job_memory(struct many *self)
{
    settle(self, SECOND);
    int64_t idle = server_memory(self->pids);
    open_all(self);
    say("kib_per_stream", (double)(server_memory(self->pids) - idle) / (double)self->streams);
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return left < right ? -1 : left > right;
}

/* Returns the median of the times from publishing to the last reader. */
static double last_ms(struct many *self, int64_t first)
{
    size_t count = (size_t)(self->published - first + 1);
    int64_t *times = own_zero(count * sizeof(*times));

    for (size_t i = 0; i < count; i++)
        times[i] = crowd_last(self->crowd, first + (int64_t)i) - self->sent[first + (int64_t)i];
    qsort(times, count, sizeof(*times), compare);
    int64_t median = times[count / 2];
    free(times);
    return (double)median / 1000;
}

/* A closed loop: so many events are on their way to all readers. */
static void job_flow(struct many *self)
{
    warm_up(self);
    open_all(self);
    int64_t first = self->published + 1, before = crowd_delivered(self->crowd);
    double cpu = server_cpu(self->pids);
    int64_t begin = now_us();
    while (now_us() < begin + self->seconds * SECOND) {
        while (self->published - crowd_done(self->crowd) < self->in_flight)
            publish(self);
        turn(self);
    }
    await(self, is_done, "events are missing");
    cpu = server_cpu(self->pids) - cpu;
    double wall = (double)(now_us() - begin) / SECOND;
    double delivered = (double)(crowd_delivered(self->crowd) - before);
    say("events_per_cpu_second", delivered / cpu);
    say("events_per_second", delivered / wall);
    say("cpu_share", cpu / wall);
    say("last_ms", last_ms(self, first));
}

/* ---- the command line ---- */

static const struct {
    const char *name;
    void (*run)(struct many *self);
} jobs[] = {{"memory", job_memory}, {"flow", job_flow}};

static int64_t number(const char *text)
{
    return strtoll(text, NULL, 10);
}

/* Returns whether it is one of those that say how much. */
static bool take_amount(struct many *self, int option, const char *text)
{
    switch (option) {
    case 'g':
        self->ports = (size_t)number(text);
        return true;
    case 'n':
        self->streams = (size_t)number(text);
        return true;
    case 'i':
        self->in_flight = number(text);
        return true;
    case 't':
        self->seconds = number(text);
        return true;
    case 'c':
        self->characters = (size_t)number(text);
        return true;
    default:
        return false;
    }
}

static void take_option(struct many *self, int option, const char *text)
{
    switch (option) {
    case 'k':
        self->is_kratt = true;
        return;
    case 'd':
        self->directory = text;
        return;
    case 'p':
        self->port = (int)number(text);
        return;
    case 'P':
        self->pids = text;
        return;
    case 'u':
        self->is_private = true;
        return;
    default:
        exit(EXIT_FAILURE);
    }
}

/* The processes come first: ZeroMQ's threads would not be in them. */
static void measure(struct many *self, void (*job)(struct many *self))
{
    self->streams -= self->streams % self->ports;
    self->sent = own_zero(CROWD_EVENTS_MAX * sizeof(*self->sent));
    self->crowd = crowd_new(self->port, self->ports, self->streams, self->is_private);
    self->publisher =
        publisher_new(self->is_kratt ? self->directory : NULL, self->port, self->characters);
    crowd_try(self->crowd, cookie(self));
    await(self, is_open, "the server does not serve");
    job(self);
    publisher_destroy(&self->publisher);
    crowd_destroy(&self->crowd);
    free(self->sent);
}

int main(int argc, char **argv)
{
    struct many many = {.pids = "",
                        .port = 8090,
                        .ports = 3,
                        .streams = 50000,
                        .characters = 100,
                        .in_flight = 8,
                        .seconds = 8};

    for (int option; (option = getopt(argc, argv, "kd:p:g:P:n:ui:t:c:")) != -1;)
        if (!take_amount(&many, option, optarg))
            take_option(&many, option, optarg);
    for (size_t i = 0; i < sizeof(jobs) / sizeof(*jobs); i++) {
        if (optind != argc - 1 || strcmp(argv[optind], jobs[i].name) != 0)
            continue;
        measure(&many, jobs[i].run);
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "many: no such job\n");
    return EXIT_FAILURE;
}
