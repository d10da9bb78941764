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

enum { METHOD_GET = 1, METHOD_POST = 2, METHOD_READ = METHOD_GET | METHOD_POST };

struct route {
    /* A last part ":name" matches one segment, which becomes that parameter. */
    const char *path;
    unsigned methods;
    /* Its name in today's clients (contract §4.1), answered in
     * ENVELOPE_RESPONSE; NULL: none. */
    const char *later;
    unsigned later_methods; /* 0: as methods */
    enum identity_kind who; /* IDENTITY_NONE: anyone, cookies are not looked at */
    unsigned roles;         /* of an agent, one of them */
    enum envelope envelope;
    /* In ENVELOPE_DATA, the name before the value; NULL: the value is all of
     * data. */
    const char *key;
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
extern const struct route account_routes[];
extern const struct route token_routes[];
extern const struct route status_routes[];

/* Returns the rows of all parts one after the other; NULL past the last. */
const struct route *route_at(size_t index);

/* What a path means. */
struct match {
    const struct route *route; /* NULL: nothing */
    size_t index;              /* of the row, as in route_at */
    enum envelope envelope;
    unsigned methods;
    const char *tail; /* the segment that a ":name" matched, in path; NULL: none */
};

struct match route_find(const char *path);

/* Returns the name after the colon, NULL when the path has none. */
const char *route_parameter(const struct route *route);

/* Returns the bit of a method, 0 when no route has it. */
unsigned method_named(const char *name);

#endif
