#include "words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

/* Letters whose lower case is so much further on; or, with step 2, each even
 * one is the capital of the odd one after it. All of two bytes in UTF-8, as
 * are their small ones. */
static const struct range {
    uint32_t first, last, distance, step;
} ranges[] = {
    {0xc0, 0xd6, 32, 1},   {0xd8, 0xde, 32, 1},   {0x100, 0x12e, 1, 2},  {0x132, 0x136, 1, 2},
    {0x139, 0x147, 1, 2},  {0x14a, 0x176, 1, 2},  {0x179, 0x17d, 1, 2},  {0x391, 0x3a1, 32, 1},
    {0x3a3, 0x3ab, 32, 1}, {0x400, 0x40f, 80, 1}, {0x410, 0x42f, 32, 1}, {0x460, 0x480, 1, 2},
    {0x48a, 0x4be, 1, 2},  {0x4d0, 0x52e, 1, 2},
};

static uint32_t lower(uint32_t letter)
{
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        const struct range *range = &ranges[i];
        if (letter >= range->first && letter <= range->last &&
            (letter - range->first) % range->step == 0)
            return letter + range->distance;
    }
    return letter;
}

char *words_fold(const char *text)
{
    char *folded = own_copy(text);

    for (unsigned char *at = (unsigned char *)folded; *at; at++) {
        if (*at >= 'A' && *at <= 'Z') {
            *at = (unsigned char)(*at - 'A' + 'a');
        } else if ((*at & 0xe0) == 0xc0 && at[1]) {
            uint32_t letter = lower((uint32_t)(*at & 0x1f) << 6 | (at[1] & 0x3f));
            *at++ = (unsigned char)(0xc0 | letter >> 6);
            *at = (unsigned char)(0x80 | (letter & 0x3f));
        }
    }
    return folded;
}

/* Returns where text goes on after the next word, NULL where it is not. */
static const char *after_word(const char *text, const char *word, size_t size)
{
    const char *found = memmem(text, strlen(text), word, size);

    return found ? found + size : NULL;
}

bool words_are_in(const char *words, const char *text)
{
    static const char white[] = " \t\r\n";
    char *folded = words_fold(text);
    const char *at = folded;
    bool has_word = false;

    for (words += strspn(words, white); *words && at; words += strspn(words, white)) {
        size_t size = strcspn(words, white);
        at = after_word(at, words, size);
        words += size;
        has_word = true;
    }
    free(folded);
    return has_word && at;
}
