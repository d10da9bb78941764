#include "browser.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "own.h"
#include "test.h"

enum { REPLY_MAX = 1 << 20, TRIES = 1000, TRY_MS = 10 };

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* There is nothing to wait for but the port itself. */
void browse_until_served(const struct stage *stage)
{
    int fd = -1;

    for (int i = 0; i < TRIES && (fd = connect_to(stage_port(stage))) == -1; i++)
        usleep(TRY_MS * 1000);
    assert_int_not_equal(fd, -1);
    close(fd);
}

int browse_begin(struct stage *stage, const char *method, const char *path, const char *headers,
                 const char *body)
{
    int fd = connect_to(stage_port(stage));
    char *request;

    assert_int_not_equal(fd, -1);
    assert_true(asprintf(&request,
                         "%s %s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n"
                         "%sContent-Length: %zu\r\n\r\n%s",
                         method, path, stage_port(stage), headers, body ? strlen(body) : 0,
                         body ? body : "") > 0);
    for (size_t sent = 0, size = strlen(request); sent < size;) {
        ssize_t n = write(fd, request + sent, size - sent);
        assert_true(n > 0);
        sent += (size_t)n;
    }
    free(request);
    return fd;
}

struct reply browse_end(struct stage *stage, int fd)
{
    struct reply reply = {.head = own_zero(REPLY_MAX + 1)};
    size_t size = 0;
    ssize_t n = 1;

    while (n > 0) {
        if (!stage_play(stage, fd))
            continue;
        n = read(fd, reply.head + size, REPLY_MAX - size);
        size += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    assert_memory_equal(reply.head, "HTTP/1.1 ", strlen("HTTP/1.1 "));
    reply.status = (int)strtol(reply.head + strlen("HTTP/1.1 "), NULL, 10);
    reply.body = strstr(reply.head, "\r\n\r\n");
    assert_non_null(reply.body);
    reply.body[2] = '\0';
    reply.body += strlen("\r\n\r\n");
    return reply;
}

struct reply browse(struct stage *stage, const char *method, const char *path, const char *headers,
                    const char *body)
{
    return browse_end(stage, browse_begin(stage, method, path, headers, body));
}

void reply_clear(struct reply *reply)
{
    free(reply->head);
    *reply = (struct reply){0};
}

bool reply_has(const struct reply *reply, const char *line)
{
    char *whole;

    assert_true(asprintf(&whole, "\r\n%s\r\n", line) > 0);
    bool found = strstr(reply->head, whole) != NULL;
    free(whole);
    return found;
}
