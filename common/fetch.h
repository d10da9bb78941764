/* fetch.h - asks other HTTP(S) servers, and gives mails to an SMTP(S) server,
 * many at once, in an actor: connecting to a server that is not there takes
 * its time.
 *
 * Only http and https, for a mail only smtp and smtps; certificates are
 * checked; redirects are not followed; neither proxies nor credentials are
 * taken from the environment. The addresses to ask come from settings, never
 * from a request. */
#ifndef FETCH_H
#define FETCH_H

#include <czmq.h>

struct fetch;

enum { FETCH_HEADERS = 3 };

struct fetch_limits {
    size_t under_way; /* most questions at once */
    size_t waiting;   /* most that wait for one of these to end */
    long connect_ms, total_ms;
    size_t answer_size; /* most bytes of an answer, and of its headers */
    const char *proxy;  /* its URL; lent; NULL or "": none; not for mails */
    const char *ca;     /* PEM file of whom to trust; lent; NULL or "": the system's */
};

/* Around a mail (RFC 5321). */
struct fetch_envelope {
    const char *from, *to;       /* addresses: mail_address_is_valid() */
    const char *user, *password; /* NULL or "": no log-in */
    bool needs_tls;              /* without STARTTLS nothing is said; smtps has it from the start */
};

struct fetch_question {
    const char *url;
    const char *headers[FETCH_HEADERS];    /* "Name: value", one line; NULL: no more */
    const char *body;                      /* JSON to POST; NULL: GET; or the mail */
    const struct fetch_envelope *envelope; /* of a mail, which has no headers here; else NULL */
};

struct fetch_answer {
    int status;       /* of HTTP, or of SMTP: 2.. when the mail was taken; 0: there is no answer */
    const char *body; /* ends in a zero */
    size_t size;
    const char *why; /* there is no answer, or the mail was not taken; else "" */
};

/* answer is lent for the call, which comes from the loop. */
typedef void on_fetched(void *self, const struct fetch_answer *answer);

/* limits are copied. */
struct fetch *fetch_new(zloop_t *loop, const struct fetch_limits *limits);

/* Breaks off what is under way, without calling back. Waits for a name that is
 * being looked up. */
void fetch_destroy(struct fetch **self);

/* Copies the question; then is called once, within total_ms after its turn
 * came. Returns a ticket; 0 when there are too many already: it is not asked,
 * and counted. */
uint64_t fetch_ask(struct fetch *self, const struct fetch_question *question, on_fetched *then,
                   void *context);

/* The answer to this ticket is of no interest any more. Safe when it is out. */
void fetch_forget(struct fetch *self, uint64_t ticket);

#endif
