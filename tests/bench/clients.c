#include "clients.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "own.h"

enum {
    BATCH = 512,
    READ_MAX = 256 * 1024,
    UNANSWERED_MAX = 200, /* so that no listening queue runs over */
    STALLED_BUFFER = 4096,
};

struct client {
    int fd; /* -1: gone */
    bool is_ready;
    bool is_in_mark;
    int64_t number;
};

struct clients {
    struct clients_hooks hooks;
    struct sockaddr_in address;
    int epoll;
    struct client *items;
    size_t most, opened, wanted, stalled, ready, gone;
    char last_id[64];
    char bytes[READ_MAX];
};

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

struct clients *clients_new(int port, size_t most, const struct clients_hooks *hooks)
{
    struct clients *self = own_zero(sizeof(*self));

    self->hooks = *hooks;
    self->address.sin_family = AF_INET;
    self->address.sin_port = htons((uint16_t)port);
    self->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    self->most = most;
    self->items = own_zero(most * sizeof(*self->items));
    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (self->epoll == -1)
        die("epoll_create1");
    return self;
}

void clients_close(struct clients *self)
{
    for (size_t i = 0; i < self->opened; i++)
        if (self->items[i].fd != -1)
            close(self->items[i].fd);
    self->opened = self->wanted = self->ready = self->gone = 0;
}

void clients_destroy(struct clients **self_p)
{
    struct clients *self = *self_p;

    clients_close(self);
    close(self->epoll);
    free(self->items);
    free(self);
    *self_p = NULL;
}

size_t clients_ready(const struct clients *self)
{
    return self->ready;
}

size_t clients_gone(const struct clients *self)
{
    return self->gone;
}

const char *clients_last_id(const struct clients *self)
{
    return self->last_id;
}

/* ---- opening ---- */

static void send_request(struct clients *self, size_t i)
{
    msgpack_sbuffer request;

    msgpack_sbuffer_init(&request);
    self->hooks.write_request(self->hooks.self, &request, i);
    if (send(self->items[i].fd, request.data, request.size, MSG_NOSIGNAL) != (ssize_t)request.size)
        die("send");
    msgpack_sbuffer_destroy(&request);
}

/* The kernel completes the connection, whatever the server does meanwhile. */
static void open_one(struct clients *self, size_t i)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.u64 = i};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int size = STALLED_BUFFER;

    if (fd == -1)
        die("socket");
    if (i >= self->stalled && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) == -1)
        die("SO_RCVBUF");
    if (connect(fd, (const struct sockaddr *)&self->address, sizeof(self->address)) == -1)
        die("connect");
    self->items[i] = (struct client){.fd = fd};
    send_request(self, i);
    if (epoll_ctl(self->epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        die("epoll_ctl");
}

static void open_more(struct clients *self)
{
    while (self->opened < self->wanted &&
           self->opened - self->ready - self->gone < UNANSWERED_MAX) {
        size_t i = self->opened++;
        open_one(self, i);
    }
}

void clients_open(struct clients *self, size_t count, size_t stalled)
{
    self->wanted = count < self->most ? count : self->most;
    self->stalled = stalled;
    open_more(self);
}

/* ---- reading ---- */

static void lose(struct clients *self, struct client *client)
{
    close(client->fd);
    client->fd = -1;
    self->gone++;
    if (client->is_ready)
        self->ready--;
}

static void take_digit(struct clients *self, size_t i, char digit)
{
    struct client *client = &self->items[i];

    if (digit >= '0' && digit <= '9') {
        client->number = client->number * 10 + (digit - '0');
        return;
    }
    client->is_in_mark = false;
    if (digit == ';')
        self->hooks.on_event(self->hooks.self, i, client->number);
}

static void scan(struct clients *self, size_t i, const char *at, size_t size)
{
    struct client *client = &self->items[i];
    const char *end = at + size;

    while (at < end) {
        if (client->is_in_mark) {
            take_digit(self, i, *at++);
            continue;
        }
        at = memchr(at, '~', (size_t)(end - at));
        if (!at)
            return;
        at++;
        client->is_in_mark = true;
        client->number = 0;
    }
}

static void keep_last_id(struct clients *self, size_t size)
{
    static const char line[] = "id: ";
    const char *at = self->bytes;
    const char *end = at + size;

    while ((at = memmem(at, (size_t)(end - at), line, sizeof(line) - 1))) {
        at += sizeof(line) - 1;
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (newline)
            snprintf(self->last_id, sizeof(self->last_id), "%.*s", (int)(newline - at), at);
    }
}

/* Returns false when it is refused. The status line comes in one piece. */
static bool take_answer(struct clients *self, size_t i, size_t size)
{
    static const char good[] = "HTTP/1.1 200";
    struct client *client = &self->items[i];

    if (size < sizeof(good) || memcmp(self->bytes, good, sizeof(good) - 1) != 0)
        return false;
    client->is_ready = true;
    self->ready++;
    if (i >= self->stalled && epoll_ctl(self->epoll, EPOLL_CTL_DEL, client->fd, NULL) == -1)
        die("epoll_ctl");
    return true;
}

static void read_one(struct clients *self, size_t i)
{
    struct client *client = &self->items[i];

    if (client->fd == -1)
        return;
    ssize_t size = recv(client->fd, self->bytes, sizeof(self->bytes), MSG_DONTWAIT);
    if (size == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0 || (!client->is_ready && !take_answer(self, i, (size_t)size))) {
        lose(self, client);
        return;
    }
    if (i == 0)
        keep_last_id(self, (size_t)size);
    scan(self, i, self->bytes, (size_t)size);
}

int clients_fd(const struct clients *self)
{
    return self->epoll;
}

int clients_turn(struct clients *self)
{
    struct epoll_event events[BATCH];
    int count = epoll_wait(self->epoll, events, BATCH, 0);

    for (int i = 0; i < count; i++)
        read_one(self, events[i].data.u64);
    open_more(self);
    return count;
}
