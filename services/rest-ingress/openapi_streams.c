/* openapi_streams.c - the streams: /sse/<name> for clients of today,
 * /events/<name> for new programs, /events for several at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openapi.h"
#include "samples.h"
#include "stream_table.h"
#include "value.h"

enum { PATH_SIZE = 96 };

static json_t *security_of(enum stream_reader who)
{
    return openapi_security(who == READER_END_USER || who == READER_OF_CHAT,
                            who == READER_AGENT || who == READER_OF_CHAT);
}

static json_t *parameter(const char *name, const char *place)
{
    return json_pack("{s:s, s:s, s:b, s:{s:s}}", "name", name, "in", place, "required",
                     strcmp(place, "path") == 0, "schema", "type", "string");
}

static json_t *topics(void)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:{s:s, s:i, s:i, s:{s:s}}}", "name", "subscribe", "in",
                     "query", "description",
                     "Once for each stream: its name, with its query, as it would stand behind "
                     "/events/.",
                     "required", 1, "schema", "type", "array", "minItems", 1, "maxItems", 32,
                     "items", "type", "string");
}

static bool is_of_chat(const struct stream_told *stream)
{
    return stream->name[strlen(stream->name) - 1] == '/';
}

static bool is_of_several(const struct stream_told *stream)
{
    return strcmp(stream->name, "subscribe") == 0;
}

static json_t *parameters_of(const struct stream_told *stream)
{
    json_t *parameters = json_array();

    if (is_of_chat(stream))
        json_array_append_new(parameters, parameter("chatId", "path"));
    if (is_of_several(stream))
        json_array_append_new(parameters, topics());
    for (size_t i = 0; stream->parameters[i]; i++)
        json_array_append_new(parameters, parameter(stream->parameters[i], "query"));
    return parameters;
}

/* The frame that tells what a sample shows; NULL when there is none. */
static json_t *example_of(const struct stream_told *stream)
{
    for (const struct sample *sample = samples; sample->path; sample++) {
        if (strcmp(sample->path + 1, stream->name) != 0 || strcmp(sample->kind, "frame") != 0)
            continue;
        json_t *value = json_loads(sample->text, 0, NULL);
        char *text = json_dumps(value, JSON_COMPACT);
        json_t *frame = json_pack("s++", "data: ", text, "\n\n");
        free(text);
        json_decref(value);
        return frame;
    }
    return NULL;
}

static json_t *answer_of(const struct stream_told *stream, bool is_native)
{
    static const char native[] = "Frames with an id and, as data, what x-data says.";
    static const char wrapped[] =
        "Frames with {\"headers\":{},\"body\":{\"data\":{\"<key>\":…},\"error\":null},"
        "\"statusCode\":\"OK\",\"statusCodeValue\":200}, where … is what x-data says, or a list of "
        "it. Who has no right gets empty ones.";
    json_t *example = is_native ? example_of(stream) : NULL;
    json_t *media = json_pack("{s:{s:s}, s:o}", "schema", "type", "string", "x-data",
                              value_schema(stream->value));

    if (example)
        json_object_set_new(media, "example", example);
    return json_pack("{s:s, s:{s:o}}", "description", is_native ? native : wrapped, "content",
                     "text/event-stream", media);
}

static void add_stream(json_t *paths, const char *path, const struct stream_told *stream,
                       bool is_native)
{
    static const int refusals[] = {400, 401, 403, 404, 503, 0};
    static const int away[] = {503, 0};
    json_t *responses = json_pack("{s:o}", "200", answer_of(stream, is_native));

    openapi_add_errors(responses, is_native ? refusals : away);
    json_object_set_new(paths, path,
                        json_pack("{s:{s:s, s:o, s:o, s:o}}", "get", "summary", stream->about,
                                  "parameters", parameters_of(stream), "security",
                                  security_of(stream->who), "responses", responses));
}

static void add_at_its_doors(json_t *paths, const struct stream_told *stream)
{
    char path[PATH_SIZE];

    if (is_of_several(stream)) {
        add_stream(paths, "/events", stream, true);
        return;
    }
    snprintf(path, sizeof(path), "/sse/%s%s", stream->name, is_of_chat(stream) ? "{chatId}" : "");
    add_stream(paths, path, stream, stream->is_later);
    if (stream->is_later)
        return;
    snprintf(path, sizeof(path), "/events/%s", stream->name);
    add_stream(paths, path, stream, true);
}

void openapi_add_streams(json_t *paths)
{
    for (const struct stream_told *stream = streams_told; stream->name; stream++)
        add_at_its_doors(paths, stream);
}
