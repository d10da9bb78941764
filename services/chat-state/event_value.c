#include "event_value.h"

#include <stddef.h>
#include <string.h>

#include "reason.h"

enum { NAME_MAX_SIZE = 128 };

enum writer {
    END_USER = 1,
    AGENT = 2,
    SYSTEM = 4, /* all of it, by itself or for somebody */
};

struct event_value {
    const char *name;
    unsigned kinds;
    unsigned writers;
    const char *answers[2]; /* a version: to a message with one of these events */
    bool is_aside;          /* never the last message of a chat */
};

#define M EVENT_MESSAGE
#define V EVENT_VERSION

static const struct event_value values[] = {
    {"", M, END_USER | AGENT | SYSTEM, {NULL, NULL}, false},
    {"greeting", M, SYSTEM, {NULL, NULL}, false},
    {"rating", V, END_USER, {NULL, NULL}, true},
    {"requested-authentication", M, AGENT, {NULL, NULL}, false},
    {"authentication_successful", M, SYSTEM, {NULL, NULL}, false},
    {"authentication_failed", M, SYSTEM, {NULL, NULL}, false},
    {"user-authenticated", M, SYSTEM, {NULL, NULL}, false},
    {"ask-permission", M, AGENT, {NULL, NULL}, false},
    /* The agent's patience may end while the answer is on its way. */
    {"ask-permission-accepted", V, END_USER, {"ask-permission", "ask-permission-ignored"}, false},
    {"ask-permission-rejected", V, END_USER, {"ask-permission", "ask-permission-ignored"}, false},
    {"ask-permission-ignored", V, AGENT, {"ask-permission", NULL}, false},
    {"contact-information", M, AGENT, {NULL, NULL}, false},
    {"contact-information-fulfilled", M | V, END_USER, {"contact-information", NULL}, false},
    {"contact-information-rejected", V, END_USER, {"contact-information", NULL}, false},
    {"requested-chat-forward", M, AGENT, {NULL, NULL}, true},
    {"requested-chat-forward-accepted", V, END_USER, {"requested-chat-forward", NULL}, false},
    {"requested-chat-forward-rejected", V, END_USER, {"requested-chat-forward", NULL}, false},
    {"redirected", M, SYSTEM, {NULL, NULL}, false},
    {"message-read", M, END_USER | AGENT, {NULL, NULL}, true},
    {"message-preview", 0, 0, {NULL, NULL}, false},
    {"chat_sent_to_csa_email", M, SYSTEM, {NULL, NULL}, false},
};

static const struct event_value *find(const char *event)
{
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (strcmp(values[i].name, event ? event : "") == 0)
            return &values[i];
    return NULL;
}

static unsigned writer_of(const char *author_role)
{
    if (strcmp(author_role, "end-user") == 0)
        return END_USER;
    return strcmp(author_role, "backoffice-user") == 0 ? AGENT : SYSTEM;
}

/* As all the names of §8.1 are. */
static bool is_name(const char *event)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-";
    size_t size = strspn(event, letters);

    return size >= 1 && size <= NAME_MAX_SIZE && event[size] == '\0';
}

bool event_may_be_written(const char *event, enum event_kind kind, const char *author_role)
{
    const struct event_value *value = find(event);
    unsigned writer = writer_of(author_role ? author_role : "");

    if (value)
        return (value->kinds & kind) && ((value->writers & writer) || writer == SYSTEM);
    return is_name(event) && (!reason_is_known(event) || writer == SYSTEM);
}

static bool is_question(const char *event)
{
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (values[i].answers[0] && strcmp(values[i].answers[0], event) == 0)
            return true;
    return false;
}

bool event_answers(const char *event, const char *question)
{
    const struct event_value *value = find(event);
    const char *asked = question ? question : "";

    if (!value)
        return is_question(asked) || !find(asked);
    if (!value->answers[0])
        return !is_question(asked);
    for (size_t i = 0; i < 2; i++)
        if (value->answers[i] && strcmp(value->answers[i], asked) == 0)
            return true;
    return false;
}

bool event_may_be_copied(const char *event)
{
    static const char forward[] = "requested-chat-forward";
    const struct event_value *value = find(event);

    if (value)
        return value->kinds && strncmp(value->name, forward, strlen(forward)) != 0;
    return is_name(event) && !reason_is_known(event);
}

bool event_counts_as_last(const char *event)
{
    const struct event_value *value = find(event);

    return !value || !value->is_aside;
}
