#include "chat_mail.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "leaving.h"
#include "mail.h"
#include "notice.h"
#include "own.h"
#include "transcript.h"
#include "uuid.h"

enum {
    CHARACTERS_MAX = 500000, /* more than that is no mail */
    BODY_SIZE = MAIL_ADDRESS_MAX + UUID_SIZE + 2,
};

static const struct refusal no_mail_server = {503, "mail_not_configured",
                                              "No mail server is set up here."};
static const struct refusal too_many_mails = {503, "too_many_mails",
                                              "Too many e-mails wait at the moment."};
static const struct refusal nobody_has_it = {409, "chat_has_no_agent", "No agent has this chat."};
static const struct refusal no_address = {409, "agent_has_no_email",
                                          "No e-mail address of the agent is known."};
static const struct refusal chat_is_too_large = {422, "transcript_too_large",
                                                 "The chat is too large for an e-mail."};

/* ---- the rule ---- */

static const struct refusal *may_be_mailed(const struct facts *facts)
{
    if (facts->token_is_revoked)
        return &token_is_revoked;
    if (!facts->chat)
        return &chat_not_found;
    if (!facts->limits->mails)
        return &no_mail_server;
    if (!facts->account)
        return &nobody_has_it;
    if (text_is_empty(facts->account->csa_email) ||
        !mail_address_is_valid(facts->account->csa_email))
        return &no_address;
    if (facts->characters > CHARACTERS_MAX)
        return &chat_is_too_large;
    if (facts->mails >= facts->limits->mails)
        return &too_many_mails;
    return needs_room(facts);
}

static void add_row(struct decision *decision, const struct facts *facts)
{
    const struct event *event = &decision->event;
    char id[DEADLINE_ID_SIZE], body[BODY_SIZE];
    const struct deadline about = {
        .id = id, .kind = (char *)KIND_HISTORY, .attempts = 1, .body = body};

    snprintf(id, sizeof(id), "%s:%s:%" PRId64, KIND_HISTORY, facts->chat->id, event->seq);
    snprintf(body, sizeof(body), "%s\n%s", facts->account->csa_email, facts->chat->id);
    (void)decision_set_deadline(decision, facts, &about, facts->limits->mail_pause_ms);
}

/* The message is the contract's; the chat stays what it was, ended or not. */
const struct refusal *decide_chat_mail(const void *self, const struct facts *facts,
                                       struct decision *decision)
{
    const struct chat_mail *command = self;
    const struct refusal *refusal = may_be_mailed(facts);

    if (refusal)
        return refusal;
    struct chat *chat = change_chat(decision, facts, "message.posted");
    struct message *message = change_add_message(decision, command->chat_id, command->message_id);
    own_replace(&message->event, "chat_sent_to_csa_email");
    own_replace(&message->author_role, "backoffice-user");
    change_note_message(chat, message);
    add_row(decision, facts);
    return NULL;
}

/* ---- the mail ---- */

static const char *line_end(const struct deadline *row)
{
    return strchr(row->body ? row->body : "", '\n');
}

int chat_mail_chat(const struct deadline *row, char chat_id[UUID_SIZE])
{
    const char *end = line_end(row);

    if (!end || !uuid_is_valid(end + 1))
        return -1;
    memcpy(chat_id, end + 1, UUID_SIZE);
    return 0;
}

char *chat_mail_body(const struct deadline *row, const struct message_list *messages)
{
    static const char subject[] = "Vestluse ajalugu";
    const struct transcript_rules rules = {.is_for_agents = true, .names_agents = true};
    const char *end = line_end(row);
    msgpack_sbuffer text;
    char *body = NULL;

    msgpack_sbuffer_init(&text);
    transcript_text(&text, end + 1, messages, &rules);
    if (asprintf(&body, "%.*s\n%s\n%.*s", (int)(end - row->body), row->body, subject,
                 (int)text.size, text.data) == -1)
        abort();
    msgpack_sbuffer_destroy(&text);
    return body;
}
