#include "answer.h"

#include <stdio.h>
#include <strings.h>

#include "origins.h"
#include "view.h"

enum { ORIGIN_SIZE = 256, RETRY_AFTER_S = 2 };

static const struct reason {
    int status;
    const char *phrase;
} reasons[] = {
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {431, "Request Header Fields Too Large"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

static const char *reason_phrase(int status)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].phrase;
    return "Refused";
}

void answer_cors(msgpack_sbuffer *out, const char *allowed, const struct head *head)
{
    char origin[ORIGIN_SIZE];

    view_text(out, "Vary: Origin\r\n");
    if (!head->origin.text || head->origin.size >= sizeof(origin))
        return;
    memcpy(origin, head->origin.text, head->origin.size);
    origin[head->origin.size] = '\0';
    if (!origin_is_allowed(allowed, origin))
        return;
    view_text(out, "Access-Control-Allow-Origin: ");
    view_text(out, origin);
    view_text(out, "\r\nAccess-Control-Allow-Credentials: true\r\n");
}

void answer_stream(msgpack_sbuffer *out, const char *cors)
{
    view_text(out, "HTTP/1.1 200 OK\r\n"
                   "Content-Type: text/event-stream;charset=UTF-8\r\n"
                   "Cache-Control: no-cache, no-transform\r\n"
                   "X-Accel-Buffering: no\r\n"
                   "Connection: close\r\n");
    view_text(out, cors);
    view_text(out, "\r\n");
}

void answer_preflight(msgpack_sbuffer *out, const char *cors)
{
    view_text(out, "HTTP/1.1 204 No Content\r\n"
                   "Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"
                   "Access-Control-Allow-Headers: content-type, cache-control, last-event-id\r\n"
                   "Access-Control-Max-Age: 3600\r\n"
                   "Connection: close\r\n");
    view_text(out, cors);
    view_text(out, "\r\n");
}

static void write_error(msgpack_sbuffer *out, const struct refusal *refusal)
{
    view_text(out, "{\"data\":null,\"error\":{\"code\":");
    view_string(out, refusal->code);
    view_text(out, ",\"message\":");
    view_string(out, refusal->sentence);
    view_text(out, "}}");
}

void answer_refusal(msgpack_sbuffer *out, const struct refusal *refusal, const char *cors,
                    enum method method)
{
    char line[128];
    msgpack_sbuffer body;

    msgpack_sbuffer_init(&body);
    write_error(&body, refusal);
    snprintf(line, sizeof(line), "HTTP/1.1 %d %s\r\n", refusal->status,
             reason_phrase(refusal->status));
    view_text(out, line);
    snprintf(line, sizeof(line),
             "Content-Type: application/json;charset=UTF-8\r\nContent-Length: %zu\r\n", body.size);
    view_text(out, line);
    if (refusal->status == 405)
        view_text(out, "Allow: GET, HEAD, OPTIONS\r\n");
    if (refusal->status == 503) {
        snprintf(line, sizeof(line), "Retry-After: %d\r\n", RETRY_AFTER_S);
        view_text(out, line);
    }
    view_text(out, "Cache-Control: no-cache\r\nConnection: close\r\n");
    view_text(out, cors);
    view_text(out, "\r\n");
    if (method != METHOD_HEAD)
        msgpack_sbuffer_write(out, body.data, body.size);
    msgpack_sbuffer_destroy(&body);
}

struct refusal refusal_of_head(int status)
{
    switch (status) {
    case 405:
        return (struct refusal){405, "method_not_allowed", "A stream is read with GET."};
    case 408:
        return (struct refusal){408, "timeout", "The request did not arrive in time."};
    case 413:
        return (struct refusal){413, "body_too_large", "A stream's request has no body."};
    case 414:
        return (struct refusal){414, "target_too_long", "The address is too long."};
    case 431:
        return (struct refusal){431, "head_too_large", "The request's head is too large."};
    case 505:
        return (struct refusal){505, "version_not_supported", "This server speaks HTTP/1.1."};
    default:
        return (struct refusal){400, "malformed_request", "The request is not HTTP/1.1."};
    }
}
