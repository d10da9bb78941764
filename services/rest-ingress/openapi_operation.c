/* openapi_operation.c - what a row does, for whom, and what it answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openapi.h"
#include "own.h"
#include "samples.h"
#include "value.h"

/* ---- samples ---- */

static json_t *sample_value(const struct sample *sample)
{
    json_t *value = json_loads(sample->text, 0, NULL);

    if (strcmp(sample->kind, "data") == 0)
        return json_pack("{s:o, s:n}", "data", value, "error");
    return value;
}

void openapi_add_samples(json_t *media, const char *path, const char *kind)
{
    for (const struct sample *sample = samples; sample->path; sample++) {
        if (strcmp(sample->path, path) != 0 || strcmp(sample->kind, kind) != 0)
            continue;
        if (!json_object_get(media, "examples"))
            json_object_set_new(media, "examples", json_object());
        json_object_set_new(json_object_get(media, "examples"), sample->name,
                            json_pack("{s:o}", "value", sample_value(sample)));
    }
}

/* ---- who ---- */

static void add_cookie(json_t *security, const char *name)
{
    json_array_append_new(security, json_pack("{s:[]}", name));
}

json_t *openapi_security(bool of_chat, bool of_agent)
{
    json_t *security = json_array();

    if (of_chat)
        add_cookie(security, COOKIE_CHAT);
    if (of_agent)
        add_cookie(security, COOKIE_AGENT);
    return security;
}

static json_t *roles_of(const struct route *route)
{
    json_t *roles = json_array();

    for (unsigned role = 1; role & ROLES_ANY; role <<= 1)
        if (route->roles & role)
            json_array_append_new(roles, json_string(role_name(role)));
    return roles;
}

/* ---- the answer ---- */

static json_t *object_of_one(const char *name, json_t *schema)
{
    return json_pack("{s:s, s:{s:o}, s:[s], s:b}", "type", "object", "properties", name, schema,
                     "required", name, "additionalProperties", 0);
}

static json_t *in_envelope(const struct named_route *named, json_t *value)
{
    const char *key = named->route->key;

    if (named->envelope == ENVELOPE_RESPONSE)
        return object_of_one("response", value);
    return json_pack("{s:s, s:{s:o, s:o}, s:[s, s], s:b}", "type", "object", "properties", "data",
                     key ? object_of_one(key, value) : value, "error", value_schema("null"),
                     "required", "data", "error", "additionalProperties", 0);
}

static json_t *json_answer(const struct named_route *named)
{
    const struct route *route = named->route;
    json_t *media = json_pack("{s:o}", "schema", in_envelope(named, value_schema(route->value)));

    if (named->path == route->path) {
        openapi_add_samples(media, route->path, "answer");
        openapi_add_samples(media, route->path, "data");
    }
    return json_pack("{s:o}", "application/json", media);
}

static bool is_outside_envelope(const char *value)
{
    return strncmp(value, "text/", strlen("text/")) == 0 ||
           strncmp(value, "application/", strlen("application/")) == 0;
}

/* Adds "<media type>: <value>". */
static void add_media(json_t *content, char *text)
{
    char *colon = strchr(text, ':');

    if (colon)
        *colon = '\0';
    json_object_set_new(content, text,
                        json_pack("{s:o}", "schema", value_schema(colon ? colon + 2 : "string")));
}

/* There are several, with commas between, or one object. */
static json_t *bare_answer(const char *value)
{
    const char *between = strchr(value, '{') ? "" : ",";
    char *copy = own_copy(value), *rest = NULL;
    json_t *content = json_object();

    for (char *part = strtok_r(copy, between, &rest); part; part = strtok_r(NULL, between, &rest))
        add_media(content, part + strspn(part, " "));
    free(copy);
    return content;
}

/* ---- refusals ---- */

void openapi_add_errors(json_t *responses, const int *statuses)
{
    char name[16];

    for (; *statuses; statuses++) {
        snprintf(name, sizeof(name), "%d", *statuses);
        json_object_set_new(responses, name,
                            json_pack("{s:s}", "$ref", "#/components/responses/Error"));
    }
}

static void add_refusals(json_t *responses, const struct named_route *named)
{
    static const int any[] = {400, 503, 504, 0};
    static const int of_identity[] = {401, 403, 0};
    static const int of_body[] = {403, 413, 0};
    static const int of_values[] = {404, 422, 0};
    static const int of_commands[] = {409, 429, 0};
    static const int of_institutions[] = {502, 0};
    const struct route *route = named->route;
    bool writes = named->method != METHOD_GET || route->guards_get;

    openapi_add_errors(responses, any);
    /* A handler may look at cookies by itself, or at a password. */
    if (route->who != IDENTITY_NONE || (route->handle && writes))
        openapi_add_errors(responses, of_identity);
    if (named->method != METHOD_GET)
        openapi_add_errors(responses, of_body);
    if (route->inputs || route->shape)
        openapi_add_errors(responses, of_values);
    if (writes && route->message)
        openapi_add_errors(responses, of_commands);
    if (route->is_forwarded || route->message == MESSAGE_forward_get)
        openapi_add_errors(responses, of_institutions);
}

/* ---- all of it ---- */

json_t *openapi_operation(const struct named_route *named)
{
    const struct route *route = named->route;
    json_t *responses = json_object();
    json_t *operation = json_pack("{s:s}", "summary", route->about);

    if (named->path != route->path)
        json_object_set_new(operation, "description",
                            json_pack("s++", "The name of ", route->path, " in newer clients."));
    openapi_add_inputs(operation, named);
    json_object_set_new(operation, "security",
                        openapi_security(route->who == IDENTITY_END_USER, route->roles != 0));
    if (route->roles)
        json_object_set_new(operation, "x-roles", roles_of(route));
    json_object_set_new(responses, "200",
                        json_pack("{s:s, s:o}", "description", "It was done.", "content",
                                  is_outside_envelope(route->value) ? bare_answer(route->value)
                                                                    : json_answer(named)));
    add_refusals(responses, named);
    json_object_set_new(operation, "responses", responses);
    return operation;
}
