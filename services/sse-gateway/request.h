/* request.h - what a request head asks for, and whether it may have it. Pure
 * but for the cookie's signature. */
#ifndef REQUEST_H
#define REQUEST_H

#include "answer.h"
#include "sessions.h"
#include "subscription.h"

enum { TOPIC_SIZE = 256, SENTENCE_SIZE = TOPIC_SIZE + 128 };

/* One thing that is to be read. */
struct wish {
    const struct stream *stream;
    struct session *session; /* NULL: the stream is for anyone, or has no right */
    char chat_id[UUID_SIZE]; /* what it is about; "": nothing particular */
    bool has_bound;          /* after was given */
    int64_t after;           /* wall milliseconds */
    char name[TOPIC_SIZE];   /* of a topic: as it was subscribed to */
};

struct request {
    const struct stream *stream; /* NULL: OPTIONS on anything */
    enum door door;
    bool is_empty;   /* no right, on /sse/: it opens all the same */
    bool has_moved;  /* see whereabouts.h; the caller sets it */
    bool has_cursor; /* Last-Event-ID was given */
    int64_t cursor;  /* -1: it is none */
    int cursor_part; /* the last part of that event that was seen */
    unsigned count;  /* of wishes, at least 1 */
    struct wish wishes[SUBSCRIPTIONS_MAX];
    struct session *awaited;      /* see request_read; else NULL */
    char sentence[SENTENCE_SIZE]; /* a refusal may lie in it */
};

/* Returns true and fills self; or false: with awaited, the session that it is
 * not known of yet whether it is good, and is to be read again then; or else
 * with the reason in refusal. */
bool request_read(struct request *self, const struct head *head, struct sessions *sessions,
                  int64_t now, struct refusal *refusal);

/* Returns the sentence of a refusal with the topic that it is about in front;
 * as it is when topic is NULL. text: where that is written. */
const char *request_name(char *text, size_t size, const char *topic, const char *sentence);

/* Reads a cursor: a seq, or a seq and a part with a point between them. Returns
 * the seq, -1 when it is neither. */
int64_t cursor_parse(const char *text, int *part);

#endif
