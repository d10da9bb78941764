#include "digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verified.h"

/* libcrypto's own struct, under the name it has here. It fails only when
 * memory is out. */
static EVP_MD_CTX *context(struct digest *self)
{
    return (EVP_MD_CTX *)self;
}

static void must(int result)
{
    if (result != 1)
        abort();
}

struct digest *digest_new(void)
{
    EVP_MD_CTX *self = EVP_MD_CTX_new();

    must(self != NULL);
    must(EVP_DigestInit_ex(self, verified_sha256(), NULL));
    return (struct digest *)self;
}

void digest_add(struct digest *self, const char *text)
{
    must(EVP_DigestUpdate(context(self), text, strlen(text) + 1));
}

void digest_add_number(struct digest *self, int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)number);
    digest_add(self, text);
}

void digest_end(struct digest **self, unsigned char bytes[DIGEST_BYTES])
{
    unsigned char whole[EVP_MAX_MD_SIZE];

    must(EVP_DigestFinal_ex(context(*self), whole, NULL));
    memcpy(bytes, whole, DIGEST_BYTES);
    EVP_MD_CTX_free(context(*self));
    *self = NULL;
}

void digest_end_text(struct digest **self, char text[DIGEST_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[DIGEST_BYTES];

    digest_end(self, bytes);
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 0x0f];
    }
    *text = '\0';
}

bool digest_is_same(const unsigned char one[DIGEST_BYTES], const unsigned char other[DIGEST_BYTES])
{
    return CRYPTO_memcmp(one, other, DIGEST_BYTES) == 0;
}
