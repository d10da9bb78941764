/* bench - one round of one measurement on one side. Prints "name value"
 * lines; run compares the sides. Started by run, which also starts the server.
 *
 * Usage: bench [options] JOB
 *   -k      the server is sse-gateway, else nginx with nchan
 *   -d DIR  directory of the bus      -p PORT  of the server
 *   -P PIDS processes of the server   -n N     streams
 *   -u      a channel for each stream -i N     events in flight
 *   -t N    seconds                   -r N     events a second
 *   -z N    streams that stall        -c N     characters a message
 * JOB is memory, flow, last, stalled, resume or reopen. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "now.h"
#include "server.h"
#include "side.h"

enum { SECOND = 1000000, SAMPLE_US = 100000, BROADCASTS = 7, MISSED = 10 };

struct job {
    struct side_options side;
    int64_t in_flight, seconds, rate;
};

static void say(const char *name, double value)
{
    printf("%s %.3f\n", name, value);
}

static void settle(struct side *side, int64_t us)
{
    int64_t end = now_us() + us;

    while (now_us() < end)
        side_turn(side);
}

/* ---- the jobs ---- */

/* Memory of idle streams. */
static void job_memory(struct side *side, const struct job *job)
{
    settle(side, SECOND);
    int64_t idle = server_memory(job->side.pids);
    side_open(side);
    settle(side, SECOND);
    say("kib_per_stream",
        (double)(server_memory(job->side.pids) - idle) / (double)job->side.streams);
}

/* A closed loop: so many events are on their way to their readers. */
static void job_flow(struct side *side, const struct job *job)
{
    side_open(side);
    settle(side, SECOND);
    double cpu = server_cpu(job->side.pids);
    int64_t begin = now_us();
    while (now_us() < begin + job->seconds * SECOND) {
        while (side->published - side->done < job->in_flight)
            side_publish(side);
        side_turn(side);
    }
    side_await(side);
    cpu = server_cpu(job->side.pids) - cpu;
    double wall = (double)(now_us() - begin) / SECOND;
    say("events_per_cpu_second", (double)side->delivered / cpu);
    say("events_per_second", (double)side->delivered / wall);
    say("cpu_share", cpu / wall);
    say("p50_ms", side_latency(side, 0.5));
    say("p99_ms", side_latency(side, 0.99));
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return left < right ? -1 : left > right;
}

/* When the last reader has an event that all get. */
static void job_last(struct side *side, const struct job *job)
{
    double last_ms[BROADCASTS];

    (void)job;
    side_open(side);
    for (int i = 0; i < BROADCASTS; i++) {
        settle(side, SECOND / 2);
        side_publish(side);
        side_await(side);
        const struct happening *happening = &side->happenings[side->published];
        last_ms[i] = (double)(happening->last - happening->sent) / 1000;
    }
    qsort(last_ms, BROADCASTS, sizeof(*last_ms), compare);
    say("last_ms", last_ms[BROADCASTS / 2]);
}

/* An open loop, while some do not read. What the server holds for them is its
 * highest memory less that before. */
static void job_stalled(struct side *side, const struct job *job)
{
    settle(side, SECOND);
    int64_t idle = server_memory(job->side.pids);
    side_open(side);
    settle(side, SECOND);
    int64_t before = server_memory(job->side.pids);
    int64_t most = before, begin = now_us(), sample = begin;
    for (int64_t i = 0; i < job->seconds * job->rate; i++) {
        int64_t next = begin + i * SECOND / job->rate;
        while (now_us() < next)
            side_turn(side);
        side_publish(side);
        if (now_us() >= sample) {
            int64_t memory = server_memory(job->side.pids);
            most = memory > most ? memory : most;
            sample = now_us() + SAMPLE_US;
        }
    }
    side_await(side);
    say("p50_ms", side_latency(side, 0.5));
    say("p99_ms", side_latency(side, 0.99));
    say("kib_of_all_streams", (double)(most - idle));
    if (job->side.stalled)
        say("kib_per_stalled", (double)(most - before) / (double)job->side.stalled);
}

/* All drop, miss some events, and come back with their cursor. */
static void job_resume(struct side *side, const struct job *job)
{
    (void)job;
    side_open(side);
    side_publish(side);
    side_await(side);
    settle(side, SECOND);
    side_drop(side);
    side_publish_missed(side, MISSED);
    int64_t begin = now_us();
    side_open(side);
    side_await(side);
    say("caught_up_ms", (double)(now_us() - begin) / 1000);
}

/* All are opened and closed, again and again. Returns how many streams. */
static int64_t reopen(struct side *side, int64_t us)
{
    int64_t opened = 0;

    for (int64_t end = now_us() + us; now_us() < end;) {
        side_open(side);
        clients_close(side->clients);
        opened += (int64_t)side->options.streams;
    }
    return opened;
}

/* The first second is not measured: what a server keeps for good, for the next
 * streams, it has from then on. */
static void job_reopen(struct side *side, const struct job *job)
{
    (void)reopen(side, SECOND);
    settle(side, SECOND);
    int64_t memory = server_memory(job->side.pids);
    double cpu = server_cpu(job->side.pids);
    int64_t begin = now_us();
    int64_t opened = reopen(side, job->seconds * SECOND);
    double wall = (double)(now_us() - begin) / SECOND;
    settle(side, SECOND);
    say("opens_per_second", (double)opened / wall);
    say("opens_per_cpu_second", (double)opened / (server_cpu(job->side.pids) - cpu));
    say("kib_left", (double)(server_memory(job->side.pids) - memory));
}

/* ---- the command line ---- */

static const struct {
    const char *name;
    void (*run)(struct side *side, const struct job *job);
} jobs[] = {
    {"memory", job_memory},   {"flow", job_flow},     {"last", job_last},
    {"stalled", job_stalled}, {"resume", job_resume}, {"reopen", job_reopen},
};

static int64_t number(const char *text)
{
    return strtoll(text, NULL, 10);
}

static void take_option(struct job *job, int option, const char *text)
{
    switch (option) {
    case 'k':
        job->side.is_kratt = true;
        return;
    case 'd':
        job->side.directory = text;
        return;
    case 'p':
        job->side.port = (int)number(text);
        return;
    case 'P':
        job->side.pids = text;
        return;
    case 'n':
        job->side.streams = (size_t)number(text);
        return;
    case 'u':
        job->side.is_private = true;
        return;
    default:
        exit(EXIT_FAILURE);
    }
}

/* Returns whether it is one of those that say how much. */
static bool take_amount(struct job *job, int option, const char *text)
{
    switch (option) {
    case 'i':
        job->in_flight = number(text);
        return true;
    case 't':
        job->seconds = number(text);
        return true;
    case 'r':
        job->rate = number(text);
        return true;
    case 'z':
        job->side.stalled = (size_t)number(text);
        return true;
    case 'c':
        job->side.characters = (size_t)number(text);
        return true;
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    struct job job = {
        .side = {.directory = ".", .pids = "", .port = 8090, .streams = 1000, .characters = 100},
        .in_flight = 16,
        .seconds = 8,
        .rate = 20,
    };

    for (int option; (option = getopt(argc, argv, "kd:p:P:n:ui:t:r:z:c:")) != -1;)
        if (!take_amount(&job, option, optarg))
            take_option(&job, option, optarg);
    for (size_t i = 0; i < sizeof(jobs) / sizeof(*jobs); i++) {
        if (optind != argc - 1 || strcmp(argv[optind], jobs[i].name) != 0)
            continue;
        struct side *side = side_new(&job.side);
        jobs[i].run(side, &job);
        side_destroy(&side);
        return EXIT_SUCCESS;
    }
    fprintf(stderr, "bench: no such job\n");
    return EXIT_FAILURE;
}
