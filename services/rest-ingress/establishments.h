/* establishments.h - the institutions that chats may be forwarded to, and be
 * taken over from (contract C-08, §3.4): the file KRATT_ESTABLISHMENTS. Pure.
 *
 *   [{"name":"Amet","url":"https://chat.amet.ee","key":"<32 to 200 characters>",
 *     "address":"192.0.2.7"}]
 *
 * name is what people see. url is where its Kratt is: https, or http on this
 * machine. key is a secret that both sides know, and nobody else: with it each
 * shows the other who it is. address, which may be left out, is what its
 * requests come from. Nobody but these is ever called. */
#ifndef ESTABLISHMENTS_H
#define ESTABLISHMENTS_H

#include "codec.h"
#include "digest.h"

enum { ESTABLISHMENTS_MAX = 100, ESTABLISHMENTS_SIZE = 256 * 1024, ESTABLISHMENT_URL_MAX = 300 };

struct establishment {
    char *name, *url, *key;
    char *address; /* as inet_ntop() writes it; "": any */
    unsigned char key_digest[DIGEST_BYTES];
    bool is_failing; /* it did not answer the last time */
};

struct establishments {
    struct establishment *items;
    size_t count;
};

/* Reads the file's text into self, in the order of the file. Names, addresses
 * and keys differ. Returns 0, and self is released with establishments_clear();
 * or -1 with the reason in why, which never shows a key, and self is empty. */
int establishments_read(struct establishments *self, const char *text, size_t size,
                        char why[WHY_MAX]);

void establishments_clear(struct establishments *self);

/* Each returns NULL when there is none; lent. */
struct establishment *establishments_named(const struct establishments *self, const char *name);
struct establishment *establishments_at(const struct establishments *self, const char *url);

/* Takes the same time for every key. */
struct establishment *establishments_with_key(const struct establishments *self, const char *key);

#endif
