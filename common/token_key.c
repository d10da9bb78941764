/* token_key.c - RSA keys in PEM files, and as the JWK that libjose wants. */
#include "token_key.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <jose/jwk.h>
#include <jose/openssl.h>
#include <libgen.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own.h"

enum { KEY_BITS = 2048 };

struct token_key {
    json_t *private_jwk; /* NULL when only the public half is known */
    json_t *public_jwk;
    char *public_pem;
    struct verified *verified;
    struct claims_table *claims;
};

/* ---- files ---- */

static int write_all(int fd, const char *data, size_t size)
{
    while (size) {
        ssize_t written = write(fd, data, size);
        if (written == -1)
            return -1;
        data += written;
        size -= (size_t)written;
    }
    return fsync(fd);
}

/* Makes a new file beside path and writes data into it. Returns its name,
 * which the caller frees; NULL with the reason in why. */
static char *write_beside(const char *path, mode_t mode, const char *data, char why[WHY_MAX])
{
    char *name;

    if (asprintf(&name, "%s.XXXXXX", path) == -1)
        abort(); /* out of memory */
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd == -1 || fchmod(fd, mode) == -1 || write_all(fd, data, strlen(data)) == -1) {
        refuse(why, "cannot write %s: %s", path, strerror(errno));
        if (fd != -1) {
            close(fd);
            unlink(name);
        }
        free(name);
        return NULL;
    }
    close(fd);
    return name;
}

/* Makes a name in a directory last. A directory that cannot be synced is not
 * worth failing for. */
static void sync_directory_of(const char *path)
{
    char *copy = own_copy(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd != -1) {
        (void)fsync(fd);
        close(fd);
    }
    free(copy);
}

/* Puts data there unless there is such a file already, which is as good. */
static int place_first(const char *path, const char *data, char why[WHY_MAX])
{
    char *name = write_beside(path, 0600, data, why);
    int rc = 0;

    if (!name)
        return -1;
    if (link(name, path) == -1 && errno != EEXIST)
        rc = refuse(why, "cannot make %s: %s", path, strerror(errno));
    unlink(name);
    free(name);
    sync_directory_of(path);
    return rc;
}

static bool holds(const char *path, const char *data)
{
    char text[4096];
    FILE *file = fopen(path, "re");

    if (!file)
        return false;
    size_t size = fread(text, 1, sizeof(text), file);
    fclose(file);
    return size == strlen(data) && memcmp(text, data, size) == 0;
}

/* Puts data there, instead of what may be there. A file that is right is left
 * alone: it may be on a read-only disk. */
static int place(const char *path, const char *data, char why[WHY_MAX])
{
    if (holds(path, data))
        return 0;
    char *name = write_beside(path, 0644, data, why);
    int rc = 0;

    if (!name)
        return -1;
    if (rename(name, path) == -1) {
        rc = refuse(why, "cannot make %s: %s", path, strerror(errno));
        unlink(name);
    }
    free(name);
    sync_directory_of(path);
    return rc;
}

/* ---- PEM ---- */

/* Returns what was written to memory as text, and frees memory. */
static char *text_of(BIO *memory)
{
    char *data;
    long size = BIO_get_mem_data(memory, &data);
    char *text = own_copy_of(data, size > 0 ? (size_t)size : 0);

    BIO_free(memory);
    return text;
}

static char *private_pem_of(EVP_PKEY *key)
{
    BIO *memory = BIO_new(BIO_s_mem());

    if (!memory || PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) != 1)
        abort(); /* out of memory */
    return text_of(memory);
}

static char *public_pem_of(EVP_PKEY *key)
{
    BIO *memory = BIO_new(BIO_s_mem());

    if (!memory || PEM_write_bio_PUBKEY(memory, key) != 1)
        abort(); /* out of memory */
    return text_of(memory);
}

/* OpenSSL would ask for a passphrase on the terminal. */
static int no_passphrase(char *text, int size, int is_written, void *self)
{
    (void)text;
    (void)size;
    (void)is_written;
    (void)self;
    return -1;
}

typedef EVP_PKEY *read_pem(FILE *file, EVP_PKEY **key, pem_password_cb *passphrase, void *self);

static EVP_PKEY *read_key(const char *path, read_pem *read, char why[WHY_MAX])
{
    FILE *file = fopen(path, "re");

    if (!file) {
        refuse(why, "cannot read %s: %s", path, strerror(errno));
        return NULL;
    }
    EVP_PKEY *key = read(file, NULL, no_passphrase, NULL);
    fclose(file);
    if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) >= KEY_BITS)
        return key;
    refuse(why, "%s holds no RSA key of at least %d bits in PEM", path, KEY_BITS);
    EVP_PKEY_free(key);
    return NULL;
}

static int make_key(const char *path, char why[WHY_MAX])
{
    EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);

    if (!key)
        return refuse(why, "cannot make an RSA key");
    char *pem = private_pem_of(key);
    int rc = place_first(path, pem, why);
    OPENSSL_cleanse(pem, strlen(pem));
    free(pem);
    EVP_PKEY_free(key);
    return rc;
}

/* ---- the key ---- */

static json_t *jwk_of(EVP_PKEY *key)
{
    json_t *jwk = jose_openssl_jwk_from_EVP_PKEY(NULL, key);

    /* With it, libjose refuses what claims to be of another algorithm. */
    if (!jwk || json_object_set_new(jwk, "alg", json_string("RS256")) == -1)
        abort(); /* out of memory */
    return jwk;
}

/* Takes key. */
static struct token_key *key_new(EVP_PKEY *key, bool is_private)
{
    struct token_key *self = own_zero(sizeof(*self));
    json_t *jwk = jwk_of(key);

    self->public_pem = public_pem_of(key);
    self->verified = verified_new();
    self->public_jwk = json_deep_copy(jwk);
    if (!self->public_jwk || !jose_jwk_pub(NULL, self->public_jwk))
        abort(); /* out of memory */
    if (is_private) {
        self->private_jwk = json_incref(jwk);
        self->claims = claims_table_new();
    }
    json_decref(jwk);
    EVP_PKEY_free(key);
    return self;
}

/* Several may start together: the first to place its key wins, and what all
 * of them use is what they then find there. */
struct token_key *token_key_open(const char *path, const char *public_path, char why[WHY_MAX])
{
    if (access(path, F_OK) == -1 && errno == ENOENT && make_key(path, why) == -1)
        return NULL;
    EVP_PKEY *key = read_key(path, PEM_read_PrivateKey, why);
    if (!key)
        return NULL;
    struct token_key *self = key_new(key, true);
    if (public_path && *public_path && place(public_path, self->public_pem, why) == -1)
        token_key_destroy(&self);
    return self;
}

struct token_key *token_key_open_public(const char *path, char why[WHY_MAX])
{
    EVP_PKEY *key = read_key(path, PEM_read_PUBKEY, why);

    return key ? key_new(key, false) : NULL;
}

void token_key_destroy(struct token_key **self_p)
{
    struct token_key *self = *self_p;

    *self_p = NULL;
    if (!self)
        return;
    json_decref(self->private_jwk);
    json_decref(self->public_jwk);
    free(self->public_pem);
    verified_destroy(&self->verified);
    claims_table_destroy(&self->claims);
    free(self);
}

const char *token_key_public_pem(const struct token_key *self)
{
    return self->public_pem;
}

const json_t *token_key_private_jwk(const struct token_key *self)
{
    assert(self->private_jwk); /* a public key cannot sign */
    return self->private_jwk;
}

const json_t *token_key_public_jwk(const struct token_key *self)
{
    return self->public_jwk;
}

struct verified *token_key_verified(const struct token_key *self)
{
    return self->verified;
}

struct claims_table *token_key_claims(const struct token_key *self)
{
    return self->claims;
}
