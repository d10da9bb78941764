/* http_internal.h - what http.c (the server), http_request.c (a request) and
 * http_answer.c (its answer) share. No one else includes it. */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include <microhttpd.h>

#include "address.h"
#include "http.h"

enum {
    ROOM_SIZE = 2048, /* what most requests need for their texts, a cookie among them */
    DRAFT_MAX = 2048, /* an answer that is longer is not looked for */
};

/* What found no place in a request's own room. */
struct http_spill {
    struct http_spill *next;
    void *room[];
};

/* A header of the answer. */
struct http_text {
    struct http_text *next;
    const char *value; /* inside name */
    char name[];
};

/* An answer as the library has it, and written down: all who get the same,
 * one after the other, get this one. */
struct http_made {
    struct MHD_Response *response;
    unsigned users; /* requests that have it, and the server for its last one */
    size_t size;    /* 0: it was too long to write down */
    char draft[];
};

/* A request is freed when the library is done with it (connection is NULL)
 * and the handler has answered it. Neither of them has to be first: a client
 * may leave, or get 504, while the handler still works on it. */
struct http_request {
    struct http_server *server;
    struct http_request *next, *previous; /* among the server's requests */
    struct MHD_Connection *connection;
    struct http_made *made; /* not queued yet */
    int status;             /* of the answer; 0: none yet */
    bool is_ours;           /* not (or no longer) in the handler's hands */
    bool is_suspended;
    bool is_closing; /* the connection ends with the answer */
    bool is_too_large;
    bool is_malformed; /* and still to be read to its end */
    bool is_ambiguous; /* where does it end, who is it for? */
    struct timer deadline;
    char *method, *path, *body;
    size_t body_size, body_capacity;
    uint64_t received;         /* of the body, dropped or not */
    struct http_text *headers; /* of the answer, in order */
    char address[ADDRESS_SIZE];
    struct http_spill *spills;
    size_t room_used;
    void *room[ROOM_SIZE / sizeof(void *)]; /* of texts: its own, lent ones, headers */
};

struct http_server {
    zloop_t *loop;
    struct timers *timers;
    struct http_limits limits;
    on_request *handler;
    void *self;
    make_error_body *make_error;
    before_answer *before_answer;
    struct MHD_Daemon *daemon;
    zmq_pollitem_t item;
    struct timer wake; /* when the library wants to run again */
    int port;
    bool is_resumed; /* a request, since the library ran last */
    bool is_stopping;
    struct http_made *last; /* NULL: none yet */
    struct http_request *requests;
};

struct http_request *http_request_new(struct http_server *server, struct MHD_Connection *connection,
                                      const char *method, const char *path, const char *version);
void http_request_destroy(struct http_request *self);

/* Show the metrics of requests, and of answers. */
void http_request_metrics(void);
void http_answer_metrics(void);

/* Returns memory that lives as long as the request. */
void *http_room(struct http_request *self, size_t size);

/* Lets go of what was made; the last one frees it. Sets *self to NULL. */
void http_made_release(struct http_made **self);

/* Appends a piece of the body, or drops it when the body gets too large. */
void http_request_append(struct http_request *self, const void *data, size_t size);

/* Gives the server's own answer. Headers that the handler had added are
 * dropped; the hook of the service adds its own. */
void http_refuse(struct http_request *self, int status);

/* Gives the prepared answer to the library. */
enum MHD_Result http_queue(struct http_request *self);

/* Lets go of a suspended request whose answer is prepared. */
void http_resume(struct http_request *self);

#endif
