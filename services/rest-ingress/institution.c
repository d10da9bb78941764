#include "institution.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "own.h"

enum { PATH_MAX_SIZE = 100 }; /* of a row */

/* ---- the whole ---- */

static int read_file(struct ingress *ingress, const char *path)
{
    char why[WHY_MAX];
    zchunk_t *text = zchunk_slurp(path, ESTABLISHMENTS_SIZE);
    int rc;

    if (text)
        rc = establishments_read(&ingress->establishments, (const char *)zchunk_data(text),
                                 zchunk_size(text), why);
    else
        rc = refuse(why, "%s", strerror(errno));
    zchunk_destroy(&text);
    if (rc < 0)
        log_error("cannot read KRATT_ESTABLISHMENTS", "path", path, "why", why);
    return rc;
}

int institutions_open(struct ingress *ingress, const char *path, const struct fetch_limits *limits)
{
    if (!*path)
        return 0;
    if (read_file(ingress, path) < 0)
        return -1;
    ingress->institutions = fetch_new(frame_loop(ingress->frame), limits);
    log_info("chats may be forwarded", "establishments",
             log_number((long long)ingress->establishments.count));
    return 0;
}

void institutions_close(struct ingress *ingress)
{
    fetch_destroy(&ingress->institutions);
    establishments_clear(&ingress->establishments);
}

/* ---- asking ---- */

static void note(struct establishment *whom, const char *why)
{
    bool has_failed = *why != '\0';

    if (has_failed && !whom->is_failing)
        log_warn("an institution does not answer", "name", whom->name, "why", why);
    if (!has_failed && whom->is_failing)
        log_info("an institution answers again", "name", whom->name);
    whom->is_failing = has_failed;
}

static void refuse_now(struct exchange *exchange)
{
    exchange_refuse(exchange, 503, "institution_unavailable",
                    "The institution does not answer at the moment.");
}

static void on_fetched_there(void *arguments, const struct fetch_answer *answer)
{
    struct inquiry *self = arguments;

    self->ticket = 0;
    note(self->whom, answer->why);
    if (answer->status)
        self->then(self->exchange, answer);
    else
        refuse_now(self->exchange);
}

void institution_ask(struct inquiry *self, const char *path,
                     const char *const headers[FETCH_HEADERS], const char *body)
{
    char url[ESTABLISHMENT_URL_MAX + PATH_MAX_SIZE];
    struct fetch_question question = {.url = url, .body = body};

    snprintf(url, sizeof(url), "%s%s", self->whom->url, path);
    for (size_t i = 0; i < FETCH_HEADERS; i++)
        question.headers[i] = headers[i];
    self->ticket =
        fetch_ask(self->exchange->ingress->institutions, &question, on_fetched_there, self);
    if (!self->ticket)
        refuse_now(self->exchange);
}

void institution_leave(struct inquiry *self)
{
    if (self->ticket)
        fetch_forget(self->exchange->ingress->institutions, self->ticket);
    self->ticket = 0;
}
