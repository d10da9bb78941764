#include "connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "own.h"

enum { VECTORS_MAX = 64 };

void connection_say(struct connection *self, const void *bytes, size_t size)
{
    size_t before = self->own ? self->own->size : 0;

    self->own = own_grow(self->own, sizeof(*self->own) + before + size);
    if (!before)
        self->own->written = 0;
    memcpy(self->own->bytes + before, bytes, size);
    self->own->size = before + size;
}

/* Nothing here is the peer's fault but a connection that it broke. */
static enum wrote result_of(ssize_t sent, size_t size)
{
    if (sent == -1)
        return errno == EAGAIN || errno == EINTR ? WROTE_NONE : WROTE_FAILED;
    return (size_t)sent == size ? WROTE_ALL : WROTE_SOME;
}

enum wrote connection_write_own(struct connection *self, size_t *sent)
{
    struct outgoing *own = self->own;

    *sent = 0;
    if (!own)
        return WROTE_ALL;
    size_t size = own->size - own->written;
    ssize_t rc = send(self->fd, own->bytes + own->written, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    enum wrote wrote = result_of(rc, size);
    if (rc > 0) {
        own->written += (size_t)rc;
        *sent = (size_t)rc;
    }
    if (wrote == WROTE_ALL) {
        free(own);
        self->own = NULL;
    }
    return wrote;
}

enum wrote connection_write_frames(struct connection *self, int limit, size_t *sent, int64_t *seq)
{
    struct iovec vectors[VECTORS_MAX];
    struct due due[VECTORS_MAX];
    struct msghdr message = {.msg_iov = vectors};
    size_t size = 0;
    int count = subscriptions_due(subscriptions_of(self), self->count, due, vectors,
                                  limit < VECTORS_MAX ? limit : VECTORS_MAX);

    *sent = 0;
    *seq = 0;
    for (int i = 0; i < count; i++)
        size += vectors[i].iov_len;
    message.msg_iovlen = (size_t)count;
    ssize_t rc = count == 1 ? send(self->fd, vectors->iov_base, size, MSG_NOSIGNAL | MSG_DONTWAIT)
                            : sendmsg(self->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    enum wrote wrote = result_of(rc, size);
    if (rc > 0) {
        *sent = (size_t)rc;
        *seq = subscriptions_wrote(due, count, *sent);
    }
    return wrote;
}

static void say_due(struct connection *self, const struct due *due, const struct iovec *vectors,
                    int count)
{
    size_t size = 0;

    for (int i = 0; i < count; i++) {
        connection_say(self, vectors[i].iov_base, vectors[i].iov_len);
        size += vectors[i].iov_len;
    }
    self->own_seq = subscriptions_wrote(due, count, size);
}

void connection_finish_frame(struct connection *self)
{
    struct iovec vector;
    struct due due;

    if (!subscriptions_begun(subscriptions_of(self), self->count))
        return;
    say_due(self, &due, &vector,
            subscriptions_due(subscriptions_of(self), self->count, &due, &vector, 1));
    self->is_batch = view_is_array(connection_view(self));
}

void connection_take_rest(struct connection *self)
{
    struct iovec vectors[VECTORS_MAX];
    struct due due[VECTORS_MAX];
    int count;

    while ((count = subscriptions_due(subscriptions_of(self), self->count, due, vectors,
                                      VECTORS_MAX)) > 0)
        say_due(self, due, vectors, count);
}

/* The values of the frames lie between what the view puts before and after. */
void connection_merge(struct connection *self)
{
    struct subscriber *subscriber = &self->only.subscriber;
    const struct view *view = self->only.view;
    size_t before = strlen(view->before), after = strlen(view->after);
    const struct frame *first = subscriber_next(subscriber);

    connection_say(self, view->before, before);
    for (const struct frame *at = first; at; at = subscriber_after(subscriber, at)) {
        if (at != first)
            connection_say(self, ",", 1);
        connection_say(self, at->bytes + before, at->size - before - after);
        self->own_seq = at->seq;
    }
    connection_say(self, view->after, after);
    subscriber_skip_all(subscriber);
    self->is_batch = true;
}

bool connection_is_waiting(struct connection *self)
{
    const struct subscription *subscriptions = subscriptions_of(self);

    for (unsigned i = 0; i < self->count; i++)
        if (subscriptions[i].owed >= OWED_SYNC)
            return true;
    return false;
}

const struct view *connection_view(const struct connection *self)
{
    return self->stream->views[self->door];
}
