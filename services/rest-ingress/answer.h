/* answer.h - the bodies of answers: envelopes and errors (contract R-6, R2-2,
 * §3.4). Pure. Every function appends to out, which the caller has
 * initialised. */
#ifndef ANSWER_H
#define ANSWER_H

#include <msgpack.h>

enum envelope {
    ENVELOPE_DATA,     /* {"data":…,"error":null} */
    ENVELOPE_RESPONSE, /* {"response":…} */
};

/* Appends {"data":{"<key>":<value>},"error":null}; with a NULL key
 * {"data":<value>,"error":null}. value is JSON, lent. */
void answer_data(msgpack_sbuffer *out, const char *key, const msgpack_sbuffer *value);

/* Appends {"response":<value>}. */
void answer_response(msgpack_sbuffer *out, const msgpack_sbuffer *value);

/* Appends {"data":null,"error":{"code":"…","message":"…"}}, or the same with
 * "response" for the first name. */
void answer_error(msgpack_sbuffer *out, enum envelope envelope, const char *code,
                  const char *sentence);

/* Appends the comma before every item of an array but the first. */
void answer_comma(msgpack_sbuffer *out, size_t index);

#endif
