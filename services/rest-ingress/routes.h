/* routes.h - the table of routes: what can be asked, by whom, and what for. It
 * stands in parts, routes_<area>.c, which routes.c gathers.
 *
 * A request for a row is checked (method, origin, identity, inputs), becomes
 * the row's message, goes to the service that answers it, and the row's shape
 * makes the answer's value from what came back. A row whose way is another
 * one has a handler instead. */
#ifndef ROUTES_H
#define ROUTES_H

#include "answer.h"
#include "identity.h"
#include "input.h"

struct exchange; /* a request on its way, exchange.h */

enum {
    METHOD_GET = 1,
    METHOD_POST = 2,
    METHOD_PUT = 4,
    METHOD_DELETE = 8,
    METHOD_READ = METHOD_GET | METHOD_POST,
};

struct route {
    /* A last part ":name" matches one segment, which becomes that parameter. */
    const char *path;
    const char *about; /* what it does, in a line; the document shows it (openapi.h) */
    unsigned methods;
    bool guards_get;   /* it takes a GET and writes: no link or image may be that GET */
    bool is_forwarded; /* of a chat that was forwarded, who has it there answers (proxy.h) */
    /* Its name in today's clients (contract §4.1), answered in
     * ENVELOPE_RESPONSE; NULL: none. */
    const char *later;
    unsigned later_methods; /* 0: as methods */
    enum identity_kind who; /* IDENTITY_NONE: anyone, cookies are not looked at */
    /* Of an agent, one of them. An agent who has one may ask what an end user
     * may (who) as well; 0: it may not. */
    unsigned roles;
    enum envelope envelope;
    /* In ENVELOPE_DATA, the name before the value; NULL: the value is all of
     * data. */
    const char *key;
    /* What the value is (value.h). An answer that stands in no envelope names
     * its media types instead: "text/plain", "application/json: object". */
    const char *value;
    const struct input *inputs; /* NULL: none */

    enum message_id message; /* what is asked; 0, which no service takes: nothing */
    enum message_id answer;  /* what has to come back */

    /* Sets what neither the inputs nor the identity say; message is that of
     * the exchange self. Returns 0, or -1 with self->refusal filled. NULL:
     * there is nothing to set. */
    int (*fill)(struct exchange *self, void *message);

    /* Appends the value to out. Returns 0, or -1 with self->refusal
     * filled. */
    int (*shape)(struct exchange *self, const void *answer, msgpack_sbuffer *out);

    /* Does all that comes after fill, and ends the exchange sooner or later.
     * NULL: asks the service and shapes its answer. */
    void (*handle)(struct exchange *self);
};

/* The parts; each ends at a NULL path. */
extern const struct route chat_routes[];
extern const struct route agent_routes[];
extern const struct route forward_routes[];
extern const struct route message_routes[];
extern const struct route account_routes[];
extern const struct route configuration_routes[];
extern const struct route token_routes[];
extern const struct route outside_routes[];
extern const struct route notification_routes[];
extern const struct route history_routes[];
extern const struct route transcript_routes[];
extern const struct route status_routes[];

/* Returns the rows of all parts one after the other; NULL past the last. */
const struct route *route_at(size_t index);

/* What a path means. */
struct route_match {
    const struct route *route; /* NULL: nothing */
    size_t index;              /* of the row, as in route_at */
    enum envelope envelope;
    unsigned methods; /* of the row; when none takes the method, of all rows of the path */
    const char *tail; /* the segment that a ":name" matched, in path; NULL: none */
};

/* Finds the row of a path that takes the method (a bit); when none does, the
 * first one of the path. */
struct route_match route_find(const char *path, unsigned method);

/* Returns the name after the colon, NULL when the path has none. */
const char *route_parameter(const struct route *route);

/* Returns the name of a method's bit; NULL when it is none. */
const char *method_name(unsigned method);

/* Returns the bit of a method, 0 when no route has it. */
unsigned method_named(const char *name);

enum { METHODS_SIZE = 40 };

/* Writes the names of methods and OPTIONS, with commas between. */
void methods_name(unsigned methods, char names[METHODS_SIZE]);

#endif
