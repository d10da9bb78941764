#include "uuid.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Sets version and variant in b, and writes it. */
static void write_as(unsigned char b[16], unsigned char version, char uuid[UUID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *at = uuid;

    b[6] = (unsigned char)((b[6] & 0x0f) | version << 4);
    b[8] = (b[8] & 0x3f) | 0x80;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[b[i] >> 4];
        *at++ = digits[b[i] & 0x0f];
    }
    *at = '\0';
}

/* Random bytes are fetched for several at once, as each fetch is a system
 * call; getrandom(2) gives up to 256 whole. */
void uuid_make(char uuid[UUID_SIZE])
{
    static unsigned char bytes[256];
    static size_t used = sizeof(bytes);

    if (used == sizeof(bytes)) {
        if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
            abort();
        used = 0;
    }
    write_as(bytes + used, 4, uuid);
    used += 16;
}

void uuid_of_digest(const unsigned char digest[16], char uuid[UUID_SIZE])
{
    unsigned char b[16];

    memcpy(b, digest, sizeof(b));
    write_as(b, 8, uuid);
}

/* The kinds of characters: none of the two others, a digit, a hyphen. */
static const char kinds[256] = {['0' ... '9'] = 'x', ['a' ... 'f'] = 'x', ['-'] = '-'};

bool uuid_is_valid(const char *text)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    for (size_t i = 0; i < sizeof(shape) - 1; i++)
        if (kinds[(unsigned char)text[i]] != shape[i])
            return false;
    return text[sizeof(shape) - 1] == '\0';
}
