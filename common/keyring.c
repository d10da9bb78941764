#include "keyring.h"

#include <czmq.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE_SIZE = 128 };

static bool is_key(const char *text)
{
    uint8_t bytes[32];

    return strlen(text) == KEY_SIZE - 1 && zmq_z85_decode(bytes, text);
}

/* Takes the key of one line; an empty one has none. */
static int take_line(struct key_list *list, char *line)
{
    line[strcspn(line, "\r\n")] = '\0';
    if (!*line)
        return 0;
    if (!is_key(line) || list->count == KEYS_MAX)
        return -1;
    memcpy(list->keys[list->count++], line, KEY_SIZE);
    return 0;
}

static int read_lines(struct key_list *list, FILE *file, const char *path, FILE *complaints)
{
    char line[LINE_SIZE];
    int rc = 0;

    while (rc == 0 && fgets(line, sizeof(line), file))
        rc = take_line(list, line);
    if (rc == 0 && list->count > 0)
        return 0;
    fprintf(complaints, "%s has to have one to %d keys of %d characters, one a line\n", path,
            KEYS_MAX, KEY_SIZE - 1);
    return -1;
}

int key_list_read(struct key_list *list, const char *path, FILE *complaints)
{
    FILE *file = fopen(path, "re");

    memset(list, 0, sizeof(*list));
    if (!file) {
        int reason = errno;
        fprintf(complaints, "%s cannot be read: %s\n", path, strerror(reason));
        errno = reason;
        return -1;
    }
    int rc = read_lines(list, file, path, complaints);
    fclose(file);
    errno = 0;
    return rc;
}

/* What others may read is no secret. */
static int check_mode(const char *path, FILE *complaints)
{
    struct stat found;

    if (stat(path, &found) == -1 || !(found.st_mode & (S_IRWXG | S_IRWXO)))
        return 0; /* that it is not there is told when it is read */
    fprintf(complaints, "%s may be read or written by others; it needs mode 0600\n", path);
    return -1;
}

static int read_secret(struct keyring *keyring, const char *folder, FILE *complaints)
{
    struct key_list list;
    char path[PATH_MAX];
    int rc = -1;

    snprintf(path, sizeof(path), "%s/secret", folder);
    if (check_mode(path, complaints) == 0 && key_list_read(&list, path, complaints) == 0) {
        memcpy(keyring->secret_key, list.keys[0], KEY_SIZE);
        rc = zmq_curve_public(keyring->public_key, keyring->secret_key);
    }
    return rc;
}

/* Else the others would not know what it shows. */
static int check_own(const struct keyring *keyring, enum peer self, FILE *complaints)
{
    const struct key_list *own = &keyring->peers[self];

    for (int i = 0; i < own->count; i++)
        if (strcmp(own->keys[i], keyring->public_key) == 0)
            return 0;
    fprintf(complaints, "the secret key of %s is none of its public ones\n", peer_names[self]);
    return -1;
}

int keyring_read(struct keyring *keyring, const char *folder, enum peer self, FILE *complaints)
{
    char path[PATH_MAX];

    memset(keyring, 0, sizeof(*keyring));
    int rc = read_secret(keyring, folder, complaints);
    for (int peer = 0; peer < PEER_COUNT; peer++) {
        if (peer != (int)self && !peers_meet(self, (enum peer)peer))
            continue;
        snprintf(path, sizeof(path), "%s/%s.public", folder, peer_names[peer]);
        if (key_list_read(&keyring->peers[peer], path, complaints) == -1)
            rc = -1;
    }
    return rc == 0 ? check_own(keyring, self, complaints) : -1;
}
