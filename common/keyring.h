/* keyring.h - the CURVE keys of one service, in a folder of its own.
 *
 *     <folder>/secret             its secret key; its owner alone may read it
 *     <folder>/<service>.public   the keys that a service shows: its own, and
 *                                 those of the services it shares a socket with
 *
 * A key is 40 characters of Z85 (https://rfc.zeromq.org/spec/32/), one a line.
 * A service has more than one public key only while keys are changed: it may
 * show any of them, and as a server it shows the first. Several processes of
 * one service share its keys. deploy/keys.c writes such folders. */
#ifndef KEYRING_H
#define KEYRING_H

#include <stdio.h>

#include "peers.h"

enum {
    KEY_SIZE = 41, /* with a zero byte */
    KEYS_MAX = 4,  /* of one service */
};

/* The public keys of one service. */
struct key_list {
    int count;
    char keys[KEYS_MAX][KEY_SIZE];
};

struct keyring {
    char secret_key[KEY_SIZE];
    char public_key[KEY_SIZE]; /* that belongs to it */
    struct key_list peers[PEER_COUNT];
};

/* Reads what self may know. Returns 0, or -1 after naming every fault on
 * complaints, one a line; never with a part of a key. */
int keyring_read(struct keyring *keyring, const char *folder, enum peer self, FILE *complaints);

/* Reads the keys of one file: 0, or -1 as above; errno is ENOENT when there is
 * no such file. */
int key_list_read(struct key_list *list, const char *path, FILE *complaints);

#endif
