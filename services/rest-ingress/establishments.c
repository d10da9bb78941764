#include "establishments.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "utf8.h"

enum { NAME_MAX_CHARACTERS = 100, KEY_LEAST = 32, KEY_MOST = 200 };

/* ---- one value; each returns 0, or -1 with the reason in why ---- */

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (*text < '!' || *text > '~')
            return false;
    return true;
}

static int check_name(const char *name, char why[WHY_MAX])
{
    size_t length = utf8_length(name);

    for (const char *at = name; *at; at++)
        if ((unsigned char)*at < ' ')
            return refuse(why, "its name has a control character");
    return length >= 1 && length <= NAME_MAX_CHARACTERS
               ? 0
               : refuse(why, "its name has not 1 to %d characters", NAME_MAX_CHARACTERS);
}

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Whoever listens on the way could read along. */
static bool is_safe(const char *url)
{
    static const char *const own[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};

    if (begins(url, "https://"))
        return true;
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (begins(url, own[i]) && strchr(":/", url[strlen(own[i])]))
            return true;
    return false;
}

static int check_url(const char *url, char why[WHY_MAX])
{
    static const char characters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/[]";
    const char *host = strstr(url, "://");

    if (strlen(url) > ESTABLISHMENT_URL_MAX || url[strspn(url, characters)])
        return refuse(why, "its url is none");
    if (!is_safe(url))
        return refuse(why, "its url is not https");
    if (strchr(":/", host[3]) || url[strlen(url) - 1] == '/')
        return refuse(why, "its url has no host, or a slash at its end");
    return 0;
}

static int check_key(const char *key, char why[WHY_MAX])
{
    size_t size = strlen(key);

    return size >= KEY_LEAST && size <= KEY_MOST && is_printable(key)
               ? 0
               : refuse(why, "its key has not %d to %d printable characters", KEY_LEAST, KEY_MOST);
}

/* Written as requests have it. */
static int take_address(struct establishment *self, const char *text, char why[WHY_MAX])
{
    char bytes[sizeof(struct in6_addr)], address[INET6_ADDRSTRLEN] = "";
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;

    if (*text && (inet_pton(family, text, bytes) != 1 ||
                  !inet_ntop(family, bytes, address, sizeof(address))))
        return refuse(why, "its address is none");
    self->address = own_copy(address);
    return 0;
}

static void digest_key(const char *key, unsigned char bytes[DIGEST_BYTES])
{
    struct digest *digest = digest_new();

    digest_add(digest, key);
    digest_end(&digest, bytes);
}

/* ---- one of them ---- */

static const char *const names[] = {"name", "url", "key", "address"};
enum { NAMES = 4, NAMES_REQUIRED = 3 };

/* Whether all of it are texts that are known, and none is missing. */
static int check_members(const json_t *object, char why[WHY_MAX])
{
    size_t known = 0;

    for (size_t i = 0; i < NAMES; i++) {
        const json_t *value = json_object_get(object, names[i]);
        if ((value || i < NAMES_REQUIRED) && !json_is_string(value))
            return refuse(why, "its %s is no text", names[i]);
        known += value != NULL;
    }
    return json_object_size(object) == known
               ? 0
               : refuse(why, "it has more than name, url, key and address");
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

static int take(struct establishment *self, const json_t *object, char why[WHY_MAX])
{
    if (!json_is_object(object))
        return refuse(why, "it is no object");
    if (check_members(object, why) < 0)
        return -1;
    self->name = own_copy(text_of(object, "name"));
    self->url = own_copy(text_of(object, "url"));
    self->key = own_copy(text_of(object, "key"));
    digest_key(self->key, self->key_digest);
    if (check_name(self->name, why) < 0 || check_url(self->url, why) < 0 ||
        check_key(self->key, why) < 0)
        return -1;
    return take_address(self, text_of(object, "address"), why);
}

/* ---- all of them ---- */

static int check_different(const struct establishments *self, char why[WHY_MAX])
{
    const struct establishment *last = &self->items[self->count - 1];

    for (const struct establishment *other = self->items; other < last; other++)
        if (!strcmp(other->name, last->name) || !strcmp(other->url, last->url) ||
            !strcmp(other->key, last->key))
            return refuse(why, "another one has its name, url or key");
    return 0;
}

static int take_all(struct establishments *self, const json_t *list, char why[WHY_MAX])
{
    char reason[WHY_MAX];

    if (!json_is_array(list) || json_array_size(list) > ESTABLISHMENTS_MAX)
        return refuse(why, "it is no list of at most %d", ESTABLISHMENTS_MAX);
    self->items = own_zero((json_array_size(list) + 1) * sizeof(*self->items));
    while (self->count < json_array_size(list)) {
        size_t index = self->count++;
        if (take(&self->items[index], json_array_get(list, index), reason) < 0 ||
            check_different(self, reason) < 0)
            return refuse(why, "entry %zu: %s", index + 1, reason);
    }
    return 0;
}

int establishments_read(struct establishments *self, const char *text, size_t size,
                        char why[WHY_MAX])
{
    json_error_t error;
    json_t *list = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    int rc;

    *self = (struct establishments){0};
    if (list)
        rc = take_all(self, list, why);
    else
        rc = refuse(why, "not valid JSON: line %d, column %d", error.line, error.column);
    json_decref(list);
    if (rc < 0)
        establishments_clear(self);
    return rc;
}

void establishments_clear(struct establishments *self)
{
    for (size_t i = 0; i < self->count; i++) {
        struct establishment *item = &self->items[i];
        free(item->name);
        free(item->url);
        free(item->key);
        free(item->address);
    }
    free(self->items);
    *self = (struct establishments){0};
}

struct establishment *establishments_named(const struct establishments *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->items[i].name, name) == 0)
            return &self->items[i];
    return NULL;
}

struct establishment *establishments_at(const struct establishments *self, const char *url)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->items[i].url, url) == 0)
            return &self->items[i];
    return NULL;
}

struct establishment *establishments_with_key(const struct establishments *self, const char *key)
{
    struct establishment *found = NULL;
    unsigned char bytes[DIGEST_BYTES];

    digest_key(key, bytes);
    for (size_t i = 0; i < self->count; i++)
        if (digest_is_same(self->items[i].key_digest, bytes))
            found = &self->items[i];
    return found;
}
