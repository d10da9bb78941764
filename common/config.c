#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

enum { NAME_SIZE = 128, SECRET_MAX = 64 * 1024 };

/* Secrets that came from files live as long as the process, as the
 * environment does. */
struct kept {
    struct kept *next;
    char text[];
};

static struct kept *kept;

static char *keep(const char *text, size_t size)
{
    struct kept *self = own_zero(sizeof(*self) + size + 1);

    memcpy(self->text, text, size);
    self->next = kept;
    kept = self;
    return self->text;
}

static int64_t most_of(const struct setting *setting)
{
    return setting->least == 0 && setting->most == 0 ? INT64_MAX : setting->most;
}

static int read_number(const struct setting *setting, const char *text, FILE *complaints)
{
    char *end;
    int64_t most = most_of(setting);

    errno = 0;
    int64_t number = strtoll(text, &end, 10);
    if (errno || end == text || *end || isspace((unsigned char)*text)) {
        fprintf(complaints, "%s is not a whole number: %s\n", setting->name, text);
        return -1;
    }
    if (number < setting->least || number > most) {
        fprintf(complaints, "%s is not from %lld to %lld: %s\n", setting->name,
                (long long)setting->least, (long long)most, text);
        return -1;
    }
    *(int64_t *)setting->value = number;
    return 0;
}

/* Returns the content of the file without the end of its last line, or NULL
 * with errno set. */
static const char *read_secret(const char *path)
{
    char *text = own_zero(SECRET_MAX + 1);
    const char *secret = NULL;
    FILE *file = fopen(path, "re");

    if (file) {
        size_t size = fread(text, 1, SECRET_MAX + 1, file);
        bool failed = ferror(file);
        fclose(file);
        if (size && text[size - 1] == '\n')
            size--;
        if (size && text[size - 1] == '\r')
            size--;
        if (size > SECRET_MAX || memchr(text, '\0', size))
            errno = EINVAL;
        else if (!failed)
            secret = keep(text, size);
    }
    explicit_bzero(text, SECRET_MAX + 1);
    free(text);
    return secret;
}

/* Returns 1 when NAME_FILE gave the secret, 0 when it is not set, or -1. */
static int read_secret_file(const struct setting *setting, FILE *complaints)
{
    char name[NAME_SIZE];

    snprintf(name, sizeof(name), "%s_FILE", setting->name);
    const char *path = getenv(name);
    if (!path)
        return 0;
    if (getenv(setting->name)) {
        fprintf(complaints, "%s and %s are both set\n", setting->name, name);
        return -1;
    }
    const char *secret = read_secret(path);
    if (!secret) {
        fprintf(complaints, "%s cannot be read: %s: %s\n", name, path, strerror(errno));
        return -1;
    }
    *(const char **)setting->value = secret;
    return 1;
}

static int read_setting(const struct setting *setting, FILE *complaints)
{
    const char *text = getenv(setting->name);

    if (setting->type == SETTING_SECRET) {
        int rc = read_secret_file(setting, complaints);
        if (rc != 0)
            return rc == 1 ? 0 : -1;
    }
    if (!text)
        text = setting->fallback;
    if (!text) {
        fprintf(complaints, "%s is not set: %s\n", setting->name, setting->doc);
        return -1;
    }
    if (setting->type == SETTING_NUMBER)
        return read_number(setting, text, complaints);
    *(const char **)setting->value = text;
    return 0;
}

int config_read(const struct setting *settings, FILE *complaints)
{
    int rc = 0;

    for (; settings->name; settings++)
        if (read_setting(settings, complaints) == -1)
            rc = -1;
    return rc;
}

static void print_setting(const struct setting *setting, FILE *out)
{
    fprintf(out, "%-28s %s", setting->name, setting->doc);
    if (setting->type == SETTING_NUMBER && most_of(setting) != INT64_MAX)
        fprintf(out, ", %lld to %lld", (long long)setting->least, (long long)setting->most);
    if (setting->type == SETTING_SECRET)
        fprintf(out, ", or a file with it in %s_FILE", setting->name);
    if (!setting->fallback)
        fputs(" (required)\n", out);
    else
        fprintf(out, " (%s)\n", *setting->fallback ? setting->fallback : "empty");
}

void config_print(const struct setting *settings, FILE *out)
{
    for (; settings->name; settings++)
        print_setting(settings, out);
}
