#include "chat.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "own.h"
#include "reason.h"
#include "utf8.h"

static const struct message_type *const message_type = &message_types[MESSAGE_message];

/* ---- small questions ---- */

static const char *text(const char *field)
{
    return field ? field : "";
}

/* Only space and control characters, which is what the original trims. */
static bool is_blank(const char *field)
{
    for (const char *at = text(field); *at; at++)
        if ((unsigned char)*at > ' ')
            return false;
    return true;
}

static bool is_ended(const struct chat *chat)
{
    return chat->ended != 0;
}

int64_t message_characters(const struct message *message)
{
    const char *const parts[] = {message->content,           message->event,
                                 message->author_id,         message->author_first_name,
                                 message->author_last_name,  message->author_role,
                                 message->forwarded_by_user, message->forwarded_from_csa,
                                 message->forwarded_to_csa,  message->rating};
    size_t count = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        count += utf8_length(text(parts[i]));
    return (int64_t)count;
}

/* ---- what a decision is made of ---- */

static struct chat *add_chat(struct decision *decision)
{
    return list_append((struct list *)&decision->event.chat, &message_types[MESSAGE_chat]);
}

/* Puts the chat as it is into the event, changed at the event's time. */
static struct chat *change_chat(struct decision *decision, const struct facts *facts,
                                const char *kind)
{
    struct chat *chat = add_chat(decision);

    decision_begin_event(decision, facts, kind, later_of(facts->now, facts->chat->updated + 1));
    message_copy(&message_types[MESSAGE_chat], chat, facts->chat);
    chat->seq = facts->seq;
    chat->updated = decision->event.at;
    return chat;
}

static struct message *add_message(struct decision *decision, const char *chat_id,
                                   const char *message_id)
{
    struct message *message = list_append((struct list *)&decision->event.message, message_type);

    message_set_text(message_type, message, "id", message_id);
    message_set_text(message_type, message, "chat_id", chat_id);
    message->seq = decision->event.seq;
    message->created = message->updated = message->author_timestamp = decision->event.at;
    return message;
}

/* The author as the command has it; the time of writing only when it says. */
static void set_author(struct message *message, enum message_id type, const void *command)
{
    static const char *const names[] = {"author_id", "author_first_name", "author_last_name",
                                        "author_role"};
    int64_t written = message_number(&message_types[type], command, "author_timestamp");

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        message_set_text(message_type, message, names[i],
                         message_text(&message_types[type], command, names[i]));
    if (written)
        message->author_timestamp = written;
}

/* A read mark, a rating and a request to forward are no message that the
 * lists would show as the last one (contract §6.4, §2.3). */
static bool counts_as_last(const char *event)
{
    return !text_is(event, "message-read") && !text_is(event, "rating") &&
           !text_is(event, "requested-chat-forward");
}

/* The chat's columns that are made of its messages. */
static void note_message(struct chat *chat, const struct message *message)
{
    if (counts_as_last(message->event)) {
        own_replace(&chat->last_message, message->content);
        chat->last_message_timestamp = message->author_timestamp;
    }
    if (text_is(message->event, "contact-information-fulfilled"))
        own_replace(&chat->contacts_message, message->content);
    if (!text_is_empty(message->event))
        own_replace(&chat->last_message_event, message->event);
}

static void blank_feedback(struct chat *chat)
{
    own_replace(&chat->feedback_rating, "");
    own_replace(&chat->feedback_text, "");
}

/* ---- why not ---- */

static const struct refusal *needs_open_chat(const struct facts *facts)
{
    if (facts->token_is_revoked)
        return &token_is_revoked;
    if (!facts->chat)
        return &chat_not_found;
    return is_ended(facts->chat) ? &chat_has_ended : NULL;
}

/* One place is left over, so that a full chat can still be ended. */
static const struct refusal *needs_room(const struct facts *facts)
{
    if (facts->message_is_known)
        return &message_exists;
    if (facts->messages + 1 >= facts->limits->messages ||
        facts->characters >= facts->limits->characters)
        return &chat_is_full;
    return NULL;
}

static const struct refusal *needs_agent_at_work(const struct account *account)
{
    if (!account)
        return &agent_not_found;
    if (text_is_empty(account->presence_status) || text_is(account->presence_status, "offline"))
        return &csa_is_offline;
    return NULL;
}

/* ---- the commands ---- */

static const struct refusal *open_chat(const void *self, const struct facts *facts,
                                       struct decision *decision)
{
    const struct chat_open *command = self;

    if (facts->token_is_revoked)
        return &token_is_revoked;
    if (facts->chat)
        return &chat_exists;
    if (is_blank(command->content))
        return &content_missing;
    if (facts->open_chats >= facts->limits->open_chats)
        return &too_many_chats;

    decision_begin_event(decision, facts, "chat.opened", later_of(facts->now, facts->created + 1));
    struct chat *chat = add_chat(decision);
    memcpy(chat->id, command->chat_id, UUID_SIZE);
    chat->seq = facts->seq;
    chat->status = own_copy("OPEN");
    chat->created = chat->updated = decision->event.at;
    chat->end_user_os = own_copy(command->end_user_os);
    chat->end_user_url = own_copy(command->end_user_url);

    struct message *message = add_message(decision, command->chat_id, command->message_id);
    set_author(message, MESSAGE_chat_open, command);
    own_replace(&message->author_role, "end-user");
    own_replace(&message->content, command->content);
    note_message(chat, message);
    decision->writes_chat = true;
    return NULL;
}

static const struct refusal *post_message(const void *self, const struct facts *facts,
                                          struct decision *decision)
{
    const struct message_post *command = self;
    const struct refusal *refusal = needs_open_chat(facts);

    if (!refusal && is_blank(command->content) && text_is_empty(command->event))
        refusal = &content_missing;
    if (!refusal)
        refusal = needs_room(facts);
    if (refusal)
        return refusal;

    struct chat *chat = change_chat(decision, facts, "message.posted");
    struct message *message = add_message(decision, command->chat_id, command->message_id);
    set_author(message, MESSAGE_message_post, command);
    own_replace(&message->content, command->content);
    own_replace(&message->event, command->event);
    note_message(chat, message);
    return NULL;
}

static void give_chat(struct chat *chat, const char *id, const char *name, const char *title)
{
    own_replace(&chat->customer_support_id, id);
    own_replace(&chat->customer_support_display_name, name);
    own_replace(&chat->csa_title, title);
    blank_feedback(chat);
}

/* Claimed again by the agent who has it: yes, and nothing changes. */
static const struct refusal *claim_chat(const void *self, const struct facts *facts,
                                        struct decision *decision)
{
    const struct chat_claim *command = self;
    const struct refusal *refusal = needs_open_chat(facts);

    if (refusal)
        return refusal;
    if (text_is(facts->chat->customer_support_id, command->customer_support_id)) {
        message_copy(&message_types[MESSAGE_chat], add_chat(decision), facts->chat);
        return NULL;
    }
    if (!text_is_empty(facts->chat->customer_support_id))
        return &claimed_by_another_agent;

    give_chat(change_chat(decision, facts, "chat.claimed"), command->customer_support_id,
              command->customer_support_display_name, command->csa_title);
    decision->writes_chat = true;
    return NULL;
}

/* The new owner is customer_support_id; but seed.md's own sample has the old
 * owner there, and the new one in forwardedToCsa (contract X-12). */
static const char *redirect_target(const struct chat_redirect *command)
{
    if (text_is(command->customer_support_id, command->forwarded_from_csa) &&
        !text_is_empty(command->forwarded_to_csa))
        return command->forwarded_to_csa;
    return command->customer_support_id;
}

/* Puts at most 50 characters there, the most that a forwarded_* holds: the
 * owner of a chat may have a longer id than any account. */
static void set_forwarded(char **place, const char *given, const char *otherwise)
{
    enum { CHARACTERS_MAX = 50 };
    const char *from = text_is_empty(given) ? text(otherwise) : given;
    size_t size = 0;

    for (int count = 0; from[size]; size++)
        if (((unsigned char)from[size] & 0xc0) != 0x80 && ++count > CHARACTERS_MAX)
            break;
    free(*place);
    *place = own_copy_of(from, size);
}

static void add_redirected(struct decision *decision, const struct chat_redirect *command,
                           const struct facts *facts)
{
    struct message *message = add_message(decision, command->chat_id, command->message_id);

    own_replace(&message->event, "redirected");
    own_replace(&message->author_role, "buerokratt");
    set_forwarded(&message->forwarded_by_user, command->forwarded_by_user, "");
    set_forwarded(&message->forwarded_from_csa, command->forwarded_from_csa,
                  facts->chat->customer_support_id);
    set_forwarded(&message->forwarded_to_csa, command->forwarded_to_csa, redirect_target(command));
    note_message(&decision->event.chat.items[0], message);
}

static const struct refusal *redirect_chat(const void *self, const struct facts *facts,
                                           struct decision *decision)
{
    const struct chat_redirect *command = self;
    const struct account *account = facts->account;
    const struct refusal *refusal = needs_open_chat(facts);

    if (!refusal)
        refusal = needs_agent_at_work(account);
    if (!refusal)
        refusal = needs_room(facts);
    if (refusal)
        return refusal;

    const char *name = command->customer_support_display_name;
    const char *title = command->csa_title;
    give_chat(change_chat(decision, facts, "chat.redirected"), redirect_target(command),
              text_is_empty(name) ? account->display_name : name,
              text_is_empty(title) ? account->csa_title : title);
    add_redirected(decision, command, facts);
    decision->writes_chat = true;
    return NULL;
}

/* That the chat has ended is said even to a token that ended with it: a
 * second end-chat is harmless (contract A-19). */
static const struct refusal *may_end(const struct chat_end *command, const struct facts *facts)
{
    if (facts->chat && is_ended(facts->chat))
        return &chat_has_ended;
    const struct refusal *refusal = needs_open_chat(facts);
    if (!refusal && !reason_is_known(command->event))
        refusal = &unknown_event;
    if (!refusal && facts->message_is_known)
        refusal = &message_exists;
    return refusal;
}

static const struct refusal *end_chat(const void *self, const struct facts *facts,
                                      struct decision *decision)
{
    const struct chat_end *command = self;
    const struct refusal *refusal = may_end(command, facts);
    bool revokes = *command->token_id && command->token_expires_at > facts->now;

    if (!refusal && revokes && facts->revocations >= facts->limits->revocations)
        refusal = &too_many_revocations;
    if (refusal)
        return refusal;

    struct chat *chat = change_chat(decision, facts, "chat.ended");
    own_replace(&chat->status, "ENDED");
    chat->ended = decision->event.at;
    if (!text_is(command->author_role, "end-user"))
        blank_feedback(chat);
    struct message *message = add_message(decision, command->chat_id, command->message_id);
    set_author(message, MESSAGE_chat_end, command);
    own_replace(&message->event, command->event);
    note_message(chat, message);
    if (revokes)
        decision_revoke(decision, command->token_id, command->token_expires_at);
    decision->writes_chat = true;
    return NULL;
}

/* ---- all of them ---- */

static decide_rule *rule_of(enum message_id type)
{
    static const struct {
        enum message_id type;
        decide_rule *rule;
    } rules[] = {
        {MESSAGE_chat_open, open_chat},        {MESSAGE_message_post, post_message},
        {MESSAGE_chat_claim, claim_chat},      {MESSAGE_chat_redirect, redirect_chat},
        {MESSAGE_chat_end, end_chat},          {MESSAGE_presence_set, decide_presence},
        {MESSAGE_account_add, decide_account}, {MESSAGE_token_revoke, decide_revocation},
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (rules[i].type == type)
            return rules[i].rule;
    return NULL;
}

void decide(enum message_id type, const void *command, const struct facts *facts,
            struct decision *decision)
{
    decide_rule *rule = rule_of(type);

    assert(rule);
    memset(decision, 0, sizeof(*decision));
    decision->refusal = rule(command, facts, decision);
}

const char *account_concerned(enum message_id type, const void *command)
{
    if (type == MESSAGE_chat_redirect)
        return redirect_target(command);
    return message_text(&message_types[type], command, "id_code");
}
