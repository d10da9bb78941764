#include "lines.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "own.h"

enum { BATCH = 256, ANSWER_MAX = 16 * 1024 };

struct line {
    int fd;
    size_t size;
    char answer[ANSWER_MAX + 1];
};

struct lines {
    int epoll;
    size_t count;
    on_line_answer *on_answer;
    void *self;
    struct line items[];
};

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;

    if (fd == -1 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) == -1 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == -1)
        die("line");
    return fd;
}

struct lines *lines_new(int port, size_t count, on_line_answer *on_answer, void *self)
{
    struct lines *lines = own_zero(sizeof(*lines) + count * sizeof(*lines->items));

    lines->epoll = epoll_create1(EPOLL_CLOEXEC);
    lines->count = count;
    lines->on_answer = on_answer;
    lines->self = self;
    for (size_t i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
        lines->items[i].fd = connect_to(port);
        if (epoll_ctl(lines->epoll, EPOLL_CTL_ADD, lines->items[i].fd, &event) == -1)
            die("epoll_ctl");
    }
    return lines;
}

void lines_destroy(struct lines **self_p)
{
    struct lines *self = *self_p;

    for (size_t i = 0; i < self->count; i++)
        close(self->items[i].fd);
    close(self->epoll);
    free(self);
    *self_p = NULL;
}

int lines_fd(const struct lines *self)
{
    return self->epoll;
}

void lines_send(struct lines *self, size_t line, const char *request, size_t size)
{
    self->items[line].size = 0;
    if (send(self->items[line].fd, request, size, MSG_NOSIGNAL) != (ssize_t)size)
        die("request");
}

/* Returns whether the answer is whole. */
static bool is_whole(const struct line *line)
{
    static const char field[] = "\r\nContent-Length:";
    const char *end = strstr(line->answer, "\r\n\r\n");
    const char *length = strcasestr(line->answer, field);

    if (!end)
        return false;
    size_t head = (size_t)(end - line->answer) + 4;
    size_t body = length && length < end ? strtoul(length + sizeof(field) - 1, NULL, 10) : 0;
    return line->size >= head + body;
}

static void read_line(struct lines *self, size_t i)
{
    struct line *line = &self->items[i];
    ssize_t size = recv(line->fd, line->answer + line->size, ANSWER_MAX - line->size, MSG_DONTWAIT);

    if (size == -1 && errno == EAGAIN)
        return;
    if (size <= 0)
        die("answer");
    line->size += (size_t)size;
    line->answer[line->size] = '\0';
    if (strncmp(line->answer, "HTTP/1.1 2", 10) != 0) {
        fprintf(stderr, "refused: %s\n", line->answer);
        exit(EXIT_FAILURE);
    }
    if (is_whole(line))
        self->on_answer(self->self, i, line->answer);
}

int lines_turn(struct lines *self)
{
    struct epoll_event events[BATCH];
    int count = epoll_wait(self->epoll, events, BATCH, 0);

    for (int i = 0; i < count; i++)
        read_line(self, events[i].data.u64);
    return count;
}
