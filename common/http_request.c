/* http_request.c - one request: what it brought and how it is answered. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_internal.h"
#include "log.h"
#include "metrics.h"
#include "own.h"

#define ANSWERS(labels)                                                                            \
    {                                                                                              \
        "kratt_http_answers", METRIC_COUNTER, "HTTP answers by class of status.", labels, 0, NULL  \
    }

static struct metric answers[] = {
    ANSWERS("class=\"1xx\""), ANSWERS("class=\"2xx\""), ANSWERS("class=\"3xx\""),
    ANSWERS("class=\"4xx\""), ANSWERS("class=\"5xx\""),
};
static struct metric too_large = {
    "kratt_http_too_large", METRIC_COUNTER, "Requests refused with 413.", NULL, 0, NULL};
static struct metric timed_out = {
    "kratt_http_timed_out", METRIC_COUNTER, "Requests answered with 504 here.", NULL, 0, NULL};

void http_request_metrics(void)
{
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
        metrics_add(&answers[i]);
    metrics_add(&too_large);
    metrics_add(&timed_out);
}

static void free_texts(struct http_text *text)
{
    while (text) {
        struct http_text *next = text->next;
        free(text);
        text = next;
    }
}

/* ---- where it came from ---- */

static void read_address(struct http_request *self, const char *forwarded)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(self->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    address_of_client(self->address, info ? info->client_addr : NULL, forwarded,
                      forwarded ? strlen(forwarded) : 0);
}

/* What http needs to know of a head, found in one walk. */
struct head {
    const char *forwarded; /* the last X-Forwarded-For */
    unsigned hosts, lengths, encodings;
    bool is_encoding_strange;
};

static enum MHD_Result on_header(void *self, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    struct head *head = self;

    (void)kind;
    if (strcasecmp(name, "X-Forwarded-For") == 0)
        head->forwarded = value;
    else if (strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0)
        head->hosts++;
    else if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0)
        head->lengths++;
    else if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
        head->encodings++;
        head->is_encoding_strange = !value || strcasecmp(value, "chunked") != 0;
    }
    return MHD_YES;
}

/* Where a message ends must not be a matter of opinion (RFC 9112 §6.3), nor
 * whom it is for (§3.2). What the library would let pass is refused here. */
static void read_head(struct http_request *self, const char *version)
{
    bool needs_host = strcmp(version, MHD_HTTP_VERSION_1_0) != 0;
    struct head head = {0};

    MHD_get_connection_values(self->connection, MHD_HEADER_KIND, on_header, &head);
    read_address(self, head.forwarded);
    self->is_ambiguous = head.hosts > 1 || (needs_host && head.hosts == 0) ||
                         head.lengths + head.encodings > 1 || head.is_encoding_strange;
}

/* ---- its life ---- */

static void on_deadline(void *self)
{
    timed_out.value++;
    http_refuse(self, MHD_HTTP_GATEWAY_TIMEOUT);
    http_resume(self);
}

struct http_request *http_request_new(struct http_server *server, struct MHD_Connection *connection,
                                      const char *method, const char *path, const char *version)
{
    struct http_request *self = own_zero(sizeof(*self));

    self->server = server;
    self->connection = connection;
    self->is_ours = true;
    self->method = own_copy(method);
    self->path = own_copy(path);
    self->deadline = (struct timer){.on_time = on_deadline, .self = self};
    self->next = server->requests;
    if (self->next)
        self->next->previous = self;
    server->requests = self;
    read_head(self, version);
    return self;
}

void http_request_destroy(struct http_request *self)
{
    if (self->previous)
        self->previous->next = self->next;
    else
        self->server->requests = self->next;
    if (self->next)
        self->next->previous = self->previous;
    timers_cancel(self->server->timers, &self->deadline);
    if (self->response)
        MHD_destroy_response(self->response);
    free_texts(self->lent);
    free_texts(self->headers);
    free(self->method);
    free(self->path);
    free(self->body);
    free(self);
}

void http_request_append(struct http_request *self, const void *data, size_t size)
{
    size_t left = self->server->limits.body_size - self->body_size;

    self->received += size;
    if (self->is_too_large || size > left) {
        self->is_too_large = true;
        return;
    }
    if (self->body_size + size >= self->body_capacity) {
        self->body_capacity = 2 * (self->body_size + size) + 1;
        self->body = own_grow(self->body, self->body_capacity);
    }
    memcpy(self->body + self->body_size, data, size);
    self->body_size += size;
    self->body[self->body_size] = '\0';
}

/* ---- what it brought ---- */

const char *http_method(const struct http_request *request)
{
    return request->method;
}

const char *http_path(const struct http_request *request)
{
    return request->path;
}

const char *http_body(const struct http_request *request)
{
    return request->body ? request->body : "";
}

size_t http_body_size(const struct http_request *request)
{
    return request->body_size;
}

/* Returns a copy, because the connection's memory may be gone before the
 * handler is done: after a 504. */
static const char *lend(struct http_request *self, enum MHD_ValueKind kind, const char *name)
{
    const char *value =
        self->connection ? MHD_lookup_connection_value(self->connection, kind, name) : NULL;

    if (!value)
        return NULL;
    size_t size = strlen(value) + 1;
    struct http_text *text = own_zero(sizeof(*text) + size);
    memcpy(text->name, value, size);
    text->next = self->lent;
    self->lent = text;
    return text->name;
}

const char *http_query(const struct http_request *request, const char *name)
{
    return lend((struct http_request *)request, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_header(const struct http_request *request, const char *name)
{
    return lend((struct http_request *)request, MHD_HEADER_KIND, name);
}

const char *http_cookie(const struct http_request *request, const char *name)
{
    return lend((struct http_request *)request, MHD_COOKIE_KIND, name);
}

const char *http_address(const struct http_request *request)
{
    return request->address;
}

/* ---- its answer ---- */

void http_answer_header(struct http_request *request, const char *name, const char *value)
{
    size_t name_size = strlen(name) + 1, value_size = strlen(value) + 1;
    struct http_text *header = own_zero(sizeof(*header) + name_size + value_size);
    struct http_text **last = &request->headers;

    memcpy(header->name, name, name_size);
    memcpy(header->name + name_size, value, value_size);
    header->value = header->name + name_size;
    while (*last)
        last = &(*last)->next;
    *last = header;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header(response, name, value) == MHD_NO)
        log_warn("answer header refused", "name", name); /* a line break in it, for one */
}

/* Makes the answer; body is copied, and content_type NULL means that there is
 * none. */
static void prepare(struct http_request *self, int status, const char *content_type,
                    const char *body, size_t size)
{
    assert(status >= 100 && status < 600);
    self->status = status;
    self->response = MHD_create_response_from_buffer(size, (void *)body, MHD_RESPMEM_MUST_COPY);
    if (!self->response)
        abort(); /* out of memory */
    if (content_type)
        add_header(self->response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    for (const struct http_text *header = self->headers; header; header = header->next)
        add_header(self->response, header->name, header->value);
    answers[status / 100 - 1].value++;
}

void http_refuse(struct http_request *self, int status)
{
    struct http_server *server = self->server;
    bool has_body = server->make_error && status >= 400;
    char *body = has_body ? server->make_error(status) : NULL;

    free_texts(self->headers);
    self->headers = NULL;
    if (server->before_answer)
        server->before_answer(server->self, self);
    prepare(self, status, body ? "application/json;charset=UTF-8" : NULL, body ? body : "",
            body ? strlen(body) : 0);
    free(body);
    if (status == MHD_HTTP_CONTENT_TOO_LARGE)
        too_large.value++;
}

enum MHD_Result http_queue(struct http_request *self)
{
    enum MHD_Result rc =
        MHD_queue_response(self->connection, (unsigned)self->status, self->response);

    MHD_destroy_response(self->response);
    self->response = NULL;
    return rc;
}

void http_resume(struct http_request *self)
{
    timers_cancel(self->server->timers, &self->deadline);
    if (!self->is_suspended)
        return;
    self->is_suspended = false;
    MHD_resume_connection(self->connection);
    /* It does nothing until the library runs, which must not be from here:
     * the caller may itself have been called by it. */
    self->server->is_resumed = true;
    timers_set(self->server->timers, &self->server->wake, 0);
}

void http_answer(struct http_request *request, int status, const char *content_type,
                 const char *body, size_t size)
{
    assert(!request->is_ours); /* answered twice */
    request->is_ours = true;
    if (request->status == 0) {
        prepare(request, status, content_type, body, size);
        http_resume(request);
    } else if (!request->connection) {
        http_request_destroy(request); /* it got its 504 before */
    }
}
