#include "cors.h"

#include <string.h>

#include "origins.h"

bool cors_may_write(const struct http_request *request, const char *allowed)
{
    const char *origin = http_header(request, "Origin");

    return !origin || origin_is_allowed(allowed, origin) ||
           origin_is_own(origin, http_header(request, "Host"));
}

static void add_preflight(struct http_request *request)
{
    http_answer_header(request, "Access-Control-Allow-Methods", "GET, POST, OPTIONS");
    http_answer_header(request, "Access-Control-Allow-Headers",
                       "content-type, cache-control, cid, idempotency-key");
    http_answer_header(request, "Access-Control-Max-Age", "3600");
}

void cors_add(struct http_request *request, const char *allowed)
{
    const char *origin = http_header(request, "Origin");

    http_answer_header(request, "Vary", "Origin");
    if (!origin || !origin_is_allowed(allowed, origin))
        return;
    http_answer_header(request, "Access-Control-Allow-Origin", origin);
    http_answer_header(request, "Access-Control-Allow-Credentials", "true");
    if (strcmp(http_method(request), "OPTIONS") == 0)
        add_preflight(request);
}
