/* establishments - prints what the front door has to know of the file
 * KRATT_ESTABLISHMENTS: for each institution where the streams of a chat go that
 * was forwarded there (services/rest-ingress/README.md). haproxy takes it with
 * one more -f. Keys are not printed. */
#include "establishments.h"

#include <czmq.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

/* Where a url leads to, as haproxy wants it; all are lent by the url, but for
 * their ends. */
struct target {
    bool is_safe;          /* https */
    const char *authority; /* and its size */
    int authority_size;
    const char *path; /* "" or "/…" */
    const char *port; /* ":443" when the url has none; else "" */
};

static struct target target_of(const char *url)
{
    struct target target = {.is_safe = strncmp(url, "https:", strlen("https:")) == 0};

    target.authority = strstr(url, "://") + strlen("://");
    target.authority_size = (int)strcspn(target.authority, "/");
    target.path = target.authority + target.authority_size;
    /* The colon of a port comes after the bracket of an address. */
    const char *bracket = memrchr(target.authority, ']', (size_t)target.authority_size);
    const char *rest = bracket ? bracket : target.authority;
    bool has_port = memchr(rest, ':', (size_t)(target.path - rest)) != NULL;
    target.port = has_port ? "" : target.is_safe ? ":443" : ":80";
    return target;
}

/* Its name is made of the url, as haproxy's converter "hex" does it. */
static void print_name(const char *url)
{
    printf("\nbackend at-");
    for (; *url; url++)
        printf("%02X", (unsigned char)*url);
    printf("\n");
}

static void print_tls(const struct target *target)
{
    int size = (int)strcspn(target->authority, ":/");
    const char *ca = getenv("KRATT_OUTGOING_CA");

    printf(" ssl verify required ca-file %s sni str(%.*s) verifyhost %.*s",
           ca && *ca ? ca : "@system-ca", size, target->authority, size, target->authority);
}

static void print_one(const struct establishment *item)
{
    const struct target target = target_of(item->url);

    print_name(item->url);
    printf("    # %s\n", item->url);
    printf("    http-request set-header Host %.*s\n", target.authority_size, target.authority);
    printf("    http-request set-header Cookie chatJwt=%%[req.cook(redirectJwt)]\n");
    if (*target.path)
        printf("    http-request set-path %s%%[path]\n", target.path);
    printf("    timeout server 1d\n    option srvtcpka\n    srvtcpka-idle 5s\n"
           "    srvtcpka-intvl 3s\n    srvtcpka-cnt 5\n");
    printf("    server there %.*s%s resolvers outside init-addr last,libc,none",
           target.authority_size, target.authority, target.port);
    if (target.is_safe)
        print_tls(&target);
    printf("\n");
}

static void print_all(const struct establishments *list)
{
    printf("# Made by establishments from KRATT_ESTABLISHMENTS.\n\nresolvers outside\n"
           "    parse-resolv-conf\n    accepted_payload_size 8192\n");
    for (size_t i = 0; i < list->count; i++)
        print_one(&list->items[i]);
}

int main(int argc, char **argv)
{
    struct establishments list = {0};
    char why[WHY_MAX];
    int rc = -1;

    if (argc != 2 || *argv[1] == '-') {
        fputs("Usage: establishments FILE\n\nPrints the front door's part of FILE "
              "(KRATT_ESTABLISHMENTS).\n",
              stderr);
        return 2;
    }
    zchunk_t *text = zchunk_slurp(argv[1], ESTABLISHMENTS_SIZE);
    if (text)
        rc = establishments_read(&list, (const char *)zchunk_data(text), zchunk_size(text), why);
    else
        refuse(why, "%s", strerror(errno));
    zchunk_destroy(&text);
    if (rc == 0)
        print_all(&list);
    else
        fprintf(stderr, "establishments: %s: %s\n", argv[1], why);
    establishments_clear(&list);
    return rc == 0 ? 0 : 1;
}
