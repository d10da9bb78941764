#include "transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "own.h"
#include "view.h"

#define INDENT "\n    "

/* ---- events ---- */

/* What is shown of a message with an event. */
enum shown {
    SHOWN_AS_SAID,   /* as any other message */
    SHOWN_WITH_TEXT, /* the sentence, and what the message says */
    SHOWN_ALONE,     /* the sentence; what the message says is for programs */
    SHOWN_TO_AGENTS, /* likewise, and to agents alone */
    SHOWN_NOT,
};

struct saying {
    const char *event; /* in lower case, with underlines */
    enum shown shown;
    const char *sentence;
};

/* contract §8.1. Any other event is shown as what it says. The reason for which
 * an agent ended a chat is a matter of statistics. */
static const struct saying sayings[] = {
    {"requested_authentication", SHOWN_ALONE, "Nõustaja palus sisse logida."},
    {"authentication_successful", SHOWN_ALONE, "Kasutaja logis sisse."},
    {"user_authenticated", SHOWN_ALONE, "Kasutaja logis sisse."},
    {"authentication_failed", SHOWN_ALONE, "Sisselogimine ebaõnnestus."},
    {"ask_permission", SHOWN_ALONE, "Nõustaja küsis nõusolekut."},
    {"ask_permission_accepted", SHOWN_ALONE, "Nõustaja küsis nõusolekut ja kasutaja andis selle."},
    {"ask_permission_rejected", SHOWN_ALONE, "Nõustaja küsis nõusolekut ja kasutaja keeldus."},
    {"ask_permission_ignored", SHOWN_ALONE, "Nõustaja küsis nõusolekut, aga vastust ei tulnud."},
    {"contact_information", SHOWN_ALONE, "Nõustaja küsis kontaktandmeid."},
    {"contact_information_fulfilled", SHOWN_WITH_TEXT, "Kasutaja andis kontaktandmed:"},
    {"unavailable_contact_information_fulfilled", SHOWN_WITH_TEXT, "Kasutaja andis kontaktandmed:"},
    {"contact_information_rejected", SHOWN_ALONE, "Kasutaja ei andnud kontaktandmeid."},
    {"contact_information_skipped", SHOWN_ALONE, "Kasutaja ei andnud kontaktandmeid."},
    {"requested_chat_forward", SHOWN_ALONE, "Nõustaja soovis vestluse teisele asutusele suunata."},
    {"requested_chat_forward_accepted", SHOWN_ALONE,
     "Kasutaja nõustus, et vestlus suunatakse teisele asutusele."},
    {"requested_chat_forward_rejected", SHOWN_ALONE,
     "Kasutaja ei nõustunud, et vestlus suunatakse teisele asutusele."},
    {"redirected", SHOWN_ALONE, "Vestlus suunati teisele nõustajale."},
    {"taken_over", SHOWN_ALONE, "Vestluse võttis üle teine nõustaja."},
    {"client_left", SHOWN_WITH_TEXT, "Kasutaja lahkus. Vestlus on lõppenud."},
    {"client_left_with_accepted", SHOWN_WITH_TEXT, "Kasutaja lahkus. Vestlus on lõppenud."},
    {"client_left_with_no_resolution", SHOWN_WITH_TEXT, "Kasutaja lahkus. Vestlus on lõppenud."},
    {"client_left_for_unknown_reason", SHOWN_WITH_TEXT, "Kasutaja lahkus. Vestlus on lõppenud."},
    {"client_left_for_unknown_reasons", SHOWN_WITH_TEXT, "Kasutaja lahkus. Vestlus on lõppenud."},
    {"accepted", SHOWN_WITH_TEXT, "Nõustaja lõpetas vestluse."},
    {"hate_speech", SHOWN_WITH_TEXT, "Nõustaja lõpetas vestluse."},
    {"other", SHOWN_WITH_TEXT, "Nõustaja lõpetas vestluse."},
    {"response_sent_to_client_email", SHOWN_WITH_TEXT,
     "Nõustaja lõpetas vestluse. Vastus tuleb e-postiga."},
    {"answered", SHOWN_WITH_TEXT, "Nõustaja lõpetas vestluse."},
    {"terminated", SHOWN_WITH_TEXT, "Nõustaja lõpetas vestluse."},
    {"inactive_chat_ended", SHOWN_WITH_TEXT, "Vestlus on lõppenud, sest keegi ei kirjutanud."},
    {"chat_sent_to_csa_email", SHOWN_TO_AGENTS, "Vestlus saadeti nõustaja e-postile."},
    {"message_read", SHOWN_NOT, ""},
    {"message_delivered", SHOWN_NOT, ""},
    {"message_preview", SHOWN_NOT, ""},
};

/* Clients do not agree on case, _ and - (contract §8.1). */
static int folded(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return letter - 'A' + 'a';
    return letter == '-' ? '_' : letter;
}

static bool is_event(const char *event, const char *name)
{
    while (*name && folded(*event) == *name) {
        event++;
        name++;
    }
    return *event == *name;
}

static const struct saying *saying_of(const struct message *message)
{
    static const struct saying none = {"", SHOWN_AS_SAID, ""};
    const char *event = message->event ? message->event : "";

    for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++)
        if (is_event(event, sayings[i].event))
            return &sayings[i];
    return &none;
}

/* ---- who ---- */

static char *join_names(const char *first, const char *last)
{
    first = first ? first : "";
    last = last ? last : "";
    size_t size = strlen(first) + strlen(last) + 2;
    char *name = own_zero(size);
    snprintf(name, size, "%s%s%s", first, *first && *last ? " " : "", last);
    return name;
}

static char *name_agent(const struct message *message, const struct transcript_rules *rules)
{
    char *name = rules->is_for_agents || rules->names_agents
                     ? join_names(message->author_first_name, message->author_last_name)
                     : own_copy("");

    if (!*name)
        own_replace(&name, "Nõustaja");
    return name;
}

static char *name_author(const struct message *message, const struct transcript_rules *rules)
{
    const char *role = message->author_role ? message->author_role : "";

    if (strcmp(role, "end-user") == 0)
        return own_copy("Kasutaja");
    if (strcmp(role, "backoffice-user") == 0)
        return name_agent(message, rules);
    return own_copy("Bürokratt");
}

/* ---- lines ---- */

bool transcript_line_make(struct transcript_line *self, const struct message *message,
                          const struct transcript_rules *rules)
{
    const struct saying *saying = saying_of(message);
    enum shown shown = saying->shown;
    const char *content = message->content ? message->content : "";
    bool tells = shown == SHOWN_AS_SAID || shown == SHOWN_WITH_TEXT;

    if (shown == SHOWN_NOT || (shown == SHOWN_TO_AGENTS && !rules->is_for_agents) ||
        (shown == SHOWN_AS_SAID && !*content))
        return false;
    *self = (struct transcript_line){
        .at = message->created,
        .who = shown == SHOWN_AS_SAID ? name_author(message, rules) : own_copy(""),
        .sentence = saying->sentence,
        .text = tells ? content : "",
    };
    return true;
}

void transcript_line_clear(struct transcript_line *self)
{
    free(self->who);
    *self = (struct transcript_line){0};
}

/* ---- text ---- */

/* What Unicode has a line end at, and what a terminal obeys (C0, DEL, C1). */
static const char *const line_ends[] = {"\r\n",     "\n",           "\r",           "\v", "\f",
                                        "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9", NULL};

static size_t line_end_size(const char *at)
{
    for (size_t i = 0; line_ends[i]; i++)
        if (strncmp(at, line_ends[i], strlen(line_ends[i])) == 0)
            return strlen(line_ends[i]);
    return 0;
}

static size_t control_size(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;

    if (bytes[0] == 0xc2 && bytes[1] >= 0x80 && bytes[1] < 0xa0)
        return 2;
    return (bytes[0] < ' ' && bytes[0] != '\t') || bytes[0] == 0x7f;
}

/* How many bytes from here on stay as they are. */
static size_t plain_size(const char *at)
{
    size_t size = 0;

    while (at[size] && line_end_size(at + size) == 0 && control_size(at + size) == 0)
        size++;
    return size;
}

static void put(msgpack_sbuffer *out, const char *text, const char *line_end)
{
    for (;;) {
        size_t size = plain_size(text), end_size = line_end_size(text + size);

        msgpack_sbuffer_write(out, text, size);
        text += size;
        if (!*text)
            break;
        view_text(out, end_size > 0 ? line_end : "\xef\xbf\xbd");
        text += end_size > 0 ? end_size : control_size(text);
    }
}

static void put_line(msgpack_sbuffer *out, const struct transcript_line *line)
{
    char time[ISO_TIME_SIZE];

    iso_time_format(line->at, time);
    view_text(out, time);
    view_text(out, " ");
    put(out, line->who, " ");
    view_text(out, *line->who ? ": " : line->sentence);
    if (*line->sentence && *line->text)
        view_text(out, " ");
    put(out, line->text, INDENT);
    view_text(out, "\n");
}

void transcript_text(msgpack_sbuffer *out, const char *chat_id, const struct message_list *messages,
                     const struct transcript_rules *rules)
{
    struct transcript_line line;

    view_text(out, "Vestlus ");
    view_text(out, chat_id);
    view_text(out, " (kellaajad on UTC)\n\n");
    for (size_t i = 0; i < messages->count; i++) {
        if (!transcript_line_make(&line, &messages->items[i], rules))
            continue;
        put_line(out, &line);
        transcript_line_clear(&line);
    }
}

void transcript_name(char name[TRANSCRIPT_NAME_SIZE], const char *chat_id, int64_t began,
                     const char *ending)
{
    enum { DATE_SIZE = 10 }; /* 2023-01-18 */
    char time[ISO_TIME_SIZE];

    iso_time_format(began, time);
    snprintf(name, TRANSCRIPT_NAME_SIZE, "vestlus-%.*s-%s.%s", DATE_SIZE, time, chat_id, ending);
}
