#include "value.h"

#include <assert.h>
#include <ctype.h>
#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "view.h"

#define TIME_PATTERN "^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}[+]00:00)?$"

static json_t *schema_of(const json_t *notation);

/* Makes it take null as well. */
static json_t *or_null(json_t *schema)
{
    /* Beside $ref nothing counts. */
    if (!json_object_get(schema, "type"))
        return json_pack("{s:b, s:[o]}", "nullable", 1, "allOf", schema);
    json_object_set_new(schema, "nullable", json_true());
    return schema;
}

/* ---- words ---- */

static json_t *schema_of_reference(const char *name)
{
    return json_pack("{s:s+}", "$ref", "#/components/schemas/", name);
}

static json_t *schema_of_word(const char *word)
{
    if (isupper((unsigned char)*word))
        return schema_of_reference(word);
    if (strcmp(word, "any") == 0)
        return json_object();
    if (strcmp(word, "null") == 0)
        return json_pack("{s:s, s:b, s:[n]}", "type", "object", "nullable", 1, "enum");
    if (strcmp(word, "uuid") == 0 || strcmp(word, "binary") == 0)
        return json_pack("{s:s, s:s}", "type", "string", "format", word);
    if (strcmp(word, "time") == 0)
        return json_pack("{s:s, s:s}", "type", "string", "pattern", TIME_PATTERN);
    return json_pack("{s:s}", "type", word);
}

static json_t *list_of(json_t *items)
{
    return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

static json_t *schema_of_words(const char *words)
{
    const char *bar = strchr(words, '|');
    size_t size = strlen(words);

    if (bar) {
        assert(strcmp(bar + 1, "null") == 0);
        char *first = own_copy_of(words, (size_t)(bar - words));
        json_t *schema = or_null(schema_of_words(first));
        free(first);
        return schema;
    }
    if (size < 2 || strcmp(words + size - 2, "[]") != 0)
        return schema_of_word(words);
    char *item = own_copy_of(words, size - 2);
    json_t *schema = list_of(schema_of_word(item));
    free(item);
    return schema;
}

/* ---- objects and lists ---- */

static json_t *schema_of_object(const json_t *members)
{
    json_t *properties = json_object(), *required = json_array();
    const char *name;
    json_t *member;

    json_object_foreach((json_t *)members, name, member)
    {
        size_t size = strlen(name);
        bool is_optional = name[size - 1] == '?';
        char *bare = own_copy_of(name, is_optional ? size - 1 : size);
        json_object_set_new(properties, bare, schema_of(member));
        if (!is_optional)
            json_array_append_new(required, json_string(bare));
        free(bare);
    }
    json_t *schema = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                               "additionalProperties", 0);
    if (json_array_size(required) > 0)
        json_object_set(schema, "required", required);
    json_decref(required);
    return schema;
}

static json_t *schema_of_array(const json_t *items)
{
    json_t *choices = json_array(), *item;
    size_t i;

    if (json_array_size(items) == 1) {
        json_decref(choices);
        return list_of(schema_of(json_array_get(items, 0)));
    }
    json_array_foreach((json_t *)items, i, item)
    {
        json_array_append_new(choices, schema_of(item));
    }
    return json_pack("{s:o}", "anyOf", choices);
}

static json_t *schema_of(const json_t *notation)
{
    if (json_is_object(notation))
        return schema_of_object(notation);
    if (json_is_array(notation))
        return schema_of_array(notation);
    return schema_of_words(json_string_value(notation));
}

json_t *value_schema(const char *notation)
{
    if (*notation != '{' && *notation != '[')
        return schema_of_words(notation);
    json_t *parsed = json_loads(notation, 0, NULL);
    assert(parsed);
    json_t *schema = schema_of(parsed);
    json_decref(parsed);
    return schema;
}

json_t *value_schemas(void)
{
    json_t *schemas = json_object(), *notation;
    msgpack_sbuffer text;
    const char *name;

    msgpack_sbuffer_init(&text);
    view_describe(&text);
    json_t *views = json_loadb(text.data, text.size, 0, NULL);
    assert(views);
    json_object_foreach(views, name, notation)
    {
        json_object_set_new(schemas, name, schema_of(notation));
    }
    json_decref(views);
    msgpack_sbuffer_destroy(&text);
    return schemas;
}
