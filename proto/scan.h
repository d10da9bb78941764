/* scan.h - reads MessagePack where it lies: nothing is copied or set aside.
 *
 * First all bytes are looked over, so that nobody believes a claim that they
 * do not bear out; then one value is taken after the other. */
#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCAN_DEPTH_MAX = 8 }; /* messages.def nests three deep */

/* Returns whether data is exactly one whole MessagePack value, nested no
 * deeper than SCAN_DEPTH_MAX, with no count larger than the bytes left. */
bool scan_is_one_value(const void *data, size_t size);

enum scan_kind {
    SCAN_NUMBER, /* whole, from 0 */
    SCAN_BOOL,
    SCAN_TEXT,
    SCAN_LIST,
    SCAN_MAP,
    SCAN_OTHER, /* what messages do not have: nil, bytes, fractions, below 0 */
};

struct scan_value {
    enum scan_kind kind;
    uint64_t number;  /* of a NUMBER, or 1 for true */
    const char *text; /* lent, without a zero at its end */
    size_t size;      /* of a TEXT; entries of a LIST, pairs of a MAP: they come next */
};

/* Takes the value at *at, which scan_is_one_value() has passed, and moves *at
 * to the next. */
struct scan_value scan_take(const unsigned char **at);

/* Moves *at past the value there, with all that is in it. */
void scan_skip(const unsigned char **at);

#endif
