#include "query.h"

/* Cuts the next piece off rest, up to the mark or the end. Returns false when
 * nothing is left. */
static bool next_piece(struct span *rest, char mark, struct span *piece)
{
    if (!rest->text || !rest->size)
        return false;
    const char *at = memchr(rest->text, mark, rest->size);
    size_t size = at ? (size_t)(at - rest->text) : rest->size;
    *piece = (struct span){rest->text, size};
    size_t gone = at ? size + 1 : size;
    *rest = (struct span){rest->text + gone, rest->size - gone};
    return true;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Takes one character, decoded. Returns it, or -1 for a broken escape. */
static int take_character(struct span *text)
{
    char c = *text->text;
    size_t size = c == '%' ? 3 : 1;

    if (size > text->size)
        return -1;
    if (c == '%') {
        int high = hex_value(text->text[1]), low = hex_value(text->text[2]);
        if (high == -1 || low == -1)
            return -1;
        c = (char)(high * 16 + low);
    } else if (c == '+') {
        c = ' ';
    }
    *text = (struct span){text->text + size, text->size - size};
    return (unsigned char)c;
}

/* Returns whether the whole text is decoded into value. */
static bool decode(struct span text, char *value, size_t size)
{
    size_t length = 0;

    while (text.size) {
        int c = take_character(&text);
        if (c < ' ' || c == 0x7f || length + 1 == size)
            return false;
        value[length++] = (char)c;
    }
    value[length] = '\0';
    return true;
}

enum found query_next(struct span *rest, const char *name, char *value, size_t size)
{
    struct span pair, key;
    char decoded[PARAMETER_SIZE];

    value[0] = '\0';
    while (next_piece(rest, '&', &pair)) {
        if (!next_piece(&pair, '=', &key) || !decode(key, decoded, sizeof(decoded)) ||
            strcmp(decoded, name) != 0)
            continue;
        if (decode(pair, value, size))
            return FOUND;
        value[0] = '\0';
        return FOUND_BAD;
    }
    return FOUND_NOT;
}

enum found query_find(struct span query, const char *name, char value[PARAMETER_SIZE])
{
    return query_next(&query, name, value, PARAMETER_SIZE);
}

struct span cookie_find(struct span cookie, const char *name)
{
    struct span pair, key;

    while (next_piece(&cookie, ';', &pair)) {
        while (pair.size && *pair.text == ' ') {
            pair.text++;
            pair.size--;
        }
        bool has_value = pair.size && memchr(pair.text, '=', pair.size);
        if (!has_value || !next_piece(&pair, '=', &key) || !span_is(key, name))
            continue;
        if (pair.size >= 2 && *pair.text == '"' && pair.text[pair.size - 1] == '"')
            pair = (struct span){pair.text + 1, pair.size - 2};
        return pair;
    }
    return (struct span){NULL, 0};
}
