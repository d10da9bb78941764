#include "cors.h"

#include <string.h>

#include "origins.h"
#include "routes.h"

bool cors_may_write(const struct http_request *request, const char *allowed)
{
    const char *origin = http_header(request, "Origin");

    return !origin || origin_is_allowed(allowed, origin) ||
           origin_is_own(origin, http_header(request, "Host"));
}

/* Browsers say what a request is for (Fetch Metadata, Sec-Fetch-Mode). */
bool cors_may_write_by_get(const struct http_request *request, const char *allowed)
{
    const char *mode = http_header(request, "Sec-Fetch-Mode");
    bool is_of_script = !mode || strcmp(mode, "cors") == 0 || strcmp(mode, "same-origin") == 0;

    return is_of_script && cors_may_write(request, allowed);
}

static void add_preflight(struct http_request *request, unsigned methods)
{
    char names[METHODS_SIZE];

    methods_name(methods, names);
    http_answer_header(request, "Access-Control-Allow-Methods", names);
    http_answer_header(request, "Access-Control-Allow-Headers",
                       "content-type, cache-control, cid, idempotency-key");
    http_answer_header(request, "Access-Control-Max-Age", "3600");
}

void cors_add(struct http_request *request, const char *allowed, unsigned methods)
{
    const char *origin = http_header(request, "Origin");

    http_answer_header(request, "Vary", "Origin");
    if (!origin || !origin_is_allowed(allowed, origin))
        return;
    http_answer_header(request, "Access-Control-Allow-Origin", origin);
    http_answer_header(request, "Access-Control-Allow-Credentials", "true");
    if (methods)
        add_preflight(request, methods);
}
