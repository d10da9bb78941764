/* answer.h - the HTTP heads that the gateway sends. Pure.
 *
 * Every answer closes its connection: a stream ends with it, and so no length
 * or chunks are needed (RFC 9112 §6.3). */
#ifndef ANSWER_H
#define ANSWER_H

#include <msgpack.h>

#include "head.h"

/* Writes the CORS lines of an answer to this request (clients.md §1): which
 * page may read it, credentials included. allowed: as origin_is_allowed. */
void answer_cors(msgpack_sbuffer *out, const char *allowed, const struct head *head);

/* Writes the head of a stream. cors: its lines, a text. */
void answer_stream(msgpack_sbuffer *out, const char *cors);

/* Writes the answer to a preflight. */
void answer_preflight(msgpack_sbuffer *out, const char *cors);

/* Why a request is not served. code NULL: it is served. */
struct refusal {
    int status;
    const char *code, *sentence;
};

/* Writes a refusal with the body of contract §3.4, unless the request is HEAD,
 * and the fields that belong to its status. */
void answer_refusal(msgpack_sbuffer *out, const struct refusal *refusal, const char *cors,
                    enum method method);

/* Returns the refusal of a head that head_parse refused with this status. */
struct refusal refusal_of_head(int status);

#endif
