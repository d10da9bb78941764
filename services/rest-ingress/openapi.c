#include "openapi.h"

#include <stdlib.h>
#include <string.h>

#include "complete.h"
#include "own.h"
#include "value.h"

/* "/users/:userIdCode" becomes "/users/{userIdCode}". */
static char *template_of(const char *path)
{
    const char *colon = strchr(path, ':');
    char *template = own_copy(path);

    if (!colon)
        return template;
    size_t start = (size_t)(colon - path), size = strlen(path);
    template = own_grow(template, size + 2);
    template[start] = '{';
    template[size] = '}';
    template[size + 1] = '\0';
    return template;
}

static json_t *item_at(json_t *paths, const char *path)
{
    char *template = template_of(path);

    if (!json_object_get(paths, template))
        json_object_set_new(paths, template, json_object());
    json_t *item = json_object_get(paths, template);
    free(template);
    return item;
}

/* A path item has its methods in small letters. */
static void add_operation(json_t *item, const struct named_route *named)
{
    char *name = own_copy(method_name(named->method));

    for (char *c = name; *c; c++)
        *c = (char)(*c + 'a' - 'A');
    json_object_set_new(item, name, openapi_operation(named));
    free(name);
}

static void add_name(json_t *paths, struct named_route named, unsigned taken)
{
    json_t *item = item_at(paths, named.path);

    for (named.method = 1; method_name(named.method); named.method <<= 1)
        if (taken & named.method)
            add_operation(item, &named);
}

static json_t *paths_of_all(void)
{
    json_t *paths = json_object();
    const struct route *route;

    for (size_t i = 0; (route = route_at(i)); i++) {
        add_name(paths, (struct named_route){route, route->path, route->envelope, 0},
                 route->methods);
        if (route->later)
            add_name(paths, (struct named_route){route, route->later, ENVELOPE_RESPONSE, 0},
                     route->later_methods ? route->later_methods : route->methods);
    }
    openapi_add_streams(paths);
    return paths;
}

/* ---- what operations refer to ---- */

/* contract §3.4 */
static json_t *error_schema(void)
{
    static const char notation[] =
        "[{\"data\":\"null\",\"error\":{\"code\":\"string\",\"message\":\"string\"}},"
        "{\"response\":\"null\",\"error\":{\"code\":\"string\",\"message\":\"string\"}}]";

    return value_schema(notation);
}

static json_t *schemas(void)
{
    json_t *all = value_schemas();

    json_object_set_new(all, "Error", error_schema());
    return all;
}

static json_t *responses(void)
{
    return json_pack(
        "{s:{s:s, s:{s:{s:{s:s}}}}}", "Error", "description",
        "Refused; nothing was written. 400 malformed, 401 no valid token, 403 wrong role or chat, "
        "404 unknown, 409 conflict, 413 too large, 422 out of limits, 429 too often, 503 something "
        "is away (with Retry-After), 504 no answer in time.",
        "content", "application/json", "schema", "$ref", "#/components/schemas/Error");
}

static json_t *parameters(void)
{
    return json_pack("{s:{s:s, s:s, s:s, s:{s:s, s:i, s:i, s:s}}}", "IdempotencyKey", "name",
                     "Idempotency-Key", "in", "header", "description",
                     "What is sent with the same key by the same caller within 24 hours takes "
                     "effect once.",
                     "schema", "type", "string", "minLength", 1, "maxLength", IDEMPOTENCY_KEY_MAX,
                     "pattern", "^[!-~]+$");
}

static json_t *cookie(const char *name, const char *description)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "type", "apiKey", "in", "cookie", "name", name,
                     "description", description);
}

static json_t *cookies(void)
{
    return json_pack("{s:o, s:o}", COOKIE_CHAT,
                     cookie(COOKIE_CHAT, "The end user of one chat; /init-chat sets it."),
                     COOKIE_AGENT,
                     cookie(COOKIE_AGENT, "An account with roles; /cs-login sets it."));
}

static json_t *document(void)
{
    static const char about[] =
        "Events of customer-service chats: REST in, Server-Sent Events out. Parameters come from "
        "the JSON body, else from the path, else from the query; null counts as absent; fields "
        "that a route does not know are not looked at. Lengths are counted in characters, without "
        "the white space around them.";

    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:[{s:s}], s:o, s:{s:o, s:o, s:o, s:o}}", "openapi",
                     "3.0.3", "info", "title", "Kratt", "version", KRATT_VERSION, "description",
                     about, "servers", "url", "/", "paths", paths_of_all(), "components", "schemas",
                     schemas(), "responses", responses(), "parameters", parameters(),
                     "securitySchemes", cookies());
}

char *openapi_text(void)
{
    json_t *json = document();
    char *text = json_dumps(json, JSON_COMPACT);

    json_decref(json);
    if (!text)
        abort(); /* out of memory */
    return text;
}
