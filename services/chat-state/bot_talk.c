#include "bot_talk.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bot.h"
#include "bot_answer.h"
#include "fetch.h"
#include "log.h"
#include "metrics.h"
#include "own.h"

enum {
    AT_ONCE = 16,
    CONNECT_MS = 5000,
    ANSWER_SIZE = 256 * 1024,
    URL_SIZE = 2048,
    GOOD = 200, /* to 299 */
    GOOD_END = 300,
};

static const char channel[] = "/webhooks/rest/webhook"; /* contract §2.1 item 6 */

struct question {
    char *id; /* of its row */
    char *words;
    struct question *next;
};

/* The questions of a chat; the first one is being asked, or has been. */
struct talk {
    struct bot_talk *all;
    char chat_id[UUID_SIZE];
    struct question *first;
    uint64_t ticket; /* 0: nobody is asked */
    bool is_answered;
    struct bot_answer answer;
    bool is_added; /* the answer is in a batch that is not committed yet */
    struct talk *next_answered;
};

struct bot_talk {
    const struct bot_settings *settings;
    struct fetch *fetch;
    zhashx_t *talks; /* chat id to struct talk *; owned */
    struct talk *answered;
    void (*on_answered)(void *);
    void *context;
    bool is_failing;
};

enum { ASKED, ANSWERED, FAILED, CUT, HANDED_OVER, UNASKED, WAITING, METRICS };

static struct metric metrics[METRICS] = {
    [ASKED] = {"kratt_bot_asked", METRIC_COUNTER, "Questions put to the bot.", NULL, 0, NULL},
    [ANSWERED] = {"kratt_bot_answered", METRIC_COUNTER, "Questions that the bot answered.", NULL, 0,
                  NULL},
    [FAILED] = {"kratt_bot_failed", METRIC_COUNTER,
                "Questions that it did not answer, or not in a way that can be read.", NULL, 0,
                NULL},
    [CUT] = {"kratt_bot_answers_cut", METRIC_COUNTER,
             "Answers of the bot with more texts, or longer ones, than there is room for.", NULL, 0,
             NULL},
    [HANDED_OVER] = {"kratt_bot_handed_over", METRIC_COUNTER,
                     "Chats that went from the bot to people.", NULL, 0, NULL},
    [UNASKED] = {"kratt_bot_unasked", METRIC_COUNTER,
                 "Questions not put to the bot: too many wait.", NULL, 0, NULL},
    [WAITING] = {"kratt_bot_waiting", METRIC_GAUGE, "Questions that wait for the bot.", NULL, 0,
                 NULL},
};

/* ---- settings ---- */

int bot_talk_check(const struct bot_settings *settings, char why[WHY_MAX])
{
    const char *url = settings->url;
    const char *host = strstr(url, "://");

    if (!*url)
        return 0;
    if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) || !host[3])
        return refuse(why, "KRATT_BOT_URL is http://HOST:PORT or https://HOST:PORT");
    if (strlen(url) + sizeof(channel) > URL_SIZE)
        return refuse(why, "KRATT_BOT_URL is too long");
    return 0;
}

/* ---- a chat's questions ---- */

static void pop(struct talk *self)
{
    struct question *question = self->first;

    self->first = question->next;
    free(question->id);
    free(question->words);
    free(question);
    metrics[WAITING].value--;
}

static void forget_answer(struct talk *self)
{
    struct talk **place = &self->all->answered;

    if (!self->is_answered)
        return;
    while (*place != self)
        place = &(*place)->next_answered;
    *place = self->next_answered;
    message_clear(&message_types[MESSAGE_bot_answer], &self->answer);
    self->is_answered = self->is_added = false;
}

static void talk_destroy(struct talk **place)
{
    struct talk *self = *place;

    *place = NULL;
    if (self->ticket)
        fetch_forget(self->all->fetch, self->ticket);
    forget_answer(self);
    while (self->first)
        pop(self);
    free(self);
}

/* ---- asking ---- */

static void note(struct bot_talk *self, const char *why)
{
    bool is_failing = why != NULL;

    if (is_failing && !self->is_failing)
        log_warn("the bot does not answer", "why", why);
    if (!is_failing && self->is_failing)
        log_info("the bot answers again");
    self->is_failing = is_failing;
    metrics[is_failing ? FAILED : ANSWERED].value++;
}

/* Returns what keeps the answer from being one, NULL when it is; why is room
 * for that. */
static const char *read_answer(struct bot_answer *answer, const struct fetch_answer *fetched,
                               char why[WHY_MAX])
{
    bool is_cut = false;

    if (!fetched->status)
        return fetched->why;
    if (fetched->status < GOOD || fetched->status >= GOOD_END)
        (void)refuse(why, "its status is %d", fetched->status);
    else if (bot_answer_read(answer, fetched->body, fetched->size, &is_cut, why) == 0)
        why = NULL;
    metrics[CUT].value += is_cut;
    return why;
}

static void on_answer(void *arguments, const struct fetch_answer *fetched)
{
    struct talk *self = arguments;
    struct bot_answer *answer = &self->answer;
    char why[WHY_MAX];

    self->ticket = 0;
    bot_answer_begin(answer, self->chat_id, self->first->id);
    const char *fault = read_answer(answer, fetched, why);
    note(self->all, fault);
    if (fault)
        bot_answer_give_up(answer);
    self->is_answered = true;
    self->next_answered = self->all->answered;
    self->all->answered = self;
    self->all->on_answered(self->all->context);
}

static char *body_of(const struct talk *self)
{
    json_t *body = json_pack("{s:s, s:s}", "sender", self->chat_id, "message", self->first->words);
    char *text = json_dumps(body, JSON_COMPACT);

    json_decref(body);
    if (!text)
        abort(); /* out of memory: the words are UTF-8 */
    return text;
}

static void url_of(const struct bot_settings *settings, char url[URL_SIZE])
{
    size_t size = strlen(settings->url);

    while (settings->url[size - 1] == '/')
        size--;
    snprintf(url, URL_SIZE, "%.*s%s", (int)size, settings->url, channel);
}

/* One that cannot be asked now is handed over when its time has come. */
static void ask(struct talk *self)
{
    char url[URL_SIZE];
    char *body = body_of(self);

    url_of(self->all->settings, url);
    self->ticket = fetch_ask(self->all->fetch, &(struct fetch_question){.url = url, .body = body},
                             on_answer, self);
    free(body);
    metrics[self->ticket ? ASKED : UNASKED].value++;
}

/* ---- questions that come ---- */

static struct talk *talk_with(struct bot_talk *self, const char *chat_id)
{
    struct talk *talk = zhashx_lookup(self->talks, chat_id);

    if (talk)
        return talk;
    talk = own_zero(sizeof(*talk));
    talk->all = self;
    memcpy(talk->chat_id, chat_id, UUID_SIZE);
    zhashx_insert(self->talks, chat_id, talk);
    return talk;
}

static struct question **end_of(struct talk *self, const char *id, bool *is_known)
{
    struct question **place = &self->first;

    *is_known = false;
    for (; *place; place = &(*place)->next)
        *is_known |= streq((*place)->id, id);
    return place;
}

static bool has_room(const struct bot_talk *self)
{
    return metrics[WAITING].value < self->settings->most;
}

static void add(struct bot_talk *self, const struct deadline *row)
{
    bool is_known;

    struct talk *talk = talk_with(self, row->subject);
    struct question **place = end_of(talk, row->id, &is_known);
    if (is_known)
        return;
    *place = own_zero(sizeof(**place));
    (*place)->id = own_copy(row->id);
    (*place)->words = own_copy(row->body ? row->body : "");
    metrics[WAITING].value++;
    if (place == &talk->first)
        ask(talk);
}

void bot_talk_take(struct bot_talk *self, const struct decision *decision)
{
    const struct event *event = &decision->event;
    const struct chat *chat = event->kind && event->chat.count ? event->chat.items : NULL;

    if (!self)
        return;
    if (chat && !chat->is_with_bot)
        zhashx_delete(self->talks, chat->id);
    metrics[HANDED_OVER].value += chat && streq(event->kind, "chat.handed_over");
    for (size_t i = 0; i < decision->deadlines.count; i++) {
        const struct deadline *row = &decision->deadlines.items[i];
        if (!text_is(row->kind, KIND_BOT) || row->due <= row->created)
            continue; /* there is nobody to ask, so it is due at once */
        if (has_room(self))
            add(self, row);
        else
            metrics[UNASKED].value++;
    }
}

void bot_talk_resume(struct bot_talk *self, const struct deadlines *deadlines)
{
    for (size_t i = 0; self && i < deadlines->count && has_room(self); i++) {
        const struct deadline *row = deadlines->items[i];
        if (text_is(row->kind, KIND_BOT) && row->due > deadlines->now)
            add(self, row);
    }
}

/* ---- answers ---- */

void bot_talk_add_answers(struct bot_talk *self, struct batch *batch, int64_t now)
{
    for (struct talk *talk = self ? self->answered : NULL; talk; talk = talk->next_answered) {
        batch_add(batch, NULL, MESSAGE_bot_answer, &talk->answer, now);
        talk->is_added = true;
    }
}

static void go_on(struct talk *self)
{
    forget_answer(self);
    pop(self);
    if (self->first)
        ask(self);
    else
        zhashx_delete(self->all->talks, self->chat_id);
}

void bot_talk_forget_answers(struct bot_talk *self, bool is_committed)
{
    struct talk *next;

    for (struct talk *talk = self ? self->answered : NULL; talk; talk = next) {
        bool is_over = talk->is_added && is_committed;
        next = talk->next_answered;
        talk->is_added = false;
        if (is_over)
            go_on(talk);
    }
}

void bot_talk_drop(struct bot_talk *self)
{
    if (self)
        zhashx_purge(self->talks);
}

/* ---- the whole ---- */

struct bot_talk *bot_talk_new(zloop_t *loop, const struct bot_settings *settings,
                              void (*on_answered)(void *), void *context)
{
    const struct fetch_limits limits = {
        .under_way = AT_ONCE,
        .waiting = (size_t)settings->most + AT_ONCE, /* with those that nobody waits for */
        .connect_ms = settings->timeout_ms < CONNECT_MS ? (long)settings->timeout_ms : CONNECT_MS,
        .total_ms = (long)settings->timeout_ms,
        .answer_size = ANSWER_SIZE,
        .ca = settings->ca};

    if (!*settings->url)
        return NULL;
    for (size_t i = 0; i < METRICS; i++)
        metrics_add(&metrics[i]);
    struct bot_talk *self = own_zero(sizeof(*self));
    self->settings = settings;
    self->fetch = fetch_new(loop, &limits);
    self->talks = zhashx_new();
    zhashx_set_destructor(self->talks, (czmq_destructor *)talk_destroy);
    self->on_answered = on_answered;
    self->context = context;
    return self;
}

void bot_talk_destroy(struct bot_talk **self_p)
{
    struct bot_talk *self = *self_p;

    *self_p = NULL;
    if (!self)
        return;
    zhashx_destroy(&self->talks);
    fetch_destroy(&self->fetch);
    free(self);
}
