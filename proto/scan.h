/* scan.h - a look at MessagePack bytes before a decoder believes them.
 *
 * A decoder sets memory aside for as many entries as an array or map claims
 * to have. A claim of two thousand million costs the sender five bytes, so it
 * is compared with the bytes that are left before anything is set aside. */
#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>
#include <stddef.h>

enum { SCAN_DEPTH_MAX = 8 }; /* messages.def nests three deep */

/* Returns whether data is exactly one whole MessagePack value, nested no
 * deeper than SCAN_DEPTH_MAX, with no count larger than the bytes left. */
bool scan_is_one_value(const void *data, size_t size);

#endif
