/* input.h - what a client sends, checked against a table of inputs, into a
 * message of messages.def. Pure: knows no connection.
 *
 * A parameter is looked for in the JSON body, then in the path, then in the
 * query (contract R-4). null counts as absent. Parameters that no input names
 * are not looked at: real clients send plenty of them (clients.md §1.2). */
#ifndef INPUT_H
#define INPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "codec.h"

enum {
    JSON_DEPTH_MAX = 32,
    UUIDS_ENTRY = 39, /* of a list of UUIDs: 36 characters, two quotes and a comma or bracket */
};

/* Why a request is refused: the error of contract §3.4. */
struct refusal {
    int status;
    const char *code; /* lives for ever */
    char sentence[WHY_MAX];
};

/* Fills refusal as printf(3) does. Returns -1, so that a check can return it. */
__attribute__((format(printf, 4, 5))) int refuse_with(struct refusal *refusal, int status,
                                                      const char *code, const char *format, ...);

enum input_type {
    INPUT_TEXT,
    INPUT_TIME,       /* a string as iso_time_parse() reads it; "" is absent */
    INPUT_BOOL,       /* true, false, "true" or "false" */
    INPUT_NUMBER,     /* a whole number, or a text of digits, from least to most */
    INPUT_UUID,       /* a string with a UUID */
    INPUT_MAYBE_UUID, /* a string; one that is no UUID is absent */
    INPUT_UUIDS,      /* a list of UUIDs, taken as JSON text; least and most characters of it */
    INPUT_OWN_CHAT,   /* when there, it has to be the chat of the caller's token */
    INPUT_SETTING,    /* of setting.set: the value of the key that is named as its field */
    INPUT_UNSET,      /* likewise: a string, the key that is to be unset */
    INPUT_OTHER,      /* what fill or handle reads by itself; its field says what it is (value.h) */
};

/* One input. A table of these ends at a NULL name: INPUT_END. */
#define INPUT_END                                                                                  \
    {                                                                                              \
        NULL, NULL, INPUT_TEXT, false, 0, 0                                                        \
    }

struct input {
    const char *name;  /* "content", or "message.content" for one inside another */
    const char *field; /* of the message that takes it; NULL: it is only checked */
    enum input_type type;
    bool required;
    size_t least, most; /* characters of a text, without white space at its ends; or values */
};

/* Where parameters are looked for. */
struct parameters {
    json_t *body;                       /* an object; owned; NULL: there is none */
    const char *path_name, *path_value; /* of the one in the path; NULL: none */
    const char *(*query)(const void *self, const char *name); /* NULL: there is no query */
    const void *query_self;
    const char *own_chat; /* the chat of the caller's token; "" without one */
};

/* Reads a request's body. An empty one, one of type text/plain that does not
 * begin like an object, and JSON that is no object have no parameters:
 * *object becomes NULL. content_type may be NULL. Returns 0, and the caller
 * releases *object; or -1 with 400 in refusal. */
int input_parse(const char *body, size_t size, const char *content_type, json_t **object,
                struct refusal *refusal);

/* Checks every input of the table (NULL: none) and sets the fields of message
 * (zeroed or partly filled). Returns 0, or -1 with the first reason in
 * refusal. */
int input_decode(const struct input *inputs, const struct parameters *parameters,
                 const struct message_type *type, void *message, struct refusal *refusal);

/* Returns the text of a parameter, lent; "" when it is absent or no text. */
const char *input_text(const struct parameters *parameters, const char *name);

/* Returns whether the parameter was sent and is not null. */
bool input_is_given(const struct parameters *parameters, const char *name);

#endif
