/* password.h - passwords are kept as yescrypt hashes (crypt(5)). The only
 * file that knows libcrypt. Both functions take tens of milliseconds by
 * intention: a service that answers others runs them in an actor. */
#ifndef PASSWORD_H
#define PASSWORD_H

#include <stdbool.h>

enum { PASSWORD_LENGTH_MAX = 256 }; /* bytes */

/* Returns a hash with a new salt, which the caller frees; NULL when password
 * is too long. */
char *password_hash(const char *password);

/* Returns whether password makes this hash, compared in constant time. An
 * empty hash belongs to no password, and takes as long to find out. */
bool password_matches(const char *password, const char *hash);

#endif
