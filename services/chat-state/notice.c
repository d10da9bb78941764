#include "notice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "identity.h"
#include "leaving.h"
#include "mail.h"
#include "own.h"

enum {
    DAY_MS = 24 * 60 * 60 * 1000,
    PAUSE_MAX_MS = 60 * 60 * 1000,
    DOUBLINGS = 16,
    TEXT_SIZE = 20000, /* of four bytes a character, and what is around */
};

static const char *text(const char *field)
{
    return field ? field : "";
}

/* ---- something happened ---- */

/* The newest words: of a new chat the first ones, of one that changes hands
 * those before that is said, if any. */
static const char *words_of(const struct event *event, const struct facts *facts)
{
    const struct message *message = event->message.items;
    bool is_said_by_all = message && !text_is(message->author_role, "buerokratt");

    return text(
        (is_said_by_all || !facts->chat ? &event->chat.items[0] : facts->chat)->last_message);
}

static void describe(char body[TEXT_SIZE], const char *to, const struct event *event,
                     const char *words)
{
    const struct chat *chat = &event->chat.items[0];
    char at[ISO_TIME_SIZE];

    iso_time_format(event->at, at);
    snprintf(body, TEXT_SIZE, "%s\nVeebileht: %s\nOperatsioonisüsteem: %s\nAeg: %s\n%s%s%s", to,
             text(chat->end_user_url), text(chat->end_user_os), at, *words ? "Sõnum: " : "", words,
             *words ? "\n" : "");
}

void notice_begin(struct decision *decision, const struct facts *facts, const char *to)
{
    const struct event *event = &decision->event;
    char id[DEADLINE_ID_SIZE], body[TEXT_SIZE];
    const struct deadline about = {.id = id, .kind = (char *)KIND_NOTICE, .body = body};

    if (!facts->limits->mails)
        return;
    if (facts->mails >= facts->limits->mails) {
        decision->mails_dropped++;
        return;
    }
    snprintf(id, sizeof(id), "%s:%s:%" PRId64, KIND_NOTICE, event->chat.items[0].id, event->seq);
    describe(body, to, event, words_of(event, facts));
    (void)decision_set_deadline(decision, facts, &about, 0);
}

/* ---- who is told ---- */

/* The usual settings want no mails. */
static bool wants(const struct member *member, bool is_forwarded)
{
    const struct profile *profile = &member->profile;

    return is_forwarded ? profile->forwarded_chat_email_notifications
                        : profile->new_chat_email_notifications;
}

static bool is_reached(const struct account *account)
{
    return account_has_role(account, ROLES_ANSWERING) &&
           (text_is(account->presence_status, "online") ||
            text_is(account->presence_status, "idle")) &&
           mail_address_is_valid(text(account->csa_email));
}

static void add_mail(struct deadline_list *mails, const struct deadline *notice,
                     const struct account *account, bool is_forwarded)
{
    const char *subject = is_forwarded ? "Teile on suunatud vestlus!" : "Avati uus vestlus";
    struct deadline *row = list_append((struct list *)mails, &message_types[MESSAGE_deadline]);

    if (asprintf(&row->id, "%s%s:%zu", KIND_MAIL, notice->id + strlen(KIND_NOTICE), mails->count) ==
            -1 ||
        asprintf(&row->body, "%s\n%s\n%s", account->csa_email, subject,
                 strchr(notice->body, '\n') + 1) == -1)
        abort();
    row->kind = own_copy(KIND_MAIL);
}

/* One that is set to be tried for the first time. */
static void try_now(struct deadline *mail, const struct limits *limits, int64_t now)
{
    mail->created = now;
    mail->attempts = 1;
    mail->due = now + limits->mail_pause_ms;
}

int64_t notice_mails(const struct deadline *notice, const struct memory *memory,
                     const struct limits *limits, int64_t room, struct deadline_list *mails)
{
    const char *end = strchr(text(notice->body), '\n');
    size_t size = end ? (size_t)(end - notice->body) : 0;
    int64_t dropped = 0;

    for (size_t i = 0; i < memory->roster.count && end; i++) {
        const struct member *member = &memory->roster.items[i];
        const char *id_code = member->account.id_code;
        bool is_meant = !size || (strlen(id_code) == size && !memcmp(id_code, notice->body, size));
        if (!is_meant || !wants(member, size) || !is_reached(&member->account))
            continue;
        if ((int64_t)mails->count >= room) {
            dropped++;
            continue;
        }
        add_mail(mails, notice, &member->account, size);
        try_now(&mails->items[mails->count - 1], limits, memory->deadlines.now);
    }
    return dropped;
}

/* ---- a mail ---- */

bool notice_try_again(struct deadline *mail, const struct limits *limits, int64_t now)
{
    int64_t doublings = mail->attempts < DOUBLINGS ? mail->attempts : DOUBLINGS;
    int64_t pause = limits->mail_pause_ms << doublings;

    if (!limits->mails || now - mail->created >= DAY_MS)
        return false;
    mail->attempts++;
    mail->due = now + (pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS);
    return true;
}

int notice_read(const struct deadline *mail, struct notice_mail *read)
{
    *read = (struct notice_mail){0};
    const char *subject = strchr(text(mail->body), '\n');
    if (!subject || !strchr(subject + 1, '\n'))
        return -1;
    read->to = own_copy(mail->body);
    read->subject = strchr(read->to, '\n') + 1;
    read->text = strchr(read->subject, '\n') + 1;
    read->subject[-1] = read->text[-1] = '\0';
    return 0;
}

bool notice_is_mail(const struct deadline *row)
{
    return text_is(row->kind, KIND_MAIL) || text_is(row->kind, KIND_HISTORY);
}

int notice_waits(const struct deadline *row)
{
    bool is_mail = notice_is_mail(row);

    if (!is_mail && !text_is(row->kind, KIND_NOTICE))
        return 0;
    if (!row->due)
        return -1;
    return is_mail ? row->attempts == 1 : 1;
}
