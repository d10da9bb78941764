#include "head.h"

#include <strings.h>

enum { LINE = 1, METHOD_LENGTH_MAX = 32, CONTENT_LENGTH_DIGITS_MAX = 18 };

struct reader {
    const char *at, *end;
};

static bool is_token_character(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_token_character((unsigned char)text.text[i]))
            return false;
    return text.size > 0;
}

/* Takes a line up to CRLF. Returns LINE, HEAD_MORE, or 400 for a control
 * character, also one in a line that is not whole yet. */
static int take_line(struct reader *reader, struct span *line)
{
    for (const char *at = reader->at; at < reader->end; at++) {
        unsigned char c = (unsigned char)*at;
        if (c == '\r') {
            if (at + 1 == reader->end)
                return HEAD_MORE;
            *line = (struct span){reader->at, (size_t)(at - reader->at)};
            reader->at = at + 2;
            return at[1] == '\n' ? LINE : 400;
        }
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return 400;
    }
    return HEAD_MORE;
}

/* Cuts off what stands before the first mark. Returns false without one. */
static bool cut(struct span *rest, char mark, struct span *piece)
{
    const char *at = memchr(rest->text, mark, rest->size);

    if (!at)
        return false;
    *piece = (struct span){rest->text, (size_t)(at - rest->text)};
    *rest = (struct span){at + 1, rest->size - piece->size - 1};
    return true;
}

static enum method method_named(struct span name)
{
    return span_is(name, "GET")       ? METHOD_GET
           : span_is(name, "HEAD")    ? METHOD_HEAD
           : span_is(name, "OPTIONS") ? METHOD_OPTIONS
                                      : METHOD_OTHER;
}

/* Returns 0, or a status. */
static int check_version(struct span version)
{
    if (version.size != 8 || memcmp(version.text, "HTTP/", 5) != 0 || version.text[6] != '.' ||
        version.text[5] < '0' || version.text[5] > '9' || version.text[7] < '0' ||
        version.text[7] > '9')
        return 400;
    return version.text[5] == '1' ? 0 : 505;
}

/* A proxy's form, http://host/path (RFC 9112 §3.2.2): the path is what counts
 * here. Returns false when it is none. */
static bool skip_authority(struct span *target)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        size_t size = strlen(schemes[i]);
        if (target->size > size && strncasecmp(target->text, schemes[i], size) == 0) {
            const char *slash = memchr(target->text + size, '/', target->size - size);
            if (!slash || slash == target->text + size)
                return false;
            *target = (struct span){slash, target->size - (size_t)(slash - target->text)};
            return true;
        }
    }
    return false;
}

static int read_target(struct head *self, struct span target)
{
    if (target.size > TARGET_MAX)
        return 414;
    for (size_t i = 0; i < target.size; i++)
        if (target.text[i] <= ' ' || target.text[i] > '~' || target.text[i] == '#')
            return 400;
    if (self->method == METHOD_OPTIONS && span_is(target, "*")) {
        self->path = target;
        return 0;
    }
    if (!target.size || (*target.text != '/' && !skip_authority(&target)))
        return 400;
    if (cut(&target, '?', &self->path))
        self->query = target;
    else
        self->path = target;
    return 0;
}

/* Returns 0, or a status. */
static int read_request_line(struct head *self, struct span line, bool *needs_host)
{
    struct span method, target;

    if (!cut(&line, ' ', &method) || !is_token(method) || method.size > METHOD_LENGTH_MAX)
        return 400;
    self->method = method_named(method);
    if (!cut(&line, ' ', &target))
        return 400;
    int status = check_version(line);
    if (status)
        return status;
    *needs_host = line.text[7] != '0';
    return read_target(self, target);
}

static struct span trim(struct span text)
{
    while (text.size && (*text.text == ' ' || *text.text == '\t')) {
        text.text++;
        text.size--;
    }
    while (text.size && (text.text[text.size - 1] == ' ' || text.text[text.size - 1] == '\t'))
        text.size--;
    return text;
}

static bool is_named(struct span name, const char *field)
{
    return name.size == strlen(field) && strncasecmp(name.text, field, name.size) == 0;
}

static bool is_host(struct span host)
{
    for (size_t i = 0; i < host.size; i++)
        if (!is_token_character((unsigned char)host.text[i]) && !strchr(":[]", host.text[i]))
            return false;
    return host.size > 0;
}

/* "0" is no body; anything else is one, or nonsense. Returns 0, or a status. */
static int check_length(struct span value)
{
    bool is_zero = true;

    if (!value.size || value.size > CONTENT_LENGTH_DIGITS_MAX)
        return 400;
    for (size_t i = 0; i < value.size; i++) {
        if (value.text[i] < '0' || value.text[i] > '9')
            return 400;
        is_zero = is_zero && value.text[i] == '0';
    }
    return is_zero ? 0 : 413;
}

/* Returns 0, or a status. A POST is told that POST is wrong, not its body. */
static int read_field(struct head *self, struct span name, struct span value)
{
    const struct {
        const char *name;
        struct span *place;
    } fields[] = {
        {"host", &self->host},
        {"origin", &self->origin},
        {"cookie", &self->cookie},
        {"last-event-id", &self->last_event_id},
    };

    if (is_named(name, "content-length"))
        return self->method == METHOD_OTHER ? 0 : check_length(value);
    if (is_named(name, "transfer-encoding"))
        return self->method == METHOD_OTHER ? 0 : 400;
    if (is_named(name, "x-forwarded-for"))
        self->forwarded = value; /* each proxy may add a line of its own */
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        if (is_named(name, fields[i].name)) {
            if (fields[i].place->text)
                return 400;
            *fields[i].place = value;
        }
    return 0;
}

static int read_fields(struct head *self, struct reader *reader)
{
    struct span line, name;
    int count = 0;
    int rc;

    while ((rc = take_line(reader, &line)) == LINE && line.size) {
        if (!cut(&line, ':', &name) || !is_token(name))
            return 400; /* folded lines begin with a space, which is no token */
        if (++count > FIELDS_MAX)
            return 431;
        int status = read_field(self, name, trim(line));
        if (status)
            return status;
    }
    return rc == LINE ? HEAD_WHOLE : rc;
}

int head_parse(struct head *self, const char *text, size_t size)
{
    struct reader reader = {text, text + size};
    struct span line;
    bool needs_host = true;

    *self = (struct head){.method = METHOD_OTHER};
    int rc = take_line(&reader, &line);
    if (rc == HEAD_MORE)
        return size < HEAD_MAX ? HEAD_MORE : 414;
    if (rc == LINE)
        rc = read_request_line(self, line, &needs_host);
    if (rc)
        return rc;
    rc = read_fields(self, &reader);
    if (rc == HEAD_MORE)
        return size < HEAD_MAX ? HEAD_MORE : 431;
    if (rc != HEAD_WHOLE)
        return rc;
    if ((needs_host && !self->host.text) || (self->host.text && !is_host(self->host)))
        return 400;
    self->size = (size_t)(reader.at - text);
    return self->method == METHOD_OTHER ? 405 : HEAD_WHOLE;
}
