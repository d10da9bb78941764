/* request.h - what a request head asks for, and whether it may have it. Pure
 * but for the cookie's signature. */
#ifndef REQUEST_H
#define REQUEST_H

#include "answer.h"
#include "sessions.h"
#include "streams.h"

struct request {
    const struct stream *stream; /* NULL: OPTIONS on anything */
    enum door door;
    struct session *session; /* NULL: the stream is for anyone, or has no right */
    bool is_empty;           /* no right, on /sse/: it opens all the same */
    char chat_id[UUID_SIZE]; /* what it is about; "": nothing particular */
    bool has_bound;          /* after was given */
    int64_t after;           /* wall milliseconds */
    bool has_cursor;         /* Last-Event-ID was given */
    int64_t cursor;          /* -1: it is not a number */
};

/* Returns true and fills self; or false with the reason in refusal. */
bool request_read(struct request *self, const struct head *head, struct sessions *sessions,
                  int64_t now, struct refusal *refusal);

#endif
