/* verified.h - which texts were found good before, so that what is shown again
 * and again (a cookie) has its signature checked once: that costs a hundred
 * times as much as looking here. Knows digests only, in a table of fixed size:
 * when a set is full, one of it is forgotten, and just checked again. */
#ifndef VERIFIED_H
#define VERIFIED_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>

struct verified;

/* A text as it stands in the table: its SHA-256. */
struct verified_digest {
    unsigned char bytes[32];
};

struct verified *verified_new(void);
void verified_destroy(struct verified **self);

/* Returns SHA-256 as libcrypto has it, which looks it up under locks each time
 * that it is named; lent for ever. */
const EVP_MD *verified_sha256(void);

struct verified_digest verified_digest(const char *text, size_t size);

bool verified_has(const struct verified *self, const struct verified_digest *digest);
void verified_add(struct verified *self, const struct verified_digest *digest);

#endif
