/* openapi.h - the document of all routes and streams (OpenAPI 3.0.3), made from
 * the tables that serve them: routes.h, input.h, view_describe(), and the
 * samples. Pure.
 *
 * openapi.c has the document, openapi_operation.c what a row does,
 * openapi_input.c what it takes, openapi_streams.c the streams. */
#ifndef OPENAPI_H
#define OPENAPI_H

#include "routes.h"

/* Returns the document as JSON text; the caller frees it. */
char *openapi_text(void);

/* ---- for its parts; every json_t that is returned is the caller's ---- */

/* One name of a row. */
struct named_route {
    const struct route *route;
    const char *path;
    enum envelope envelope;
    unsigned method; /* one bit */
};

json_t *openapi_operation(const struct named_route *named);

/* Adds the parameters and the body that the row takes. */
void openapi_add_inputs(json_t *operation, const struct named_route *named);

/* Adds the samples of this kind for a path, as examples of media. */
void openapi_add_samples(json_t *media, const char *path, const char *kind);

/* Which cookies let one in: any of those named. */
json_t *openapi_security(bool of_chat, bool of_agent);

/* Adds a path item for each stream at each of its doors. */
void openapi_add_streams(json_t *paths);

/* Sets in responses that each of these statuses, which end at 0, is an
 * error. */
void openapi_add_errors(json_t *responses, const int *statuses);

#endif
