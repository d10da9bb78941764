#include "answer.h"

#include "view.h"

void answer_data(msgpack_sbuffer *out, const char *key, const msgpack_sbuffer *value)
{
    view_text(out, "{\"data\":");
    if (key) {
        view_text(out, "{");
        view_string(out, key);
        view_text(out, ":");
    }
    msgpack_sbuffer_write(out, value->data, value->size);
    view_text(out, key ? "},\"error\":null}" : ",\"error\":null}");
}

void answer_response(msgpack_sbuffer *out, const msgpack_sbuffer *value)
{
    view_text(out, "{\"response\":");
    msgpack_sbuffer_write(out, value->data, value->size);
    view_text(out, "}");
}

void answer_error(msgpack_sbuffer *out, enum envelope envelope, const char *code,
                  const char *sentence)
{
    view_text(out, envelope == ENVELOPE_DATA ? "{\"data\":null,\"error\":{\"code\":"
                                             : "{\"response\":null,\"error\":{\"code\":");
    view_string(out, code);
    view_text(out, ",\"message\":");
    view_string(out, sentence);
    view_text(out, "}}");
}

void answer_comma(msgpack_sbuffer *out, size_t index)
{
    if (index > 0)
        view_text(out, ",");
}
