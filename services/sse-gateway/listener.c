#include "listener.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "listen.h"

enum {
    SEND_BUFFER = 128 * 1024, /* what the kernel keeps for a slow reader */
    /* A client that vanished is gone within 30 s: a heartbeat after at most
     * 15 s, which is then not acknowledged for this long. TCP tries for the
     * sixth time after 6.3 s at the earliest, and for the seventh after 12.6:
     * a network that was away in between shall cost no stream. */
    UNACKNOWLEDGED_MS = 14000,
};

static void set_option(int fd, int level, int option, int value)
{
    (void)setsockopt(fd, level, option, &value, sizeof(value)); /* better with, works without */
}

/* An event is a few hundred bytes, now and then: nothing to steer a rate by.
 * Reno is in every kernel, and sets no timer to pace what it sends, as BBR
 * does for each event of each stream. */
static void choose_congestion_control(int fd)
{
    static const char name[] = "reno";

    (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, sizeof(name) - 1);
}

/* Linux hands these on to every connection that is accepted. */
static void set_options(int fd)
{
    choose_congestion_control(fd);
    set_option(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS);
}

int listener_open(const char *address, char why[WHY_MAX])
{
    int fd = listen_at(address, why);

    if (fd != -1)
        set_options(fd);
    return fd;
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
