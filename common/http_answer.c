/* http_answer.c - how one request is answered. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

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

void http_answer_metrics(void)
{
    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
        metrics_add(&answers[i]);
    metrics_add(&too_large);
}

void http_answer_header(struct http_request *request, const char *name, const char *value)
{
    size_t name_size = strlen(name) + 1, value_size = strlen(value) + 1;
    struct http_text *header = http_room(request, sizeof(*header) + name_size + value_size);
    struct http_text **last = &request->headers;

    memcpy(header->name, name, name_size);
    memcpy(header->name + name_size, value, value_size);
    header->value = header->name + name_size;
    header->next = NULL;
    while (*last)
        last = &(*last)->next;
    *last = header;
}

/* ---- the same answer again ---- */

/* An answer as it is written down, to compare it: texts with their zeros, then
 * the body. */
struct draft {
    char text[DRAFT_MAX];
    size_t size; /* more than DRAFT_MAX: it does not fit */
};

static void draft_add(struct draft *self, const void *data, size_t size)
{
    if (self->size <= DRAFT_MAX && size <= DRAFT_MAX - self->size)
        memcpy(self->text + self->size, data, size);
    self->size = self->size <= DRAFT_MAX ? self->size + size : self->size;
}

static void draft_add_text(struct draft *self, const char *text)
{
    draft_add(self, text, strlen(text) + 1);
}

/* A header has at least a name, so the empty text cannot be one. */
static void draft_make(struct draft *self, const struct http_text *headers,
                       const char *content_type, const char *body, size_t size)
{
    self->size = 0;
    for (; headers; headers = headers->next) {
        draft_add_text(self, headers->name);
        draft_add_text(self, headers->value);
    }
    draft_add_text(self, "");
    draft_add_text(self, content_type ? content_type : "");
    draft_add(self, body, size);
}

/* ---- making it ---- */

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header(response, name, value) == MHD_NO)
        log_warn("answer header refused", "name", name); /* a line break in it, for one */
}

static struct MHD_Response *response_make(const struct http_text *headers, const char *content_type,
                                          const char *body, size_t size)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, (void *)body, MHD_RESPMEM_MUST_COPY);

    if (!response)
        abort(); /* out of memory */
    if (content_type)
        add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    for (; headers; headers = headers->next)
        add_header(response, headers->name, headers->value);
    return response;
}

static struct http_made *made_new(struct MHD_Response *response, const struct draft *draft)
{
    size_t size = draft->size <= DRAFT_MAX ? draft->size : 0;
    struct http_made *self = own_zero(sizeof(*self) + size);

    self->response = response;
    self->users = 1;
    self->size = size;
    memcpy(self->draft, draft->text, size);
    return self;
}

static struct http_made *made_use(struct http_made *self)
{
    self->users++;
    return self;
}

void http_made_release(struct http_made **self)
{
    struct http_made *made = *self;

    *self = NULL;
    if (!made || --made->users)
        return;
    MHD_destroy_response(made->response);
    free(made);
}

static bool is_made(const struct http_made *self, const struct draft *draft)
{
    return self && self->size == draft->size && memcmp(self->draft, draft->text, self->size) == 0;
}

/* Makes the answer; body is copied, and content_type NULL means that there is
 * none. Many are what the one before was, to the byte (posts that were taken,
 * reads of the same thing): the library gets that one again, for making one
 * costs more than comparing. */
static void prepare(struct http_request *self, int status, const char *content_type,
                    const char *body, size_t size)
{
    struct http_made **last = &self->server->last;
    struct draft draft;

    assert(status >= 100 && status < 600);
    self->status = status;
    answers[status / 100 - 1].value++;
    draft_make(&draft, self->headers, content_type, body, size);
    if (is_made(*last, &draft)) {
        self->made = made_use(*last);
        return;
    }
    self->made = made_new(response_make(self->headers, content_type, body, size), &draft);
    if (draft.size > DRAFT_MAX)
        return;
    http_made_release(last);
    *last = made_use(self->made);
}

void http_refuse(struct http_request *self, int status)
{
    struct http_server *server = self->server;
    bool has_body = server->make_error && status >= 400;
    char *body = has_body ? server->make_error(status) : NULL;

    self->headers = NULL;
    if (server->before_answer)
        server->before_answer(server->self, self);
    if (self->is_closing)
        http_answer_header(self, MHD_HTTP_HEADER_CONNECTION, "close");
    prepare(self, status, body ? "application/json;charset=UTF-8" : NULL, body ? body : "",
            body ? strlen(body) : 0);
    free(body);
    if (status == MHD_HTTP_CONTENT_TOO_LARGE)
        too_large.value++;
}

enum MHD_Result http_queue(struct http_request *self)
{
    enum MHD_Result rc =
        MHD_queue_response(self->connection, (unsigned)self->status, self->made->response);

    http_made_release(&self->made);
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
    timers_set(self->server->timers, &self->server->wake, TIMERS_SOON);
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
