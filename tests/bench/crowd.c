#include "crowd.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clients.h"
#include "now.h"
#include "own.h"
#include "publisher.h"

enum { COOKIE_MAX = 4096, RETRY_US = 100000, PATIENCE_US = 120000000, REPORTS = 64 };

/* To a process: open so many streams. */
struct wish {
    bool may_retry;
    bool has_cookie;
    size_t streams;
    char cookie[COOKIE_MAX];
};

/* From a process. number: an event that all its readers have; 0: what was to
 * be opened is open. */
struct report {
    int64_t number, last, deliveries;
};

struct happening {
    size_t processes; /* that are done */
    int64_t last;
};

struct member {
    int sock;
    bool is_open;
};

struct crowd {
    size_t count, streams; /* processes; of each */
    struct member *members;
    struct happening *happenings; /* by number */
    int64_t done, delivered;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "crowd: %s\n", what);
    _exit(EXIT_FAILURE);
}

/* ---- in a process ---- */

struct reader {
    int sock;
    size_t first; /* stream */
    bool is_private, is_told, is_obeying;
    int64_t since; /* when it was told, or tried last */
    struct clients *clients;
    uint32_t *deliveries; /* by number */
    struct wish wish;
};

static void tell(const struct reader *self, const struct report *report)
{
    if (send(self->sock, report, sizeof(*report), MSG_NOSIGNAL) != (ssize_t)sizeof(*report))
        _exit(EXIT_SUCCESS); /* nobody is left to be told */
}

static void on_event(void *arg, size_t client, int64_t number)
{
    struct reader *self = arg;

    (void)client;
    if (number < 1 || number >= CROWD_EVENTS_MAX)
        die("an event that was not sent");
    size_t readers = self->is_private ? 1 : self->wish.streams;
    if (++self->deliveries[number] > readers)
        die("an event came twice");
    if (self->deliveries[number] == readers)
        tell(self, &(struct report){number, now_us(), (int64_t)readers});
}

static void write_request(void *arg, msgpack_sbuffer *out, size_t client)
{
    const struct reader *self = arg;

    publisher_ask(out, self->wish.has_cookie ? self->wish.cookie : NULL,
                  self->is_private ? self->first + client : 0, "");
}

static void begin(struct reader *self)
{
    clients_close(self->clients);
    self->since = now_us();
    clients_open(self->clients, self->wish.streams, self->wish.streams);
}

static void obey(struct reader *self)
{
    ssize_t size = recv(self->sock, &self->wish, sizeof(self->wish), MSG_DONTWAIT);

    if (size == 0)
        _exit(EXIT_SUCCESS);
    if (size != (ssize_t)sizeof(self->wish))
        return;
    self->is_told = false;
    self->is_obeying = true;
    begin(self);
}

/* The server may not listen yet, so a process that may try again takes a
 * refused stream for a reason to. */
static void look_after(struct reader *self)
{
    if (self->is_told || !self->is_obeying)
        return;
    if (clients_ready(self->clients) == self->wish.streams) {
        self->is_told = true;
        tell(self, &(struct report){.number = 0});
    } else if (self->wish.may_retry) {
        if (now_us() > self->since + RETRY_US)
            begin(self);
    } else if (clients_gone(self->clients) || now_us() > self->since + PATIENCE_US) {
        die("streams not opened");
    }
}

static _Noreturn void read_for_ever(struct reader *self)
{
    while (true) {
        obey(self);
        if (!clients_turn(self->clients))
            (void)sched_yield();
        look_after(self);
        if (self->is_told && clients_gone(self->clients))
            die("the server closed a stream");
    }
}

static int fork_reader(const struct crowd *self, size_t i, int port, bool is_private)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
        die("no socket");
    pid_t pid = fork();
    if (pid == -1)
        die("no process");
    if (pid > 0) {
        close(pair[1]);
        return pair[0];
    }
    for (size_t j = 0; j < i; j++)
        close(self->members[j].sock);
    close(pair[0]);
    struct reader reader = {.sock = pair[1], .first = i * self->streams, .is_private = is_private};
    const struct clients_hooks hooks = {write_request, on_event, &reader};
    reader.clients = clients_new(port + (int)i, self->streams, &hooks);
    reader.deliveries = own_zero(CROWD_EVENTS_MAX * sizeof(*reader.deliveries));
    read_for_ever(&reader);
}

/* ---- in the program ---- */

struct crowd *crowd_new(int port, size_t processes, size_t streams, bool is_private)
{
    struct crowd *self = own_zero(sizeof(*self));

    self->count = processes;
    self->streams = streams / processes;
    self->members = own_zero(processes * sizeof(*self->members));
    self->happenings = own_zero(CROWD_EVENTS_MAX * sizeof(*self->happenings));
    for (size_t i = 0; i < processes; i++)
        self->members[i].sock = fork_reader(self, i, port, is_private);
    return self;
}

void crowd_destroy(struct crowd **self_p)
{
    struct crowd *self = *self_p;

    for (size_t i = 0; i < self->count; i++)
        close(self->members[i].sock);
    for (size_t i = 0; i < self->count; i++)
        wait(NULL);
    free(self->members);
    free(self->happenings);
    free(self);
    *self_p = NULL;
}

static void wish_for(struct crowd *self, const char *cookie, size_t streams, bool may_retry)
{
    struct wish wish = {.may_retry = may_retry, .has_cookie = cookie != NULL, .streams = streams};

    if (cookie && strlen(cookie) >= sizeof(wish.cookie))
        die("the cookie is too long");
    snprintf(wish.cookie, sizeof(wish.cookie), "%s", cookie ? cookie : "");
    for (size_t i = 0; i < self->count; i++) {
        self->members[i].is_open = false;
        if (send(self->members[i].sock, &wish, sizeof(wish), MSG_NOSIGNAL) != sizeof(wish))
            die("a process has ended");
    }
}

void crowd_try(struct crowd *self, const char *cookie)
{
    wish_for(self, cookie, 1, true);
}

void crowd_open(struct crowd *self, const char *cookie)
{
    wish_for(self, cookie, self->streams, false);
}

bool crowd_is_open(const struct crowd *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (!self->members[i].is_open)
            return false;
    return true;
}

static void take(struct crowd *self, struct member *member, const struct report *report)
{
    struct happening *happening = &self->happenings[report->number];

    if (report->number == 0) {
        member->is_open = true;
        return;
    }
    happening->processes++;
    happening->last = report->last > happening->last ? report->last : happening->last;
    self->delivered += report->deliveries;
    if (happening->processes == self->count)
        self->done++;
}

static int hear(struct crowd *self, struct member *member)
{
    struct report report;
    int count = 0;

    for (; count < REPORTS; count++) {
        ssize_t size = recv(member->sock, &report, sizeof(report), MSG_DONTWAIT);
        if (size == -1 && (errno == EAGAIN || errno == EINTR))
            break;
        if (size != (ssize_t)sizeof(report))
            die("a process has ended");
        take(self, member, &report);
    }
    return count;
}

int crowd_turn(struct crowd *self)
{
    int count = 0;

    for (size_t i = 0; i < self->count; i++)
        count += hear(self, &self->members[i]);
    return count;
}

int64_t crowd_done(const struct crowd *self)
{
    return self->done;
}

int64_t crowd_delivered(const struct crowd *self)
{
    return self->delivered;
}

int64_t crowd_last(const struct crowd *self, int64_t number)
{
    return self->happenings[number].last;
}
