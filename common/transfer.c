#include "transfer.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"

enum {
    LOOK_MS = 1000,     /* at the longest between two looks at the pipe */
    SMTP_REFUSED = 400, /* and above (RFC 5321 §4.2.1) */
};

/* One that is under way. */
struct running {
    struct transfer *transfer;
    CURL *easy;
    struct curl_slist *headers;
    struct curl_slist *recipients; /* of a mail */
    size_t head_size, limit, sent; /* sent: bytes of a mail */
    char error[CURL_ERROR_SIZE];
    struct running *next, **place; /* place: what points here */
};

struct transfers {
    zsock_t *pipe;
    CURLM *multi;
    const struct fetch_limits *limits;
    struct running *first;
};

void transfers_open(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort(); /* out of memory */
}

void transfers_close(void)
{
    curl_global_cleanup();
}

void transfer_send(zsock_t *pipe, struct transfer *transfer)
{
    const void *pointer = transfer;
    zframe_t *frame = zframe_new(&pointer, sizeof(pointer));

    zframe_send(&frame, pipe, 0);
}

struct transfer *transfer_of(zframe_t *frame)
{
    void *pointer = NULL;

    if (zframe_size(frame) == sizeof(pointer))
        memcpy(&pointer, zframe_data(frame), sizeof(pointer));
    return pointer;
}

/* ---- what comes ---- */

static size_t on_body(char *data, size_t one, size_t size, void *arguments)
{
    const struct running *self = arguments;
    struct transfer *transfer = self->transfer;

    (void)one; /* is 1 */
    if (size > self->limit - transfer->answer_size) {
        refuse(transfer->why, "the answer is longer than %zu bytes", self->limit);
        return 0;
    }
    transfer->answer = own_grow(transfer->answer, transfer->answer_size + size + 1);
    memcpy(transfer->answer + transfer->answer_size, data, size);
    transfer->answer_size += size;
    return size;
}

static size_t on_header(char *data, size_t one, size_t size, void *arguments)
{
    struct running *self = arguments;

    (void)data;
    (void)one;
    self->head_size += size;
    if (self->head_size <= self->limit)
        return size;
    refuse(self->transfer->why, "the answer's headers are longer than %zu bytes", self->limit);
    return 0;
}

/* ---- what goes ---- */

static struct curl_slist *with(struct curl_slist *headers, const char *line)
{
    struct curl_slist *longer = curl_slist_append(headers, line);

    if (!longer)
        abort(); /* out of memory */
    return longer;
}

/* libcurl would ask before it sends a long body. */
static struct curl_slist *headers_of(const struct transfer *transfer)
{
    struct curl_slist *headers = with(NULL, "Expect:");

    if (transfer->body)
        headers = with(headers, "Content-Type: application/json");
    for (size_t i = 0; i < FETCH_HEADERS; i++)
        if (transfer->headers[i])
            headers = with(headers, transfer->headers[i]);
    return headers;
}

/* Returns whether libcurl took all of it; a URL that it cannot read is told
 * when it is asked. */
static bool set_bounds(CURL *easy, const struct fetch_limits *limits)
{
    return curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, limits->connect_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, limits->total_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
}

static bool set_trust(CURL *easy, const struct fetch_limits *limits)
{
    return curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           (!limits->ca || !*limits->ca ||
            curl_easy_setopt(easy, CURLOPT_CAINFO, limits->ca) == CURLE_OK);
}

static bool set_request(CURL *easy, const struct running *self, const char *proxy)
{
    const struct transfer *transfer = self->transfer;

    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, proxy ? proxy : "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, self->headers) == CURLE_OK &&
           (!transfer->body ||
            curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body) == CURLE_OK);
}

static size_t on_mail_wanted(char *data, size_t one, size_t size, void *arguments)
{
    struct running *self = arguments;
    const char *rest = self->transfer->body + self->sent;
    size_t part = strnlen(rest, size * one);

    memcpy(data, rest, part);
    self->sent += part;
    return part;
}

static bool set_log_in(CURL *easy, const struct transfer *transfer)
{
    return !*transfer->user ||
           (curl_easy_setopt(easy, CURLOPT_USERNAME, transfer->user) == CURLE_OK &&
            curl_easy_setopt(easy, CURLOPT_PASSWORD, transfer->password) == CURLE_OK);
}

/* Each has a connection of its own: one that is kept would be closed by the
 * server some day, just when it is wanted. */
static bool set_mail(CURL *easy, struct running *self)
{
    const struct transfer *transfer = self->transfer;
    long tls = transfer->needs_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE;

    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USE_SSL, tls) == CURLE_OK && set_log_in(easy, transfer) &&
           curl_easy_setopt(easy, CURLOPT_MAIL_FROM, transfer->from) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, self->recipients) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_mail_wanted) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_READDATA, self) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L) == CURLE_OK;
}

static bool set_question(CURL *easy, struct running *self, const struct fetch_limits *limits)
{
    return curl_easy_setopt(easy, CURLOPT_URL, self->transfer->url) == CURLE_OK &&
           (self->transfer->to ? set_mail(easy, self) : set_request(easy, self, limits->proxy));
}

static bool set_answer(CURL *easy, struct running *self)
{
    return curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, self->error) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, self) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, self) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, self) == CURLE_OK;
}

/* ---- the life of one ---- */

static void start(struct transfers *self, struct transfer *transfer)
{
    struct running *running = own_zero(sizeof(*running));

    running->transfer = transfer;
    running->limit = self->limits->answer_size;
    if (transfer->to)
        running->recipients = with(NULL, transfer->to);
    else
        running->headers = headers_of(transfer);
    running->easy = curl_easy_init();
    if (!running->easy || !set_bounds(running->easy, self->limits) ||
        !set_trust(running->easy, self->limits) ||
        !set_question(running->easy, running, self->limits) ||
        !set_answer(running->easy, running) ||
        curl_multi_add_handle(self->multi, running->easy) != CURLM_OK)
        abort(); /* out of memory */
    running->next = self->first;
    running->place = &self->first;
    if (running->next)
        running->next->place = &running->next;
    self->first = running;
}

static void stop(struct transfers *self, struct running *running)
{
    *running->place = running->next;
    if (running->next)
        running->next->place = running->place;
    curl_multi_remove_handle(self->multi, running->easy);
    curl_easy_cleanup(running->easy);
    curl_slist_free_all(running->headers);
    curl_slist_free_all(running->recipients);
    free(running);
}

static void take_outcome(struct running *self, CURLcode result)
{
    struct transfer *transfer = self->transfer;
    long status = 0;

    (void)curl_easy_getinfo(self->easy, CURLINFO_RESPONSE_CODE, &status); /* stays 0 */
    if (result == CURLE_OK || (transfer->to && status >= SMTP_REFUSED))
        transfer->status = (int)status;
    if (result != CURLE_OK && !*transfer->why)
        refuse(transfer->why, "%s", *self->error ? self->error : curl_easy_strerror(result));
    if (transfer->answer)
        transfer->answer[transfer->answer_size] = '\0';
}

static void end_those_done(struct transfers *self)
{
    const CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(self->multi, &left))) {
        struct running *running = NULL;
        if (message->msg != CURLMSG_DONE ||
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &running) != CURLE_OK)
            continue;
        struct transfer *transfer = running->transfer;
        take_outcome(running, message->data.result);
        stop(self, running);
        transfer_send(self->pipe, transfer);
    }
}

/* ---- the actor ---- */

/* Returns whether to go on. */
static bool take_one(struct transfers *self)
{
    zframe_t *frame = zframe_recv(self->pipe);
    struct transfer *transfer = frame ? transfer_of(frame) : NULL;

    zframe_destroy(&frame);
    if (transfer)
        start(self, transfer);
    return transfer != NULL;
}

/* The pipe's descriptor tells of a change only once, and sending uses that up,
 * too: so the pipe is looked at last. */
static bool work(struct transfers *self)
{
    int count;

    do {
        if ((zsock_events(self->pipe) & ZMQ_POLLIN) && !take_one(self))
            return false;
        curl_multi_perform(self->multi, &count);
        end_those_done(self);
    } while (zsock_events(self->pipe) & ZMQ_POLLIN);
    return true;
}

void transfers_run(zsock_t *pipe, void *arguments)
{
    const struct fetch_limits limits = *(const struct fetch_limits *)arguments;
    struct transfers self = {.pipe = pipe, .multi = curl_multi_init(), .limits = &limits};
    struct curl_waitfd wake = {.fd = zsock_fd(pipe), .events = CURL_WAIT_POLLIN};

    if (!self.multi)
        abort(); /* out of memory */
    curl_multi_setopt(self.multi, CURLMOPT_MAXCONNECTS, (long)limits.under_way);
    zsock_signal(pipe, 0);
    while (work(&self))
        curl_multi_poll(self.multi, &wake, 1, LOOK_MS, NULL);
    while (self.first)
        stop(&self, self.first);
    curl_multi_cleanup(self.multi);
}
