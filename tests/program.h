/* program.h - a built program, started by a test on a bus of its own: ipc
 * endpoints in a temporary folder, which the test talks to as its neighbours
 * would. Include after the other headers. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bus.h"
#include "clock.h"
#include "service.h"
#include "test.h"

static char program_folder[64];
static char program_endpoints[7][128];

/* Makes a folder and points the bus settings, and struct endpoints, into it. */
static inline void program_bus_open(void)
{
    static const char *const names[] = {
        "KRATT_COMMANDS", "KRATT_EVENTS",        "KRATT_WAITING",   "KRATT_WAITING_EVENTS",
        "KRATT_HEALTH",   "KRATT_HEALTH_EVENTS", "KRATT_HEARTBEATS"};
    const char **const places[] = {&endpoints.commands,  &endpoints.events,
                                   &endpoints.waiting,   &endpoints.waiting_events,
                                   &endpoints.health,    &endpoints.health_events,
                                   &endpoints.heartbeats};

    snprintf(program_folder, sizeof(program_folder), "/tmp/kratt-test-XXXXXX");
    assert_non_null(mkdtemp(program_folder));
    for (int i = 0; i < 7; i++) {
        snprintf(program_endpoints[i], sizeof(program_endpoints[i]), "ipc://%s/%d", program_folder,
                 i);
        setenv(names[i], program_endpoints[i], 1);
        *places[i] = program_endpoints[i];
    }
}

static inline void program_bus_close(void)
{
    for (int i = 0; i < 7; i++)
        unlink(program_endpoints[i] + strlen("ipc://"));
    rmdir(program_folder);
}

/* Starts path with at most one argument, its output going to fd (-1: ours). */
static inline pid_t program_start(const char *path, const char *argument, int fd)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (fd >= 0)
            dup2(fd, STDOUT_FILENO);
        execl(path, path, argument, (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* Waits for the end of a process. Returns its exit status, or -1 when it
 * crashed or had to be killed after ten seconds. */
static inline int program_wait(pid_t pid)
{
    int64_t end = clock_monotonic_ms() + 10000;
    int status = 0;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (clock_monotonic_ms() > end)
            kill(pid, SIGKILL);
        poll(NULL, 0, 10); /* a child's end is no descriptor to wait on */
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Asks a program to end. Returns as program_wait. */
static inline int program_end(pid_t pid)
{
    kill(pid, SIGTERM);
    return program_wait(pid);
}

/* Fills text with what the program prints when it gets this argument. */
static inline void program_says(const char *path, const char *argument, char *text, size_t size)
{
    int ends[2];
    size_t used = 0;
    ssize_t got;

    assert_int_equal(pipe(ends), 0);
    pid_t pid = program_start(path, argument, ends[1]);
    close(ends[1]);
    while (used < size - 1 && (got = read(ends[0], text + used, size - 1 - used)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    close(ends[0]);
    assert_int_equal(program_wait(pid), 0);
}

/* Waits until one of the sockets (NULL ends the list) can be read, at most
 * timeout_ms. */
static inline void program_poll(zsock_t *const *socks, int timeout_ms)
{
    zmq_pollitem_t items[8] = {0};
    int count = 0;

    for (; socks[count]; count++)
        items[count] = (zmq_pollitem_t){zsock_resolve(socks[count]), 0, ZMQ_POLLIN, 0};
    (void)zmq_poll(items, count, timeout_ms);
}

#endif
