/* http.h - an HTTP server in a zloop, for REST and for the own port of every
 * service. The only file that knows libmicrohttpd.
 *
 * The handler is called once a request, when its body is whole. It may answer
 * at once or later; until then the connection waits and the loop goes on. A
 * request that is not answered within http_limits.answer_ms gets 504; the
 * handler still owns it, and has to answer it to let it go. */
#ifndef HTTP_H
#define HTTP_H

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timers.h"

struct http_server;
struct http_request; /* lives until it is answered */

struct http_limits {
    unsigned connections; /* most at once */
    unsigned per_address; /* most from one address; 0: no limit */
    unsigned idle_s;      /* a connection without a request is closed after this */
    size_t head_size;     /* memory for one request head; a longer one gets 431 */
    size_t body_size;     /* a larger body gets 413 */
    int64_t answer_ms;    /* 504 after this */
};

typedef void on_request(void *self, struct http_request *request);

/* Listens on address, "127.0.0.1:8080" or "[::1]:8080"; port 0 takes a free
 * one. limits are copied. Returns NULL after logging. */
struct http_server *http_server_new(zloop_t *loop, struct timers *timers, const char *address,
                                    const struct http_limits *limits, on_request *handler,
                                    void *self);

/* Answers what is waiting with 503, then closes. */
void http_server_destroy(struct http_server **self);

/* Returns the port it listens on. */
int http_server_port(const struct http_server *self);

/* ---- a request; what is returned is lent until it is answered ---- */

const char *http_method(const struct http_request *request);
const char *http_path(const struct http_request *request); /* decoded, without the query */
const char *http_body(const struct http_request *request); /* ends in a zero; may hold others */
size_t http_body_size(const struct http_request *request);

/* Return NULL when it was not sent. */
const char *http_query(const struct http_request *request, const char *name);
const char *http_header(const struct http_request *request, const char *name);
const char *http_cookie(const struct http_request *request, const char *name);

/* The address of the peer as text, or what X-Forwarded-For says last when the
 * peer is on a loopback or private network (the front door). */
const char *http_address(const struct http_request *request);

/* Adds a header to the answer. Both are copied. */
void http_answer_header(struct http_request *request, const char *name, const char *value);

/* Answers and forgets the request. body is copied. */
void http_answer(struct http_request *request, int status, const char *content_type,
                 const char *body, size_t size);

/* Bodies over the limit are refused with 413 by the server itself; this makes
 * the body of its own 4xx and 5xx answers. The default is empty. */
typedef char *make_error_body(int status); /* the server frees it */
void http_server_set_errors(struct http_server *self, make_error_body *make);

/* The server's own answers pass here before they are sent, so that a service
 * can add its CORS headers. With a hook the server also answers OPTIONS, with
 * 204 and what the hook adds; the handler does not see it. NULL: nothing is
 * added. What the handler answers does not pass here. */
typedef void before_answer(void *self, struct http_request *request);
void http_server_before_answer(struct http_server *self, before_answer *hook);

#endif
