#include "poster.h"

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

enum { CONNECTIONS = 64, ANSWER_MAX = 4096 };

struct post {
    struct post *next;
    size_t size;
    char bytes[];
};

struct line {
    int fd;
    bool is_busy;
    size_t size;
    char answer[ANSWER_MAX + 1];
};

struct poster {
    int epoll;
    struct line lines[CONNECTIONS];
    struct post *first, *last; /* that wait for a line */
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
        die("poster");
    return fd;
}

struct poster *poster_new(int port)
{
    struct poster *self = own_zero(sizeof(*self));

    self->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (uint32_t i = 0; i < CONNECTIONS; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        self->lines[i].fd = connect_to(port);
        if (epoll_ctl(self->epoll, EPOLL_CTL_ADD, self->lines[i].fd, &event) == -1)
            die("epoll_ctl");
    }
    return self;
}

void poster_destroy(struct poster **self_p)
{
    struct poster *self = *self_p;

    for (int i = 0; i < CONNECTIONS; i++)
        close(self->lines[i].fd);
    for (struct post *post; (post = self->first); free(post))
        self->first = post->next;
    close(self->epoll);
    free(self);
    *self_p = NULL;
}

static void send_next(struct poster *self, struct line *line)
{
    struct post *post = self->first;

    line->is_busy = post != NULL;
    if (!post)
        return;
    self->first = post->next;
    line->size = 0;
    if (send(line->fd, post->bytes, post->size, MSG_NOSIGNAL) != (ssize_t)post->size)
        die("post");
    free(post);
}

void poster_post(struct poster *self, const char *path, const void *body, size_t size)
{
    char head[256];
    size_t head_size = (size_t)snprintf(head, sizeof(head),
                                        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                        "Content-Type: application/json\r\n"
                                        "Content-Length: %zu\r\n\r\n",
                                        path, size);
    struct post *post = own_grow(NULL, sizeof(*post) + head_size + size);

    post->next = NULL;
    post->size = head_size + size;
    memcpy(post->bytes, head, head_size);
    memcpy(post->bytes + head_size, body, size);
    if (self->first)
        self->last->next = post;
    else
        self->first = post;
    self->last = post;
    for (int i = 0; i < CONNECTIONS && self->first; i++)
        if (!self->lines[i].is_busy)
            send_next(self, &self->lines[i]);
}

/* Returns whether the answer is whole. */
static bool is_whole(const struct line *line)
{
    const char *end = strstr(line->answer, "\r\n\r\n");
    const char *length = strcasestr(line->answer, "\r\nContent-Length:");

    if (!end)
        return false;
    size_t head = (size_t)(end - line->answer) + 4;
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
    return line->size >= head + body;
}

static void read_line(struct poster *self, struct line *line)
{
    ssize_t size = recv(line->fd, line->answer + line->size, ANSWER_MAX - line->size, MSG_DONTWAIT);

    if (size == -1 && errno == EAGAIN)
        return;
    if (size <= 0)
        die("answer to a post");
    line->size += (size_t)size;
    line->answer[line->size] = '\0';
    if (strncmp(line->answer, "HTTP/1.1 2", 10) != 0) {
        fprintf(stderr, "poster: refused: %.12s\n", line->answer);
        exit(EXIT_FAILURE);
    }
    if (is_whole(line))
        send_next(self, line);
}

int poster_fd(const struct poster *self)
{
    return self->epoll;
}

int poster_turn(struct poster *self)
{
    struct epoll_event events[CONNECTIONS];
    int count = epoll_wait(self->epoll, events, CONNECTIONS, 0);

    for (int i = 0; i < count; i++)
        read_line(self, &self->lines[events[i].data.u32]);
    return count;
}
