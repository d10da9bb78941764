/* http_request.c - one request: what it brought, and its memory. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_internal.h"
#include "log.h"
#include "metrics.h"
#include "own.h"

static struct metric timed_out = {
    "kratt_http_timed_out", METRIC_COUNTER, "Requests answered with 504 here.", NULL, 0, NULL};

void http_request_metrics(void)
{
    metrics_add(&timed_out);
}

/* ---- its memory ---- */

static void free_spills(struct http_spill *spill)
{
    while (spill) {
        struct http_spill *next = spill->next;
        free(spill);
        spill = next;
    }
}

void *http_room(struct http_request *self, size_t size)
{
    size_t whole = (size + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);

    if (whole <= sizeof(self->room) - self->room_used) {
        char *place = (char *)self->room + self->room_used;
        self->room_used += whole;
        return place;
    }
    struct http_spill *spill = own_zero(sizeof(*spill) + whole);
    spill->next = self->spills;
    self->spills = spill;
    return spill->room;
}

static char *copy_of(struct http_request *self, const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(http_room(self, size), text, size);
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
    self->method = copy_of(self, method);
    self->path = copy_of(self, path);
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
    http_made_release(&self->made);
    free_spills(self->spills);
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
static const char *lend(const struct http_request *self, enum MHD_ValueKind kind, const char *name)
{
    const char *value =
        self->connection ? MHD_lookup_connection_value(self->connection, kind, name) : NULL;

    return value ? copy_of((struct http_request *)self, value) : NULL;
}

const char *http_query(const struct http_request *request, const char *name)
{
    return lend(request, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_header(const struct http_request *request, const char *name)
{
    return lend(request, MHD_HEADER_KIND, name);
}

const char *http_cookie(const struct http_request *request, const char *name)
{
    return lend(request, MHD_COOKIE_KIND, name);
}

const char *http_address(const struct http_request *request)
{
    return request->address;
}
