/* transcript.h - a chat as something to keep: who said what, and when; what
 * else happened, in a short sentence. Estonian, as its readers are. Pure.
 *
 * Times are those of the service, ISO 8601 in UTC. What is of no use to a
 * reader (receipts, previews) is left out. */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include <msgpack.h>
#include <stdbool.h>

#include "schema.h"

struct transcript_rules {
    bool is_for_agents; /* who may see what concerns agents alone */
    bool names_agents;  /* else all of them are "Nõustaja" */
};

/* What a message comes to. */
struct transcript_line {
    int64_t at;           /* wall milliseconds */
    char *who;            /* owned; "" : nobody said it, it happened */
    const char *sentence; /* what happened; "" : nothing but what was said */
    const char *text;     /* what was said, as it was; lent by the message; may be "" */
};

/* Returns whether the message is shown. If so, self is to be released. */
bool transcript_line_make(struct transcript_line *self, const struct message *message,
                          const struct transcript_rules *rules);
void transcript_line_clear(struct transcript_line *self);

/* Appends the whole as text: a title, an empty line, and a line for each that
 * is shown. The further lines of one that has several are indented, so that
 * nobody can write what looks like the line of another; control characters,
 * which would be obeyed by some readers, become U+FFFD. */
void transcript_text(msgpack_sbuffer *out, const char *chat_id, const struct message_list *messages,
                     const struct transcript_rules *rules);

enum { TRANSCRIPT_NAME_SIZE = 80 };

/* Writes the name of its file, "vestlus-2023-01-18-<chat id>.pdf": nothing of
 * what was said or by whom. began: wall milliseconds. */
void transcript_name(char name[TRANSCRIPT_NAME_SIZE], const char *chat_id, int64_t began,
                     const char *ending);

#endif
