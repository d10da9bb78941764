/* json_read.c - JSON text to a message struct; straight, without a tree, as a
 * stream that resumes may need a thousand events. */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "own.h"

enum { DEPTH_MAX = 16 }; /* of what is skipped */

struct reader {
    const char *begin, *at; /* ends with a zero byte */
    char *why;
};

/* What stands between two quotes. */
struct quoted {
    const char *text;
    size_t size;
    bool is_escaped;
};

static int not_json(const struct reader *self)
{
    return refuse(self->why, "not JSON: byte %d", (int)(self->at - self->begin));
}

static void skip_space(struct reader *self)
{
    while (*self->at == ' ' || *self->at == '\n' || *self->at == '\r' || *self->at == '\t')
        self->at++;
}

/* Returns whether this comes next, and is passed over with what is blank. */
static bool passes(struct reader *self, char c)
{
    skip_space(self);
    if (*self->at != c)
        return false;
    self->at++;
    skip_space(self);
    return true;
}

static bool passes_word(struct reader *self, const char *word)
{
    size_t size = strlen(word);

    if (strncmp(self->at, word, size) != 0)
        return false;
    self->at += size;
    return true;
}

/* ---- strings ---- */

static int take_quoted(struct reader *self, struct quoted *to)
{
    const char *at = self->at + 1;

    *to = (struct quoted){.text = at};
    if (*self->at != '"')
        return not_json(self);
    while ((unsigned char)*at >= ' ' && *at != '"') {
        to->is_escaped = to->is_escaped || *at == '\\';
        at += at[0] == '\\' && at[1] ? 2 : 1;
    }
    if (*at != '"')
        return not_json(self);
    to->size = (size_t)(at - to->text);
    self->at = at + 1;
    return 0;
}

/* Returns the code unit after \u, -1 when there is none. */
static int32_t unit_at(const char *at, const char *end)
{
    int32_t unit = 0;

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";
        const char *digit = at[i] ? strchr(digits, at[i]) : NULL;
        if (!digit)
            return -1;
        unit = unit << 4 | (int32_t)((digit - digits) & 15);
    }
    return unit;
}

static char *put_point(char *out, uint32_t point)
{
    static const unsigned char leads[] = {0, 0xc0, 0xe0, 0xf0};
    int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;

    *out++ = (char)(leads[more] | point >> (6 * more));
    while (more-- > 0)
        *out++ = (char)(0x80U | (point >> (6 * more) & 0x3fU));
    return out;
}

/* Two units stand for what one does not reach. Returns where it goes on, NULL
 * when it is no character, or a zero byte, which no text of ours has. */
static const char *unescape_unit(const char *at, const char *end, char **out)
{
    int32_t unit = unit_at(at, end);
    bool is_high = unit >= 0xd800 && unit < 0xdc00;
    int32_t low = is_high ? unit_at(at + 6, end) : 0;

    if (unit <= 0 || (unit >= 0xdc00 && unit < 0xe000))
        return NULL;
    if (is_high && (low < 0xdc00 || low >= 0xe000))
        return NULL;
    *out = put_point(*out, is_high ? 0x10000U + ((uint32_t)(unit - 0xd800) << 10) +
                                         (uint32_t)(low - 0xdc00)
                                   : (uint32_t)unit);
    return at + (is_high ? 12 : 6);
}

static const char *unescape_one(const char *at, const char *end, char **out)
{
    static const char letters[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
    const char *letter = end - at > 1 ? strchr(letters, at[1]) : NULL;

    if (!letter)
        return unescape_unit(at, end, out);
    *(*out)++ = plain[letter - letters];
    return at + 2;
}

/* Writes the text and a zero; it never takes more than what stands for it.
 * Returns its size, or -1. */
static int64_t unescape(const struct quoted *from, char *to)
{
    const char *end = from->text + from->size;
    char *out = to;

    for (const char *at = from->text; at < end;) {
        if (*at != '\\')
            *out++ = *at++;
        else if (!(at = unescape_one(at, end, &out)))
            return -1;
    }
    *out = '\0';
    return out - to;
}

static int take_string(struct reader *self, char **to)
{
    struct quoted quoted;

    if (take_quoted(self, &quoted) == -1)
        return -1;
    free(*to);
    *to = own_copy_of(quoted.text, quoted.size);
    return quoted.is_escaped && unescape(&quoted, *to) == -1 ? not_json(self) : 0;
}

static int take_uuid(struct reader *self, const struct field *field, char *to)
{
    struct quoted quoted;

    if (take_quoted(self, &quoted) == -1)
        return -1;
    if (quoted.size >= UUID_SIZE || quoted.is_escaped)
        return refuse(self->why, "%s is not a lower-case UUID", field->name);
    memcpy(to, quoted.text, quoted.size);
    to[quoted.size] = '\0';
    return 0;
}

/* ---- what is not for us ---- */

static bool skip_digits(struct reader *self)
{
    const char *begin = self->at;

    while (*self->at >= '0' && *self->at <= '9')
        self->at++;
    return self->at > begin;
}

static int skip_number(struct reader *self)
{
    (void)passes_word(self, "-");
    bool is_number = *self->at == '0' ? passes_word(self, "0") : skip_digits(self);

    if (passes_word(self, "."))
        is_number = skip_digits(self) && is_number;
    if (passes_word(self, "e") || passes_word(self, "E")) {
        if (!passes_word(self, "-"))
            (void)passes_word(self, "+");
        is_number = skip_digits(self) && is_number;
    }
    return is_number ? 0 : not_json(self);
}

static int skip_value(struct reader *self, int depth);

/* Names, too, when it is an object. */
static int skip_entries(struct reader *self, char end, int depth)
{
    struct quoted name;

    self->at++;
    if (passes(self, end))
        return 0;
    do {
        if (end == '}' && (take_quoted(self, &name) == -1 || !passes(self, ':')))
            return not_json(self);
        if (skip_value(self, depth) == -1)
            return -1;
    } while (passes(self, ','));
    return passes(self, end) ? 0 : not_json(self);
}

static int skip_value(struct reader *self, int depth)
{
    struct quoted text;

    if (*self->at == '"')
        return take_quoted(self, &text);
    if (*self->at == '{' || *self->at == '[')
        return depth < DEPTH_MAX ? skip_entries(self, *self->at == '{' ? '}' : ']', depth + 1)
                                 : not_json(self);
    if (passes_word(self, "true") || passes_word(self, "false") || passes_word(self, "null"))
        return 0;
    return skip_number(self);
}

/* ---- fields ---- */

static int take_number(struct reader *self, const struct field *field, int64_t *to)
{
    const char *begin = self->at;
    bool is_negative = *begin == '-';
    int64_t number = 0;

    if (skip_number(self) == -1)
        return refuse(self->why, "%s is not a whole number", field->name);
    for (const char *at = begin + is_negative; at < self->at; at++)
        if (*at < '0' || *at > '9' || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *at - '0', &number))
            return refuse(self->why, "%s is not a whole number", field->name);
    *to = is_negative ? -number : number;
    return 0;
}

static int take_bool(struct reader *self, const struct field *field, bool *to)
{
    *to = passes_word(self, "true");
    if (*to || passes_word(self, "false"))
        return 0;
    return refuse(self->why, "%s is not true or false", field->name);
}

static int take_object(struct reader *self, const struct message_type *type, void *to);

static int take_list(struct reader *self, const struct field *field, struct list *to)
{
    const struct message_type *record = &message_types[field->record];

    if (!passes(self, '['))
        return refuse(self->why, "%s is not a list", field->name);
    if (passes(self, ']'))
        return 0;
    do {
        if (take_object(self, record, list_append(to, record)) == -1)
            return -1;
    } while (passes(self, ','));
    return passes(self, ']') ? 0 : not_json(self);
}

static int take_field(struct reader *self, const struct field *field, void *to)
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_UUID:
        if (*self->at != '"')
            return refuse(self->why, "%s is not text", field->name);
        return field->type == FIELD_STRING ? take_string(self, to) : take_uuid(self, field, to);
    case FIELD_LIST:
        return take_list(self, field, to);
    case FIELD_BOOL:
        return take_bool(self, field, to);
    case FIELD_INT:
    case FIELD_TIME:
        return take_number(self, field, to);
    }
    return -1;
}

struct seen {
    const struct field *fields;
    uint64_t given;
    int next; /* they mostly come in their order */
};

/* A name and its value. */
static int take_member(struct reader *self, struct seen *seen, void *to)
{
    struct quoted name;

    if (take_quoted(self, &name) == -1)
        return -1;
    if (name.is_escaped || !passes(self, ':'))
        return not_json(self); /* no writer of ours escapes a name */
    int i = field_index(seen->fields, seen->next, name.text, name.size);
    if (i == -1)
        return skip_value(self, 0);
    seen->next = i + 1;
    if (seen->given & (1ULL << i))
        return refuse(self->why, "%s is given twice", seen->fields[i].name);
    seen->given |= 1ULL << i;
    return take_field(self, &seen->fields[i], (char *)to + seen->fields[i].offset);
}

static int take_object(struct reader *self, const struct message_type *type, void *to)
{
    struct seen seen = {.fields = type->fields()};

    if (!passes(self, '{'))
        return refuse(self->why, "not a JSON object");
    if (passes(self, '}'))
        return 0;
    do {
        if (take_member(self, &seen, to) == -1)
            return -1;
    } while (passes(self, ','));
    return passes(self, '}') ? 0 : not_json(self);
}

int message_from_json(const struct message_type *type, void *self, const char *text,
                      char why[WHY_MAX])
{
    struct reader reader = {.begin = text, .at = text, .why = why};

    memset(self, 0, type->size);
    int rc = take_object(&reader, type, self);

    if (rc == 0 && *reader.at)
        rc = not_json(&reader);
    if (rc == 0)
        rc = message_check(type, self, why);
    if (rc == -1)
        message_clear(type, self);
    return rc;
}
