#include "server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *open_proc(long pid, const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
    FILE *file = fopen(path, "re");
    if (!file) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    return file;
}

/* The fields after the name in brackets, proc(5): utime is the 12th of them,
 * stime the next. */
static double cpu_of(long pid)
{
    char text[1024] = "";
    FILE *file = open_proc(pid, "stat");
    size_t size = fread(text, 1, sizeof(text) - 1, file);
    const char *at = strrchr(text, ')');

    fclose(file);
    text[size] = '\0';
    for (int field = 0; at && field < 12; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return 0;
    char *rest;
    unsigned long long ticks = strtoull(at, &rest, 10);
    ticks += strtoull(rest, NULL, 10);
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static double memory_of(long pid)
{
    char text[256];
    double kib = 0;
    FILE *file = open_proc(pid, "smaps_rollup");

    while (fgets(text, sizeof(text), file))
        if (strncmp(text, "Pss:", 4) == 0)
            kib = strtod(text + 4, NULL);
    fclose(file);
    return kib;
}

static double sum(const char *pids, double (*of)(long pid))
{
    double total = 0;
    char *rest;

    for (const char *at = pids; *at; at = *rest ? rest + 1 : rest)
        total += of(strtol(at, &rest, 10));
    return total;
}

double server_cpu(const char *pids)
{
    return sum(pids, cpu_of);
}

int64_t server_memory(const char *pids)
{
    return (int64_t)sum(pids, memory_of);
}
