/* forge.h - makes tokens that nobody should make. What is returned is the
 * caller's to free. */
#ifndef FORGE_H
#define FORGE_H

#include <openssl/evp.h>
#include <stddef.h>

char *forge_base64(const void *data, size_t size);

/* "header.claims", what a signature is made of. */
char *forge_input(const char *header, const char *claims);

/* Puts the signature behind input, which it frees. */
char *forge_with(char *input, const void *signature, size_t size);

/* A token with this header and these claims, and a good signature of the key
 * with SHA-256: RS256, or ES256. */
char *forge_signed(EVP_PKEY *key, const char *header, const char *claims);

/* The attack that confuses the algorithms: an HMAC made with a public key. */
char *forge_hmac(const char *pem, const char *header, const char *claims);

#endif
