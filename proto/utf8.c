#include "utf8.h"

#include <stdint.h>

/* The least code point that needs a given number of continuation bytes. */
static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};

/* For a byte from 0x80 on. */
static int bytes_that_follow(unsigned char lead)
{
    return lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
}

static bool is_scalar(uint32_t point, int more)
{
    return point >= least[more] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

bool utf8_is_valid(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;

    while (*byte) {
        if (*byte < 0x80) {
            byte++;
            continue;
        }
        int more = bytes_that_follow(*byte);
        uint32_t point = *byte & (0x3fU >> more);

        if (*byte < 0xc2 || *byte > 0xf4)
            return false;
        for (int i = 0; i < more; i++) {
            if ((*++byte & 0xc0) != 0x80)
                return false;
            point = point << 6 | (*byte & 0x3f);
        }
        if (!is_scalar(point, more))
            return false;
        byte++;
    }
    return true;
}

size_t utf8_length(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}

size_t utf8_prefix(const char *text, size_t characters)
{
    size_t size = 0;

    for (size_t count = 0; text[size]; size++)
        if (((unsigned char)text[size] & 0xc0) != 0x80 && ++count > characters)
            break;
    return size;
}
