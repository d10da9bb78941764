#include "forge.h"

#include <assert.h>
#include <jose/b64.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

enum { P256_BYTES = 32 };

char *forge_base64(const void *data, size_t size)
{
    size_t length = jose_b64_enc_buf(data, size, NULL, 0);
    char *text = own_zero(length + 1);

    jose_b64_enc_buf(data, size, text, length);
    return text;
}

static char *join(const char *a, const char *b)
{
    char *text = own_zero(strlen(a) + strlen(b) + 2);

    sprintf(text, "%s.%s", a, b);
    return text;
}

char *forge_input(const char *header, const char *claims)
{
    char *a = forge_base64(header, strlen(header)), *b = forge_base64(claims, strlen(claims));
    char *text = join(a, b);

    free(a);
    free(b);
    return text;
}

char *forge_with(char *input, const void *signature, size_t size)
{
    char *part = forge_base64(signature, size);
    char *text = join(input, part);

    free(input);
    free(part);
    return text;
}

/* RFC 7518 §3.4: the two numbers, not as DER. */
static size_t take_out_of_der(unsigned char *signature, size_t size)
{
    const unsigned char *der = signature;
    ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &der, (long)size);

    assert(numbers);
    BN_bn2binpad(ECDSA_SIG_get0_r(numbers), signature, P256_BYTES);
    BN_bn2binpad(ECDSA_SIG_get0_s(numbers), signature + P256_BYTES, P256_BYTES);
    ECDSA_SIG_free(numbers);
    return (size_t)2 * P256_BYTES;
}

char *forge_signed(EVP_PKEY *key, const char *header, const char *claims)
{
    char *input = forge_input(header, claims);
    unsigned char signature[512];
    size_t size = sizeof(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done =
        EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(context, signature, &size, (unsigned char *)input, strlen(input)) == 1;

    EVP_MD_CTX_free(context);
    if (!done)
        abort();
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
        size = take_out_of_der(signature, size);
    return forge_with(input, signature, size);
}

char *forge_hmac(const char *pem, const char *header, const char *claims)
{
    char *input = forge_input(header, claims);
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size;

    HMAC(EVP_sha256(), pem, (int)strlen(pem), (unsigned char *)input, strlen(input), mac, &size);
    return forge_with(input, mac, size);
}
