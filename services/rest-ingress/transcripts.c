/* transcripts.c - a chat as a file: text, or a PDF of it, which is made in an
 * actor; or by e-mail, which is chat-state's to send. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handlers.h"
#include "jobs.h"
#include "log.h"
#include "metrics.h"
#include "own.h"
#include "transcript.h"
#include "transcript_pdf.h"
#include "view.h"

enum {
    PDFS_MAX = 8,  /* that wait or are being made */
    REST_MS = 300, /* what is left of a request's time when its PDF has to be ready */
};

static const char refused[] = "kratt_pdfs_refused";
static const char refused_help[] = "Transcripts that did not become a PDF.";

static struct metric busy = {refused, METRIC_COUNTER, refused_help, "why=\"too many\"", 0, NULL};
static struct metric large = {refused, METRIC_COUNTER, refused_help, "why=\"too large\"", 0, NULL};
static struct metric failed = {refused, METRIC_COUNTER, refused_help, "why=\"not made\"", 0, NULL};

struct jobs *transcripts_open(zloop_t *loop)
{
    metrics_add(&busy);
    metrics_add(&large);
    metrics_add(&failed);
    return jobs_new(loop, PDFS_MAX, pdf_do, pdf_destroy);
}

/* ---- which form ---- */

/* Of the two media types, the one that Accept names first; weights are not
 * looked at. */
static bool prefers_pdf(const struct exchange *self)
{
    const char *accept = http_header(self->request, "Accept");
    const char *pdf = accept ? strcasestr(accept, "application/pdf") : NULL;
    const char *text = accept ? strcasestr(accept, "text/plain") : NULL;

    return pdf && (!text || pdf < text);
}

static bool wants_pdf(const struct exchange *self)
{
    const char *format = input_text(&self->parameters, "format");

    return *format ? strcmp(format, "pdf") == 0 : prefers_pdf(self);
}

int fill_transcript(struct exchange *self, void *message)
{
    const char *format = input_text(&self->parameters, "format");

    (void)message;
    if (*format && strcmp(format, "txt") != 0 && strcmp(format, "pdf") != 0)
        return refuse_with(&self->refusal, 422, "value_out_of_limits",
                           "format must be txt or pdf.");
    return 0;
}

/* ---- the file ---- */

/* What its name is made of, and the PDF that is awaited. */
struct download {
    struct exchange *exchange;
    uint64_t ticket; /* 0: none */
    char chat_id[UUID_SIZE];
    int64_t began;
};

static void download_destroy(void *work)
{
    struct download *self = work;

    if (self->ticket)
        jobs_forget(self->exchange->ingress->pdfs, self->ticket);
    free(self);
}

static void send_file(const struct download *self, const char *ending, const char *content_type,
                      const msgpack_sbuffer *bytes)
{
    struct http_request *request = self->exchange->request;
    char name[TRANSCRIPT_NAME_SIZE], disposition[TRANSCRIPT_NAME_SIZE + 40];

    transcript_name(name, self->chat_id, self->began, ending);
    snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s\"", name);
    http_answer_header(request, "Content-Disposition", disposition);
    /* Pages may read no other header of an answer (Fetch, CORS protocol). */
    http_answer_header(request, "Access-Control-Expose-Headers", "Content-Disposition");
    exchange_send_bytes(self->exchange, content_type, bytes);
}

/* ---- as PDF ---- */

static void refuse_large(struct exchange *self)
{
    large.value++;
    exchange_refuse(self, 422, "transcript_too_large",
                    "This chat is too large for a PDF; the text can be had.");
}

static void refuse_for_now(struct exchange *self, struct metric *why)
{
    why->value++;
    exchange_refuse(self, 503, "unavailable",
                    "The PDF cannot be made just now; the text can be had.");
}

static void on_pdf(void *arguments, void *work)
{
    struct download *self = arguments;
    const struct pdf *pdf = work;

    self->ticket = 0;
    switch (pdf->outcome) {
    case PDF_IS_MADE:
        send_file(self, "pdf", "application/pdf", &pdf->bytes);
        return;
    case PDF_IS_TOO_LARGE:
        refuse_large(self->exchange);
        return;
    case PDF_IS_NOT_MADE:
        log_warn("no PDF was made", "why", pdf->why);
        refuse_for_now(self->exchange, &failed);
    }
}

static void send_pdf(struct download *self, const msgpack_sbuffer *text)
{
    struct exchange *exchange = self->exchange;

    if (text->size > PDF_TEXT_MAX) {
        refuse_large(exchange);
        return;
    }
    self->ticket = jobs_add(exchange->ingress->pdfs, pdf_new(text, exchange->deadline.at - REST_MS),
                            on_pdf, self);
    if (!self->ticket)
        refuse_for_now(exchange, &busy);
}

/* ---- as text ---- */

static struct download *download_new(struct exchange *exchange, const struct message *first)
{
    struct download *self = own_zero(sizeof(*self));

    self->exchange = exchange;
    memcpy(self->chat_id, first->chat_id, UUID_SIZE);
    self->began = first->created;
    exchange->work = self;
    exchange->destroy_work = download_destroy;
    return self;
}

static void send_transcript(struct exchange *self, const struct message_list *messages)
{
    const struct transcript_rules rules = {
        .is_for_agents = self->identity.kind == IDENTITY_AGENT,
        .names_agents =
            configuration_flag(&self->ingress->configuration, CONFIGURATION_is_csa_name_visible),
    };
    struct download *download = download_new(self, &messages->items[0]);
    msgpack_sbuffer text;

    msgpack_sbuffer_init(&text);
    transcript_text(&text, download->chat_id, messages, &rules);
    if (wants_pdf(self))
        send_pdf(download, &text);
    else
        send_file(download, "txt", "text/plain;charset=UTF-8", &text);
    msgpack_sbuffer_destroy(&text);
}

static void on_messages(struct exchange *self, enum message_id type, const void *answer)
{
    const struct messages_found *found = answer;

    if (type != self->route->answer)
        exchange_failed(self, type, answer);
    else if (found->messages.count == 0)
        exchange_refuse(self, 404, "chat_not_found", "There is no such chat.");
    else
        send_transcript(self, &found->messages);
}

void handle_transcript(struct exchange *self)
{
    exchange_ask(self, on_messages, ASK_MS);
}

/* ---- by e-mail ---- */

int shape_mailed(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    (void)answer;
    view_string(out, "Chat history will be sent");
    return 0;
}
