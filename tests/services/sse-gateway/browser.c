#include "browser.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "own.h"
#include "test.h"

enum { PATIENCE_MS = 10000, TURN_MS = 20 };

struct browser {
    struct stage *stage;
    int fd;
    bool has_ended;
    char *text;
    size_t size, passed;
};

int browser_connect(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1) {
        close(fd);
        return -1;
    }
    return fd;
}

struct browser *browser_send(struct stage *stage, int port, const char *bytes, size_t size)
{
    struct browser *self = own_zero(sizeof(*self));

    self->stage = stage;
    self->text = own_copy("");
    self->fd = browser_connect(port ? port : stage->port);
    assert_true(self->fd >= 0);
    assert_int_equal(send(self->fd, bytes, size, MSG_NOSIGNAL), size);
    return self;
}

struct browser *browser_open(struct stage *stage, const char *path, const char *cookie)
{
    char *request = NULL;

    assert_true(asprintf(&request, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s%s\r\n", path,
                         cookie ? "Cookie: " : "", cookie ? cookie : "", cookie ? "\r\n" : "") > 0);
    struct browser *self = browser_send(stage, 0, request, strlen(request));
    free(request);
    return self;
}

void browser_close(struct browser **self)
{
    if (!*self)
        return;
    close((*self)->fd);
    free((*self)->text);
    free(*self);
    *self = NULL;
}

void browser_take(struct browser *self, int wait_ms)
{
    char buffer[65536];

    stage_turn(self->stage, self->has_ended ? -1 : self->fd, wait_ms);
    ssize_t size = recv(self->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (size == 0 || (size == -1 && errno == ECONNRESET))
        self->has_ended = true;
    if (size <= 0)
        return;
    self->text = own_grow(self->text, self->size + (size_t)size + 1);
    memcpy(self->text + self->size, buffer, (size_t)size);
    self->size += (size_t)size;
    self->text[self->size] = '\0';
}

void browser_expect(struct browser *self, const char *text)
{
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    const char *at;

    while (!(at = strstr(self->text + self->passed, text))) {
        if (self->has_ended || clock_monotonic_ms() > end)
            fail_msg("expected: %s\ncame: %s\n(%s)", text, self->text + self->passed,
                     self->has_ended ? "ended" : "open");
        browser_take(self, TURN_MS);
    }
    self->passed = (size_t)(at - self->text) + strlen(text);
}

void browser_expect_nothing(struct browser *self, int wait_ms)
{
    int64_t end = clock_monotonic_ms() + wait_ms;

    while (clock_monotonic_ms() < end)
        browser_take(self, TURN_MS);
    while (strncmp(self->text + self->passed, ":\n\n", 3) == 0)
        self->passed += 3;
    assert_string_equal(self->text + self->passed, "");
}

const char *browser_expect_end(struct browser *self)
{
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;

    while (!self->has_ended) {
        if (clock_monotonic_ms() > end)
            fail_msg("not ended; came: %s", self->text + self->passed);
        browser_take(self, TURN_MS);
    }
    return self->text + self->passed;
}

const char *browser_rest(struct browser *self)
{
    return self->text + self->passed;
}

int browser_socket(struct browser *self)
{
    return self->fd;
}
