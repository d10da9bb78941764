/* digest.h - the same texts have the same digest, others have another one:
 * the first half of SHA-256. */
#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stdint.h>

enum { DIGEST_BYTES = 16, DIGEST_SIZE = 2 * DIGEST_BYTES + 1 /* as hexadecimal text */ };

struct digest;

struct digest *digest_new(void);

/* A text counts with its end, so that texts do not run into one another. */
void digest_add(struct digest *self, const char *text);
void digest_add_number(struct digest *self, int64_t number);

/* Writes the digest of what was added, and frees self. */
void digest_end(struct digest **self, unsigned char bytes[DIGEST_BYTES]);
void digest_end_text(struct digest **self, char text[DIGEST_SIZE]);

/* Takes the same time whatever they are. */
bool digest_is_same(const unsigned char one[DIGEST_BYTES], const unsigned char other[DIGEST_BYTES]);

#endif
