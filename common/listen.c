#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Splits "host:port" or "[host]:port". Returns whether it is one. */
static bool split_address(const char *address, char host[INET6_ADDRSTRLEN], const char **port)
{
    const char *colon = strrchr(address, ':');
    bool has_brackets = *address == '[';

    if (!colon || colon == address || !colon[1])
        return false;
    size_t size = (size_t)(colon - address);
    if (has_brackets && (size < 2 || colon[-1] != ']'))
        return false;
    const char *begin = has_brackets ? address + 1 : address;
    size -= has_brackets ? 2 : 0;
    if (size == 0 || size >= INET6_ADDRSTRLEN || (!has_brackets && memchr(address, ':', size)))
        return false;
    memcpy(host, begin, size);
    host[size] = '\0';
    *port = colon + 1;
    return true;
}

static int listen_on(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    if (fd == -1)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int listen_at(const char *address, char why[WHY_MAX])
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *info = NULL;
    char host[INET6_ADDRSTRLEN];
    const char *port;

    if (!split_address(address, host, &port) || strtoul(port, NULL, 10) > UINT16_MAX ||
        getaddrinfo(host, port, &hints, &info) != 0)
        return refuse(why, "not a number and a port, such as 127.0.0.1:8080 or [::1]:8080");
    int fd = listen_on(info);
    freeaddrinfo(info);
    return fd == -1 ? refuse(why, "%s", strerror(errno)) : fd;
}

int listen_port(int fd)
{
    struct sockaddr_in6 address = {0}; /* the port is where that of IPv4 is */
    socklen_t size = sizeof(address);

    (void)getsockname(fd, (struct sockaddr *)&address, &size);
    return ntohs(address.sin6_port);
}
