#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HOST_SIZE = INET6_ADDRSTRLEN,
    BACKLOG = 4096,
    SEND_BUFFER = 128 * 1024, /* what the kernel keeps for a slow reader */
    /* A client that vanished is gone within 30 s: a heartbeat after at most
     * 15 s, which is then not acknowledged for this long. */
    UNACKNOWLEDGED_MS = 14000,
};

static int split(const char *address, char host[HOST_SIZE], const char **port)
{
    const char *colon = strrchr(address, ':');
    const char *begin = address, *end = colon;

    if (!colon || !colon[1])
        return -1;
    if (*begin == '[' && end > begin && end[-1] == ']') {
        begin++;
        end--;
    }
    size_t size = (size_t)(end - begin);
    if (!size || size >= HOST_SIZE)
        return -1;
    memcpy(host, begin, size);
    host[size] = '\0';
    *port = colon + 1;
    return 0;
}

static void set_option(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof(value)); /* better with, works without */
}

/* Linux hands these on to every connection that is accepted. */
static void set_options(int fd)
{
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    set_option(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS);
}

static int listen_at(const struct addrinfo *info, char why[WHY_MAX])
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd == -1)
        return refuse(why, "%s", strerror(errno));
    set_options(fd);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == -1 || listen(fd, BACKLOG) == -1) {
        refuse(why, "%s", strerror(errno));
        close(fd);
        return -1;
    }
    return fd;
}

int listener_open(const char *address, char why[WHY_MAX])
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *info = NULL;
    char host[HOST_SIZE] = "";
    const char *port;

    if (split(address, host, &port) == -1 || getaddrinfo(host, port, &hints, &info) != 0)
        return refuse(why, "not an address and a port");
    int fd = listen_at(info, why);
    freeaddrinfo(info);
    return fd;
}

int listener_port(int fd)
{
    struct sockaddr_in6 address = {0}; /* the port is where that of IPv4 is */
    socklen_t size = sizeof(address);

    (void)getsockname(fd, (struct sockaddr *)&address, &size); /* port 0 is only for the log */
    return ntohs(address.sin6_port);
}

int listener_raise_files(int64_t files, char why[WHY_MAX])
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        return refuse(why, "%s", strerror(errno));
    if (limit.rlim_cur >= (rlim_t)files)
        return 0;
    limit.rlim_cur = (rlim_t)files;
    if (limit.rlim_max < limit.rlim_cur)
        limit.rlim_max = limit.rlim_cur; /* root may */
    if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
        return refuse(why, "%" PRId64 " files are needed, and the limit cannot be raised: %s",
                      files, strerror(errno));
    return 0;
}
