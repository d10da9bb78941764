/* keys - makes the CURVE keys of the five services: a folder for each, with
 * what it may know and nothing else (common/keyring.h). What is there is kept.
 *
 * Keys are changed in three steps, so that at no time a peer meets a key that
 * it does not know: see deploy/README.md. */
#include <czmq.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keyring.h"

static const char usage[] =
    "Usage: keys DIR [next SERVICE | switch SERVICE | retire SERVICE]\n\n"
    "Makes the keys of the services in DIR, a folder for each; keeps those that are there.\n\n"
    "  next SERVICE     make its next key; the others accept it when they have restarted\n"
    "  switch SERVICE   make that the key it shows; restart it, then the others\n"
    "  retire SERVICE   nobody accepts its former keys when the others have restarted\n";

static const char *folder;

/* The path of a file in a service's folder; valid until the second call after. */
static const char *path_of(int service, const char *name)
{
    static char paths[2][PATH_MAX];
    static int which;

    which = !which;
    snprintf(paths[which], PATH_MAX, "%s/%s/%s", folder, peer_names[service], name);
    return paths[which];
}

static const char *public_of(int service, int whose)
{
    char name[64];

    snprintf(name, sizeof(name), "%s.public", peer_names[whose]);
    return path_of(service, name);
}

static int complain(const char *what, const char *path)
{
    fprintf(stderr, "keys: cannot %s %s: %s\n", what, path, strerror(errno));
    return -1;
}

/* ---- files ---- */

static int make_folder(const char *path)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return 0;
    return complain("make", path);
}

static int write_all(int file, const char *text)
{
    size_t size = strlen(text);

    return write(file, text, size) == (ssize_t)size && fsync(file) == 0 ? 0 : -1;
}

/* The whole file or what was there: a service may be starting just now. */
static int put(const char *path, const char *text)
{
    char fresh[PATH_MAX + 8];

    snprintf(fresh, sizeof(fresh), "%s.new", path);
    (void)unlink(fresh); /* of a run that was cut off */
    int file = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file == -1)
        return complain("write", fresh);
    int rc = write_all(file, text);
    close(file);
    if (rc == -1 || rename(fresh, path) == -1)
        return complain("write", path);
    return 0;
}

static int put_keys(const char *path, const struct key_list *list)
{
    char text[KEYS_MAX * KEY_SIZE + 1] = "";
    char *end = text;

    for (int i = 0; i < list->count; i++)
        end += sprintf(end, "%s\n", list->keys[i]);
    return put(path, text);
}

static int put_secret(const char *path, const char *secret_key)
{
    struct key_list list = {.count = 1};

    memcpy(list.keys[0], secret_key, KEY_SIZE);
    return put_keys(path, &list);
}

/* ---- what is there ---- */

static int make_pair(const char *path, char public_key[KEY_SIZE])
{
    char secret_key[KEY_SIZE];

    if (zmq_curve_keypair(public_key, secret_key) == -1)
        return complain("make a key for", path);
    return put_secret(path, secret_key);
}

/* Fills in the public key that belongs to the secret one in path. */
static int read_pair(const char *path, char public_key[KEY_SIZE])
{
    struct key_list secret;

    if (key_list_read(&secret, path, stderr) == -1)
        return -1;
    return zmq_curve_public(public_key, secret.keys[0]);
}

/* Makes the key pair of a service, unless it has one. */
static int keep_pair(int service)
{
    struct key_list list = {.count = 1};
    const char *secret = path_of(service, "secret");
    const char *public = public_of(service, service);
    int rc;

    if (access(secret, F_OK) == 0 && access(public, F_OK) == 0)
        return 0;
    if (access(secret, F_OK) == 0)
        rc = read_pair(secret, list.keys[0]);
    else
        rc = make_pair(secret, list.keys[0]);
    return rc == 0 ? put_keys(public, &list) : -1;
}

/* Gives the public keys of a service to those who meet it. */
static int share(int service)
{
    struct key_list list;
    int rc = key_list_read(&list, public_of(service, service), stderr);

    for (int other = 0; rc == 0 && other < PEER_COUNT; other++)
        if (other != service && peers_meet((enum peer)service, (enum peer)other))
            rc = put_keys(public_of(other, service), &list);
    return rc;
}

static int keep_all(void)
{
    if (make_folder(folder) == -1)
        return -1;
    for (int service = 0; service < PEER_COUNT; service++)
        if (make_folder(path_of(service, "")) == -1 || keep_pair(service) == -1)
            return -1;
    for (int service = 0; service < PEER_COUNT; service++)
        if (share(service) == -1)
            return -1;
    return 0;
}

/* ---- another key ---- */

static int add_next(int service)
{
    struct key_list list;
    const char *next = path_of(service, "next");
    const char *public = public_of(service, service);

    if (access(next, F_OK) == 0) {
        fprintf(stderr, "keys: %s has its next key already\n", peer_names[service]);
        return -1;
    }
    if (key_list_read(&list, public, stderr) == -1)
        return -1;
    if (list.count == KEYS_MAX) {
        fprintf(stderr, "keys: %s has too many keys; retire the old ones\n", peer_names[service]);
        return -1;
    }
    return make_pair(next, list.keys[list.count++]) == 0 ? put_keys(public, &list) : -1;
}

/* The key that is shown comes first. */
static int show_next(int service)
{
    struct key_list list, turned = {.count = 1};
    const char *next = path_of(service, "next");

    if (read_pair(next, turned.keys[0]) == -1)
        return -1;
    if (rename(next, path_of(service, "secret")) == -1)
        return complain("take", path_of(service, "next"));
    if (key_list_read(&list, public_of(service, service), stderr) == -1)
        return -1;
    for (int i = 0; i < list.count && turned.count < KEYS_MAX; i++)
        if (strcmp(list.keys[i], turned.keys[0]) != 0)
            memcpy(turned.keys[turned.count++], list.keys[i], KEY_SIZE);
    return put_keys(public_of(service, service), &turned);
}

static int retire_old(int service)
{
    struct key_list list = {.count = 1};

    if (access(path_of(service, "next"), F_OK) == 0) {
        fprintf(stderr, "keys: %s does not show its next key yet\n", peer_names[service]);
        return -1;
    }
    if (read_pair(path_of(service, "secret"), list.keys[0]) == -1)
        return -1;
    return put_keys(public_of(service, service), &list);
}

static int change(const char *how, const char *name)
{
    int service = (int)peer_named(name);

    if (service == PEER_COUNT) {
        fprintf(stderr, "keys: there is no service %s\n", name);
        return -1;
    }
    if (streq(how, "next"))
        return add_next(service) == 0 ? share(service) : -1;
    if (streq(how, "switch"))
        return show_next(service) == 0 ? share(service) : -1;
    if (streq(how, "retire"))
        return retire_old(service) == 0 ? share(service) : -1;
    fputs(usage, stderr);
    return -1;
}

int main(int argc, char **argv)
{
    if (argc == 2 && streq(argv[1], "--help")) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    if ((argc != 2 && argc != 4) || *argv[1] == '-') {
        fputs(usage, stderr);
        return EXIT_FAILURE;
    }
    umask(077);
    folder = argv[1];
    if (keep_all() == -1 || (argc == 4 && change(argv[2], argv[3]) == -1))
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
