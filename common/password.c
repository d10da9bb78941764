#include "password.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

/* yescrypt at the cost that crypt(5) holds to be right today. Returns a hash
 * or NULL; the caller frees it. */
static char *hash_with(const char *password, const char *setting)
{
    struct crypt_data *data = own_zero(sizeof(*data)); /* 32 KiB */
    const char *hash = crypt_r(password, setting, data);
    char *copy = hash && *hash != '*' ? own_copy(hash) : NULL;

    OPENSSL_cleanse(data, sizeof(*data)); /* it holds the password */
    free(data);
    return copy;
}

/* A hash with a new salt. */
static char *make_hash(const char *password)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];

    if (!crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof(setting)))
        abort(); /* no yescrypt or no random numbers: nothing here can go on */
    char *hash = hash_with(password, setting);
    if (!hash)
        abort(); /* out of memory */
    return hash;
}

static bool is_too_long(const char *password)
{
    return strnlen(password, PASSWORD_LENGTH_MAX + 1) > PASSWORD_LENGTH_MAX;
}

char *password_hash(const char *password)
{
    return is_too_long(password) ? NULL : make_hash(password);
}

static bool is_same(const char *a, const char *b)
{
    size_t size = strlen(a);

    return size == strlen(b) && CRYPTO_memcmp(a, b, size) == 0;
}

bool password_matches(const char *password, const char *hash)
{
    if (is_too_long(password))
        return false;
    bool is_known = *hash != '\0';
    char *made = is_known ? hash_with(password, hash) : make_hash(password);
    bool is_right = is_known && made && is_same(made, hash);
    free(made);
    return is_right;
}
