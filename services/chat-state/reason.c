#include "reason.h"

#include <stddef.h>
#include <string.h>

static const char *const reasons[] = {
    "client_left_with_accepted",
    "client_left_with_no_resolution",
    "client_left_for_unknown_reasons",
    "accepted",
    "hate_speech",
    "other",
    "response_sent_to_client_email",
};

/* The last one is what a client of February 2023 wrote: singular. */
static const char *const as_written[] = {
    "client-left",
    "answered",
    "terminated",
    "inactive-chat-ended",
    "client-left-for-unknown-reason",
};

static char as_it_is(char c)
{
    return c;
}

static char as_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static char as_kebab(char c)
{
    return c == '_' ? '-' : c;
}

static bool spells(const char *reason, const char *event, char (*spelling)(char))
{
    while (*reason && *event == spelling(*reason)) {
        reason++;
        event++;
    }
    return *reason == '\0' && *event == '\0';
}

bool reason_is_known(const char *event)
{
    for (size_t i = 0; i < sizeof(as_written) / sizeof(as_written[0]); i++)
        if (strcmp(as_written[i], event) == 0)
            return true;
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (spells(reasons[i], event, as_upper) || spells(reasons[i], event, as_it_is) ||
            spells(reasons[i], event, as_kebab))
            return true;
    return false;
}
