/* head.h - the head of an HTTP/1.1 request, read strictly (RFC 9112).
 *
 * What browsers and proxies send is accepted; what two programs could read in
 * two ways (bare line ends, folded fields, a space before a colon, a body, two
 * Host fields) is refused, so that nothing can be smuggled past the front door.
 * Pure, and hostile input is its everyday work: fuzzed. */
#ifndef HEAD_H
#define HEAD_H

#include "span.h"

enum {
    HEAD_MAX = 8192,   /* bytes of a whole head */
    TARGET_MAX = 4096, /* bytes of a request target */
    FIELDS_MAX = 100,

    HEAD_MORE = 0,
    HEAD_WHOLE = 200,
};

enum method { METHOD_GET, METHOD_HEAD, METHOD_OPTIONS, METHOD_OTHER };

/* Spans lie in the text that was parsed. A field that was not sent has the
 * text NULL; one that was sent empty has the size 0. */
struct head {
    enum method method;
    struct span path;  /* as sent, not decoded; "*" of OPTIONS too */
    struct span query; /* without its question mark */
    struct span host;
    struct span origin;
    struct span cookie;
    struct span last_event_id;
    struct span forwarded; /* the last X-Forwarded-For */
    size_t size;           /* of the whole head, set with HEAD_WHOLE */
};

/* Returns HEAD_WHOLE; or HEAD_MORE when text, at most HEAD_MAX bytes, is how a
 * head may begin; or the HTTP status to refuse it with (400, 405, 413, 414,
 * 431 or 505). self is what was read up to there. */
int head_parse(struct head *self, const char *text, size_t size);

#endif
