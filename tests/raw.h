/* raw.h - a peer that is no ZeroMQ: a plain TCP connection to a socket of the
 * bus. Include after test.h. */
#ifndef RAW_H
#define RAW_H

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

/* Connects to endpoint, which is tcp://127.0.0.1:PORT. */
static inline int raw_connect(const char *endpoint)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_port = htons((uint16_t)strtol(strrchr(endpoint, ':') + 1, NULL, 10));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

/* The other side may have closed already. */
static inline void raw_send(int fd, const void *bytes, size_t size)
{
    (void)!send(fd, bytes, size, MSG_NOSIGNAL);
}

/* Says what a ZMTP 3.0 peer without keys says (https://rfc.zeromq.org/spec/23/):
 * greeting, and READY as a socket of this type. */
static inline void raw_greet(int fd, const char *type)
{
    unsigned char greeting[64] = {0xff, [9] = 0x7f, [10] = 3, 0, 'N', 'U', 'L', 'L'};
    char ready[64] = "\4?\5READY\13Socket-Type";
    size_t size = 2 + 6 + 12;

    ready[size += 3] = (char)strlen(type); /* its length in four bytes */
    memcpy(&ready[++size], type, strlen(type));
    size += strlen(type);
    ready[1] = (char)(size - 2);
    raw_send(fd, greeting, sizeof(greeting));
    raw_send(fd, ready, size);
}

/* Reads until the other side closes. Returns after how many milliseconds it
 * did, -1 when it did not within limit_ms. */
static inline int64_t raw_wait_closed(int fd, int limit_ms)
{
    int64_t start = clock_monotonic_ms();
    char bytes[4096];
    ssize_t got = 1;

    while (got > 0) {
        struct pollfd item = {fd, POLLIN, 0};
        int64_t left = start + limit_ms - clock_monotonic_ms();
        if (left <= 0 || poll(&item, 1, (int)left) != 1)
            return -1;
        got = read(fd, bytes, sizeof(bytes));
    }
    return clock_monotonic_ms() - start;
}

#endif
