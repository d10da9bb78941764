#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "http_internal.h"
#include "listen.h"
#include "log.h"
#include "metrics.h"
#include "own.h"

/* A body that is over the limit is read to its end, so that the client gets
 * to read the 413, but not past this many times the limit. */
enum { PATIENCE = 16 };

/* Of the answer's head, on top of what a request's head may take. */
enum { ANSWER_HEAD_SIZE = 4096 };

enum { STOP_ROUNDS = 50, STOP_ROUND_MS = 10 };

static struct metric requests = {
    "kratt_http_requests", METRIC_COUNTER, "HTTP requests, by all servers here.", NULL, 0, NULL};
static struct metric connections = {
    "kratt_http_connections", METRIC_GAUGE, "HTTP connections now open.", NULL, 0, NULL};

/* ---- the library's callbacks ---- */

__attribute__((format(printf, 2, 0))) static void on_log(void *self, const char *format,
                                                         va_list args)
{
    char text[256];

    (void)self;
    vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\r\n")] = '\0';
    log_debug("http library", "why", text);
}

static void on_connection(void *self, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)self;
    (void)connection;
    (void)context;
    connections.value += code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1;
}

/* Marks a request whose URI decodes to a text with a zero in it: the library
 * would silently cut the text there. */
static char malformed_uri;

static void *on_uri(void *self, const char *uri, struct MHD_Connection *connection)
{
    (void)self;
    (void)connection;
    return strstr(uri, "%00") ? &malformed_uri : NULL;
}

/* Returns whether the client says that its body is larger than this. */
static bool announces_more_than(struct MHD_Connection *connection, uint64_t size)
{
    const char *length =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

    return length && strtoull(length, NULL, 10) > size;
}

static enum MHD_Result refuse_and_close(struct http_request *self, int status)
{
    self->is_closing = true;
    http_refuse(self, status);
    return http_queue(self);
}

/* The head is here. Answering now ends the connection, so only what must not
 * be read is answered now: a body whose end is unclear, a huge one, or one
 * that the client would send only after "100 Continue". */
static enum MHD_Result begin(struct http_request *self)
{
    struct MHD_Connection *connection = self->connection;
    uint64_t limit = self->server->limits.body_size;

    requests.value++;
    if (self->is_ambiguous)
        return refuse_and_close(self, MHD_HTTP_BAD_REQUEST);
    if (!announces_more_than(connection, limit))
        return MHD_YES;
    self->is_too_large = true;
    if (!announces_more_than(connection, limit * PATIENCE) &&
        !MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT))
        return MHD_YES;
    return refuse_and_close(self, MHD_HTTP_CONTENT_TOO_LARGE);
}

static enum MHD_Result take_piece(struct http_request *self, const char *data, size_t *size)
{
    http_request_append(self, data, *size);
    *size = 0;
    return self->received <= self->server->limits.body_size * PATIENCE ? MHD_YES : MHD_NO;
}

/* The request is whole. */
static void handle(struct http_request *self)
{
    struct http_server *server = self->server;

    if (server->is_stopping)
        http_refuse(self, MHD_HTTP_SERVICE_UNAVAILABLE);
    else if (self->is_malformed)
        http_refuse(self, MHD_HTTP_BAD_REQUEST);
    else if (self->is_too_large)
        http_refuse(self, MHD_HTTP_CONTENT_TOO_LARGE);
    else if (server->before_answer && strcmp(self->method, MHD_HTTP_METHOD_OPTIONS) == 0)
        http_refuse(self, MHD_HTTP_NO_CONTENT);
    else {
        self->is_ours = false;
        server->handler(server->self, self);
    }
}

static enum MHD_Result finish(struct http_request *self)
{
    if (self->status == 0)
        handle(self);
    if (self->status)
        return http_queue(self);
    MHD_suspend_connection(self->connection);
    self->is_suspended = true;
    timers_set(self->server->timers, &self->deadline,
               clock_monotonic_ms() + self->server->limits.answer_ms);
    return MHD_YES;
}

/* Called once for the head, then for each piece of the body, then once more
 * with none; and again when a suspended request is resumed. */
/* NOLINTNEXTLINE(readability-function-size): MHD_AccessHandlerCallback */
static enum MHD_Result on_access(void *self, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *size, void **context)
{
    if (!*context || *context == &malformed_uri) {
        struct http_request *request = http_request_new(self, connection, method, url, version);
        request->is_malformed = *context == &malformed_uri;
        *context = request;
        return begin(request);
    }
    return *size ? take_piece(*context, data, size) : finish(*context);
}

/* The only place where the library lets go of a request. */
static void on_completed(void *self, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct http_request *request = *context;

    (void)self;
    (void)connection;
    (void)code;
    *context = NULL;
    if (!request || (void *)request == &malformed_uri)
        return;
    request->connection = NULL;
    if (request->is_ours)
        http_request_destroy(request);
}

/* ---- the loop ---- */

static void run(void *self)
{
    struct http_server *server = self;
    MHD_UNSIGNED_LONG_LONG timeout;

    server->is_resumed = false;
    MHD_run(server->daemon);
    if (server->is_resumed)
        timers_set(server->timers, &server->wake, TIMERS_SOON);
    else if (MHD_get_timeout(server->daemon, &timeout) == MHD_YES)
        timers_set(server->timers, &server->wake, clock_monotonic_ms() + (int64_t)timeout);
    else
        timers_cancel(server->timers, &server->wake);
}

static int on_readable(zloop_t *loop, zmq_pollitem_t *item, void *self)
{
    struct http_server *server = self;

    (void)loop;
    (void)item;
    timers_begin(server->timers);
    run(server);
    timers_end(server->timers);
    return 0;
}

/* Not MHD_OPTION_STRICT_FOR_CLIENT: 0.9.75 would then answer a request without
 * Host itself, with its head sent twice. http_request.c looks at Host. */
static struct MHD_Daemon *start(struct http_server *self, int fd)
{
    const struct http_limits *limits = &self->limits;

    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_access,
        self, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, limits->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        limits->per_address, MHD_OPTION_CONNECTION_TIMEOUT, limits->idle_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits->head_size + ANSWER_HEAD_SIZE,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL, MHD_OPTION_END);
}

/* Puts the daemon's own epoll descriptor into the loop. Returns 0 or -1. */
static int attach(struct http_server *self)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(self->daemon, MHD_DAEMON_INFO_EPOLL_FD);

    if (!info)
        return -1;
    self->item = (zmq_pollitem_t){.fd = info->epoll_fd, .events = ZMQ_POLLIN};
    if (zloop_poller(self->loop, &self->item, on_readable, self) == -1)
        return -1;
    zloop_poller_set_tolerant(self->loop, &self->item);
    return 0;
}

static void show_metrics(void)
{
    metrics_add(&requests);
    metrics_add(&connections);
    http_request_metrics();
    http_answer_metrics();
}

/* NOLINTNEXTLINE(readability-function-size): each of the six is the caller's to give */
struct http_server *http_server_new(zloop_t *loop, struct timers *timers, const char *address,
                                    const struct http_limits *limits, on_request *handler,
                                    void *self)
{
    char why[WHY_MAX];
    int fd = listen_at(address, why);

    if (fd == -1) {
        log_error("cannot listen", "address", address, "why", why);
        return NULL;
    }
    struct http_server *server = own_zero(sizeof(*server));
    *server = (struct http_server){.loop = loop,
                                   .timers = timers,
                                   .limits = *limits,
                                   .handler = handler,
                                   .self = self,
                                   .wake = {.on_time = run, .self = server},
                                   .port = listen_port(fd)};
    show_metrics();
    server->daemon = start(server, fd);
    if (!server->daemon)
        close(fd);
    if (!server->daemon || attach(server) == -1) {
        log_error("cannot serve HTTP", "address", address);
        http_server_destroy(&server);
    }
    return server;
}

static bool has_connections(const struct http_server *self)
{
    for (const struct http_request *request = self->requests; request; request = request->next)
        if (request->connection)
            return true;
    return false;
}

/* Answers all that wait and gives the answers time to leave; a client that
 * does not read cannot hold this up for long. */
static void drain(struct http_server *self)
{
    self->is_stopping = true;
    for (struct http_request *request = self->requests; request; request = request->next) {
        if (!request->is_suspended)
            continue;
        request->is_ours = true;
        http_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE);
        http_resume(request);
    }
    MHD_run(self->daemon);
    for (int i = 0; i < STOP_ROUNDS && has_connections(self); i++)
        MHD_run_wait(self->daemon, STOP_ROUND_MS);
}

void http_server_destroy(struct http_server **self)
{
    struct http_server *server = *self;

    *self = NULL;
    if (!server)
        return;
    if (server->daemon) {
        zloop_poller_end(server->loop, &server->item);
        drain(server);
        MHD_stop_daemon(server->daemon);
    }
    while (server->requests) /* those that got 504 and were never answered */
        http_request_destroy(server->requests);
    http_made_release(&server->last);
    timers_cancel(server->timers, &server->wake);
    free(server);
}

int http_server_port(const struct http_server *self)
{
    return self->port;
}

void http_server_set_errors(struct http_server *self, make_error_body *make)
{
    self->make_error = make;
}

void http_server_before_answer(struct http_server *self, before_answer *hook)
{
    self->before_answer = hook;
}
