#include "mailer.h"

#include <stdlib.h>
#include <string.h>

#include "chat_mail.h"
#include "clock.h"
#include "fetch.h"
#include "log.h"
#include "mail.h"
#include "metrics.h"
#include "notice.h"
#include "own.h"

enum {
    AT_ONCE = 4,
    HISTORIES = 16, /* that are held at a time, as they may be long; others wait for the next try */
    CONNECT_MS = 10 * 1000,
    TOTAL_MS = 30 * 1000,
    ANSWER_SIZE = 64 * 1024,
    THIS_ONE_REFUSED = 550, /* to 559: the server works, but not for this mail */
    REFUSED_END = 560,
};

/* A mail that was asked for. */
struct job {
    struct mailer *mailer;
    char *id;        /* of its row */
    uint64_t ticket; /* 0: it was sent */
    struct job *next_sent;
    bool is_added; /* sent, and in a batch that is not committed yet */
    bool is_history;
};

struct mailer {
    const struct mailer_settings *settings;
    struct fetch *fetch;
    zhashx_t *jobs;   /* row id to struct job *: under way, or sent and still a row; owned */
    struct job *sent; /* of these */
    size_t histories; /* likewise */
    void (*on_sent)(void *);
    void *context;
    bool is_failing, has_refused;
};

enum { SENT, FAILED, TOO_OLD, TOO_MANY, WAITING, METRICS };

static struct metric metrics[METRICS] = {
    [SENT] = {"kratt_mails_sent", METRIC_COUNTER, "Mails that the mail server took.", NULL, 0,
              NULL},
    [FAILED] = {"kratt_mails_failed", METRIC_COUNTER, "Mails that it did not take, at one try.",
                NULL, 0, NULL},
    [TOO_OLD] = {"kratt_mails_given_up", METRIC_COUNTER,
                 "Mails given up: tried for a day, or one too many.", "reason=\"too_old\"", 0,
                 NULL},
    [TOO_MANY] = {"kratt_mails_given_up", METRIC_COUNTER,
                  "Mails given up: tried for a day, or one too many.", "reason=\"too_many\"", 0,
                  NULL},
    [WAITING] = {"kratt_mails_waiting", METRIC_GAUGE, "Mails that are to be sent.", NULL, 0, NULL},
};

/* ---- settings ---- */

static bool is_under(const char *url, const char *scheme)
{
    size_t size = strlen(scheme);

    return strncmp(url, scheme, size) == 0 && url[size] != '\0';
}

static bool needs_tls(const struct mailer_settings *settings)
{
    return !streq(settings->tls, "none");
}

int mailer_check(const struct mailer_settings *settings, char why[WHY_MAX])
{
    bool is_smtps = is_under(settings->url, "smtps://");

    if (!*settings->url)
        return 0;
    if (!is_smtps && !is_under(settings->url, "smtp://"))
        return refuse(why, "KRATT_SMTP_URL is smtp://HOST:PORT or smtps://HOST:PORT");
    if (!mail_address_is_valid(settings->sender))
        return refuse(why, "KRATT_SMTP_SENDER is no address of a mail");
    if (needs_tls(settings) && !streq(settings->tls, "starttls"))
        return refuse(why, "KRATT_SMTP_TLS is starttls or none");
    if (!*settings->user != !*settings->password)
        return refuse(why, "KRATT_SMTP_USER and KRATT_SMTP_PASSWORD go together");
    if (*settings->user && !is_smtps && !needs_tls(settings))
        return refuse(why, "KRATT_SMTP_PASSWORD is not sent without TLS");
    return 0;
}

/* ---- jobs ---- */

static void job_destroy(struct job **place)
{
    struct job *self = *place;

    *place = NULL;
    self->mailer->histories -= self->is_history;
    if (self->ticket)
        fetch_forget(self->mailer->fetch, self->ticket);
    free(self->id);
    free(self);
}

/* ---- what came of it ---- */

static void note_failure(struct mailer *self, const struct fetch_answer *answer)
{
    bool is_its_own = answer->status >= THIS_ONE_REFUSED && answer->status < REFUSED_END;
    bool *is_known = is_its_own ? &self->has_refused : &self->is_failing;

    if (!*is_known)
        log_warn(is_its_own ? "the mail server refuses a mail" : "the mail server takes no mails",
                 "why", answer->why);
    *is_known = true;
}

static void note_success(struct mailer *self)
{
    if (self->is_failing)
        log_info("the mail server takes mails again");
    self->is_failing = false;
}

static void on_answer(void *arguments, const struct fetch_answer *answer)
{
    struct job *job = arguments;
    struct mailer *self = job->mailer;
    bool is_sent = answer->status && !*answer->why;

    job->ticket = 0;
    metrics[is_sent ? SENT : FAILED].value++;
    if (!is_sent) {
        note_failure(self, answer);
        zhashx_delete(self->jobs, job->id);
        return;
    }
    note_success(self);
    job->next_sent = self->sent;
    self->sent = job;
    self->on_sent(self->context);
}

/* ---- sending ---- */

static void name(char *message_id)
{
    for (char *c = message_id; *c; c++)
        if (*c == ':')
            *c = '-';
}

static char *compose(const struct mailer *self, const char *row_id, const struct notice_mail *read)
{
    char *message_id = own_copy(row_id);
    const struct mail mail = {.from = self->settings->sender,
                              .to = read->to,
                              .id = message_id,
                              .subject = read->subject,
                              .text = read->text,
                              .at = clock_wall_ms()};
    size_t size;

    name(message_id);
    char *message = mail_compose(&mail, &size);
    free(message_id);
    return message;
}

static uint64_t ask(struct mailer *self, const struct notice_mail *read, const char *message,
                    struct job *job)
{
    const struct mailer_settings *settings = self->settings;
    const struct fetch_envelope envelope = {.from = settings->sender,
                                            .to = read->to,
                                            .user = settings->user,
                                            .password = settings->password,
                                            .needs_tls = needs_tls(settings)};

    return fetch_ask(
        self->fetch,
        &(struct fetch_question){.url = settings->url, .body = message, .envelope = &envelope},
        on_answer, job);
}

static void start(struct mailer *self, const struct deadline *row, const struct notice_mail *read)
{
    struct job *job = own_zero(sizeof(*job));
    char *message = compose(self, row->id, read);

    job->mailer = self;
    job->id = own_copy(row->id);
    job->is_history = text_is(row->kind, KIND_HISTORY);
    self->histories += job->is_history;
    job->ticket = ask(self, read, message, job);
    free(message);
    if (job->ticket)
        zhashx_insert(self->jobs, job->id, job);
    else
        job_destroy(&job); /* there are too many, which is counted: the next try is set */
}

static void try(struct mailer *self, const struct deadline *row)
{
    struct notice_mail read;

    if (notice_read(row, &read) == 0 && mail_address_is_valid(read.to))
        start(self, row, &read);
    free(read.to);
}

/* Its text is the chat as it is now. */
static void try_history(struct mailer *self, const struct deadline *row, struct store *store)
{
    struct messages_found found = {0};
    struct deadline mail = *row;
    char chat_id[UUID_SIZE];

    if (self->histories < HISTORIES && chat_mail_chat(row, chat_id) == 0 &&
        store_read_messages(store, chat_id, 0, 0, &found.messages) == 0) {
        mail.body = chat_mail_body(row, &found.messages);
        try(self, &mail);
        free(mail.body);
    }
    message_clear(&message_types[MESSAGE_messages_found], &found);
}

void mailer_take(struct mailer *self, const struct decision *decision, struct store *store)
{
    metrics[TOO_OLD].value += decision->mails_given_up;
    metrics[TOO_MANY].value += decision->mails_dropped;
    for (size_t i = 0; i < decision->deadlines.count && self; i++) {
        const struct deadline *row = &decision->deadlines.items[i];
        if (!row->due || !notice_is_mail(row) || zhashx_lookup(self->jobs, row->id))
            continue;
        if (text_is(row->kind, KIND_HISTORY))
            try_history(self, row, store);
        else
            try(self, row);
    }
}

/* ---- rows that are done with ---- */

void mailer_add_sent(struct mailer *self, struct batch *batch)
{
    for (struct job *job = self ? self->sent : NULL; job; job = job->next_sent) {
        const struct deadline row = {.id = job->id, .kind = (char *)KIND_MAIL};
        batch_add_nothing(batch);
        batch_set_deadline(batch, &row);
        job->is_added = true;
    }
}

void mailer_forget_sent(struct mailer *self, bool is_committed)
{
    struct job **place = self ? &self->sent : NULL;

    while (place && *place) {
        struct job *job = *place;
        bool is_over = job->is_added && is_committed;
        job->is_added = false;
        if (is_over) {
            *place = job->next_sent;
            zhashx_delete(self->jobs, job->id);
        } else {
            place = &job->next_sent;
        }
    }
}

void mailer_drop(struct mailer *self)
{
    if (!self)
        return;
    self->sent = NULL;
    zhashx_purge(self->jobs);
}

/* ---- the whole ---- */

struct mailer *mailer_new(zloop_t *loop, const struct mailer_settings *settings,
                          void (*on_sent)(void *), void *context)
{
    const struct fetch_limits limits = {.under_way = AT_ONCE,
                                        .waiting = (size_t)settings->most,
                                        .connect_ms = CONNECT_MS,
                                        .total_ms = TOTAL_MS,
                                        .answer_size = ANSWER_SIZE,
                                        .ca = settings->ca};

    if (!*settings->url)
        return NULL;
    for (size_t i = 0; i < METRICS; i++)
        metrics_add(&metrics[i]);
    struct mailer *self = own_zero(sizeof(*self));
    self->settings = settings;
    self->fetch = fetch_new(loop, &limits);
    self->jobs = zhashx_new();
    zhashx_set_destructor(self->jobs, (czmq_destructor *)job_destroy);
    self->on_sent = on_sent;
    self->context = context;
    return self;
}

void mailer_destroy(struct mailer **self_p)
{
    struct mailer *self = *self_p;

    *self_p = NULL;
    if (!self)
        return;
    mailer_drop(self);
    zhashx_destroy(&self->jobs);
    fetch_destroy(&self->fetch);
    free(self);
}

void mailer_show(const struct memory *memory)
{
    metrics[WAITING].value = memory->mails;
}
