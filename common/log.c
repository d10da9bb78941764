#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "utf8.h"

enum { VALUE_MAX = 1000 }; /* bytes; what is longer is cut, so that a line stays short */

static const struct level {
    const char *name;
    int level;
} levels[] = {{"error", LOG_ERR}, {"warn", LOG_WARNING}, {"info", LOG_INFO}, {"debug", LOG_DEBUG}};

static const char *service = "";
static int least = LOG_INFO;

void log_open(const char *name, int least_level)
{
    service = name;
    least = least_level;
}

int log_level_named(const char *name)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
        if (strcmp(levels[i].name, name) == 0)
            return levels[i].level;
    return -1;
}

static const char *level_name(int level)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
        if (levels[i].level >= level)
            return levels[i].name;
    return "debug";
}

/* Returns the size of the valid character that text begins with, 0 for none. */
static size_t character_size(const char *text)
{
    char character[5] = {0};

    for (size_t size = 1; size < sizeof(character) && text[size - 1]; size++) {
        character[size - 1] = text[size - 1];
        if (utf8_is_valid(character))
            return size;
    }
    return 0;
}

/* Puts the character that text begins with; returns how many bytes it took. */
static size_t put_character(FILE *out, const char *text)
{
    size_t size = character_size(text);
    unsigned char first = (unsigned char)*text;

    if (size == 0) {
        fprintf(out, "\\\\x%02x", first); /* not UTF-8: shown, but not passed on */
        return 1;
    }
    if (first == '"' || first == '\\')
        fprintf(out, "\\%c", first);
    else if (first < 0x20 || first == 0x7f)
        fprintf(out, "\\u%04x", first);
    else
        fwrite(text, 1, size, out);
    return size;
}

static void put_string(FILE *out, const char *text)
{
    size_t size = strnlen(text, VALUE_MAX);

    putc('"', out);
    for (size_t at = 0; at < size;)
        at += put_character(out, text + at);
    putc('"', out);
}

static void put_pair(FILE *out, const char *name, const char *value)
{
    putc(',', out);
    put_string(out, name);
    putc(':', out);
    put_string(out, value);
}

static void put_head(FILE *out, int level, const char *event)
{
    char now[ISO_TIME_SIZE];

    iso_time_format(clock_wall_ms(), now);
    fprintf(out, "{\"time\":\"%s\"", now);
    put_pair(out, "level", level_name(level));
    put_pair(out, "service", service);
    put_pair(out, "event", event);
}

/* In one write, so that the lines of several processes never mix. The rest of
 * a line that a full pipe cut short follows; where stderr takes nothing, there
 * is nobody to tell. */
static void put_line(const char *line, size_t size)
{
    while (size) {
        ssize_t put = write(STDERR_FILENO, line, size);
        if (put == -1 && errno == EINTR)
            continue;
        if (put <= 0)
            return;
        line += put;
        size -= (size_t)put;
    }
}

void log_write(int level, const char *event, ...)
{
    int kept_errno = errno;
    char *line = NULL;
    size_t size = 0;
    FILE *out;
    va_list pairs;

    if (level > least || !(out = open_memstream(&line, &size)))
        return;
    put_head(out, level, event);
    va_start(pairs, event);
    for (const char *name; (name = va_arg(pairs, const char *));) {
        const char *value = va_arg(pairs, const char *);
        if (!value)
            break;
        put_pair(out, name, value);
    }
    va_end(pairs);
    fputs("}\n", out);
    if (fclose(out) == 0)
        put_line(line, size);
    free(line);
    errno = kept_errno;
}

const char *log_number(long long number)
{
    static _Thread_local char texts[8][24];
    static _Thread_local unsigned next;
    char *text = texts[next++ % 8];

    snprintf(text, sizeof(texts[0]), "%lld", number);
    return text;
}
