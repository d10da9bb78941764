/* pick.h - numbers by chance, the same ones at every run: what fails once fails
 * again. */
#ifndef PICK_H
#define PICK_H

#include <stdint.h>

/* Returns a number from 0 to below - 1; xorshift (Marsaglia, 2003). */
static inline unsigned pick(unsigned below)
{
    static uint32_t state = 2463534242;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

#endif
