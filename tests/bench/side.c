#include "side.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "now.h"
#include "own.h"
#include "publisher.h"

enum { PATIENCE_US = 120000000, RETRY_US = 100000, WAIT_MS = 1, LATENCIES_STEP = 1 << 20 };

static _Noreturn void die(const struct side *self, const char *what)
{
    fprintf(stderr, "%s: %s: %zu streams open, %zu gone, %" PRId64 " of %" PRId64 " events done\n",
            self->options.is_kratt ? "kratt" : "nchan", what, clients_ready(self->clients),
            clients_gone(self->clients), self->done, self->published);
    exit(EXIT_FAILURE);
}

/* ---- what arrives ---- */

static void add_latency(struct side *self, int64_t us)
{
    size_t count = (size_t)self->delivered;

    if (count == self->latencies_size) {
        self->latencies_size += LATENCIES_STEP;
        self->latencies = own_grow(self->latencies, self->latencies_size * sizeof(uint32_t));
    }
    self->latencies[count] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static void on_event(void *arg, size_t client, int64_t number)
{
    struct side *self = arg;

    (void)client;
    if (number < 1 || number > self->published)
        die(self, "an event that was not sent");
    struct happening *happening = &self->happenings[number];
    if (--happening->left < 0)
        die(self, "an event came twice");
    happening->last = now_us();
    add_latency(self, happening->last - happening->sent);
    self->delivered++;
    if (!happening->left)
        self->done++;
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return left < right ? -1 : left > right;
}

double side_latency(struct side *self, double quantile)
{
    size_t count = (size_t)self->delivered;

    if (!count)
        return 0;
    qsort(self->latencies, count, sizeof(uint32_t), compare);
    return self->latencies[(size_t)((double)(count - 1) * quantile)] / 1000.0;
}

void side_reset(struct side *self)
{
    self->delivered = 0;
}

/* ---- the loop ---- */

/* Not for long, as nothing here knows when its caller wants to go on. */
static void await(struct side *self)
{
    zmq_pollitem_t items[1 + FEED_ITEMS] = {
        {.fd = clients_fd(self->clients), .events = ZMQ_POLLIN},
    };

    (void)zmq_poll(items, 1 + publisher_items(self->publisher, items + 1), WAIT_MS);
}

void side_turn(struct side *self)
{
    int count = clients_turn(self->clients);

    count += publisher_turn(self->publisher);
    if (!count)
        await(self);
}

void side_await(struct side *self)
{
    int64_t end = now_us() + PATIENCE_US;

    while (self->done < self->published) {
        if (now_us() > end)
            die(self, "events are missing");
        side_turn(self);
    }
}

/* ---- streams ---- */

static size_t channel_of(const struct side *self, size_t i)
{
    return self->options.is_private ? i : 0;
}

static void write_request(void *arg, msgpack_sbuffer *out, size_t client)
{
    const struct side *self = arg;
    const struct feed *feed = self->publisher->feed;

    publisher_ask(out, feed ? feed_cookie(feed) : NULL, channel_of(self, client), self->cursor);
}

static void open_streams(struct side *self, size_t count)
{
    int64_t end = now_us() + PATIENCE_US;

    clients_open(self->clients, count, count - self->options.stalled);
    while (clients_ready(self->clients) < count) {
        if (now_us() > end || clients_gone(self->clients))
            die(self, "streams not opened");
        side_turn(self);
    }
}

void side_open(struct side *self)
{
    open_streams(self, self->options.streams);
}

void side_drop(struct side *self)
{
    snprintf(self->cursor, sizeof(self->cursor), "%s", clients_last_id(self->clients));
    clients_close(self->clients);
}

/* ---- publishing ---- */

/* Returns the number of a new event for so many readers. */
static int64_t begin_event(struct side *self, int64_t readers)
{
    int64_t number = ++self->published;

    if (number >= SIDE_EVENTS_MAX)
        die(self, "too many events");
    self->happenings[number] = (struct happening){.sent = now_us(), .left = readers};
    return number;
}

static void publish(struct side *self, bool is_missed)
{
    const struct side_options *options = &self->options;
    int64_t readers = (int64_t)(options->streams - options->stalled);
    int64_t number = begin_event(self, options->is_private ? 1 : readers);

    publisher_send(self->publisher, channel_of(self, (size_t)number % options->streams), number,
                   is_missed);
}

void side_publish(struct side *self)
{
    publish(self, false);
}

void side_publish_missed(struct side *self, int count)
{
    for (int i = 0; i < count; i++)
        publish(self, true);
}

static bool is_served(const struct side *self)
{
    const struct feed *feed = self->publisher->feed;

    return clients_ready(self->clients) > 0 && (!feed || feed_is_followed(feed));
}

/* Until the gateway has subscribed, what is published is lost to it; the same
 * again does no harm. */
static void warm_up(struct side *self)
{
    int64_t number = begin_event(self, 1);

    if (!self->publisher->feed)
        publisher_send(self->publisher, 0, number, false);
    while (self->done < number) {
        int64_t next = now_us() + RETRY_US;
        if (self->publisher->feed)
            publisher_send(self->publisher, 0, number, false);
        while (now_us() < next && self->done < number)
            side_turn(self);
    }
    side_reset(self);
}

/* The gateway may have to read its key first, or to ask the feed. */
static void await_server(struct side *self)
{
    int64_t end = now_us() + PATIENCE_US;

    while (!is_served(self)) {
        if (now_us() > end)
            die(self, "the server does not serve");
        int64_t next = now_us() + RETRY_US;
        clients_close(self->clients);
        clients_open(self->clients, 1, 1);
        while (now_us() < next && !is_served(self))
            side_turn(self);
    }
    warm_up(self);
    clients_close(self->clients);
}

/* ---- life ---- */

struct side *side_new(const struct side_options *options)
{
    struct side *self = own_zero(sizeof(*self));
    const struct clients_hooks hooks = {
        .write_request = write_request, .on_event = on_event, .self = self};

    self->options = *options;
    self->happenings = own_zero(SIDE_EVENTS_MAX * sizeof(*self->happenings));
    self->clients = clients_new(options->port, options->streams, &hooks);
    self->publisher = publisher_new(options->is_kratt ? options->directory : NULL, options->port,
                                    options->characters);
    await_server(self);
    return self;
}

void side_destroy(struct side **self_p)
{
    struct side *self = *self_p;

    clients_destroy(&self->clients);
    publisher_destroy(&self->publisher);
    free(self->happenings);
    free(self->latencies);
    free(self);
    *self_p = NULL;
}
