/* value.h - what the value of an answer is, in a short notation, and its
 * schema for the document of the routes (openapi.h). Pure.
 *
 *   string, boolean, integer, number, object, any
 *   null
 *   uuid
 *   binary           bytes, of what is no JSON
 *   time             as "2023-01-18T12:56:52.159+00:00"; "" while there is none
 *   Chat             a schema with a name: those of view_describe()
 *   Chat[]           a list of them
 *   Chat|null        one or the other
 *   {"a":"string","b?":"Chat[]"}
 *                    an object with these names and no others; b may be left out
 *   [{…}]            a list of such objects
 *   [{…},"string"]   one or the other */
#ifndef VALUE_H
#define VALUE_H

#include <jansson.h>

/* Returns the schema (OpenAPI 3.0) of a notation; the caller owns it. */
json_t *value_schema(const char *notation);

/* Returns the schemas that have a name; the caller owns them. */
json_t *value_schemas(void);

#endif
