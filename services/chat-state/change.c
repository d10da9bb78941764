#include "change.h"

#include <string.h>

#include "event_value.h"
#include "own.h"

static const struct message_type *const message_type = &message_types[MESSAGE_message];

/* ---- why not ---- */

bool chat_is_ended(const struct chat *chat)
{
    return chat->ended != 0;
}

bool text_is_blank(const char *field)
{
    for (const char *at = field ? field : ""; *at; at++)
        if ((unsigned char)*at > ' ')
            return false;
    return true;
}

const struct refusal *needs_open_chat(const struct facts *facts)
{
    if (facts->token_is_revoked)
        return &token_is_revoked;
    if (!facts->chat)
        return &chat_not_found;
    return chat_is_ended(facts->chat) ? &chat_has_ended : NULL;
}

const struct refusal *needs_room(const struct facts *facts)
{
    return facts->message_is_known ? &message_exists : needs_room_for_version(facts);
}

const struct refusal *needs_room_for_version(const struct facts *facts)
{
    if (facts->messages + 1 >= facts->limits->messages ||
        facts->characters >= facts->limits->characters)
        return &chat_is_full;
    return NULL;
}

const struct refusal *needs_agent_at_work(const struct account *account)
{
    if (!account)
        return &agent_not_found;
    if (text_is_empty(account->presence_status) || text_is(account->presence_status, "offline"))
        return &csa_is_offline;
    return NULL;
}

/* ---- what a decision writes ---- */

/* An empty one. */
static struct chat *add_chat(struct decision *decision)
{
    return list_append((struct list *)&decision->event.chat, &message_types[MESSAGE_chat]);
}

struct chat *change_open_chat(struct decision *decision, const struct facts *facts,
                              const char *chat_id)
{
    struct chat *chat = add_chat(decision);

    decision_begin_event(decision, facts, "chat.opened", later_of(facts->now, facts->created + 1));
    memcpy(chat->id, chat_id, UUID_SIZE);
    chat->seq = facts->seq;
    chat->status = own_copy("OPEN");
    chat->created = chat->updated = decision->event.at;
    decision->writes_chat = true;
    return chat;
}

struct chat *change_chat(struct decision *decision, const struct facts *facts, const char *kind)
{
    struct chat *chat = add_chat(decision);

    decision_begin_event(decision, facts, kind, later_of(facts->now, facts->chat->updated + 1));
    message_copy(&message_types[MESSAGE_chat], chat, facts->chat);
    chat->seq = facts->seq;
    chat->updated = decision->event.at;
    return chat;
}

void change_nothing(struct decision *decision, const struct facts *facts)
{
    message_copy(&message_types[MESSAGE_chat], add_chat(decision), facts->chat);
}

struct message *change_add_message(struct decision *decision, const char *chat_id,
                                   const char *message_id)
{
    struct message *message = list_append((struct list *)&decision->event.message, message_type);

    message_set_text(message_type, message, "id", message_id);
    message_set_text(message_type, message, "chat_id", chat_id);
    message->seq = decision->event.seq;
    message->created = message->updated = message->author_timestamp = decision->event.at;
    return message;
}

void change_set_author(struct message *message, enum message_id type, const void *command)
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

void change_note_message(struct chat *chat, const struct message *message)
{
    if (event_counts_as_last(message->event)) {
        own_replace(&chat->last_message, message->content);
        chat->last_message_timestamp = message->author_timestamp;
    }
    if (text_is(message->event, "contact-information-fulfilled"))
        own_replace(&chat->contacts_message, message->content);
    if (!text_is_empty(message->event))
        own_replace(&chat->last_message_event, message->event);
}

void change_blank_feedback(struct chat *chat)
{
    own_replace(&chat->feedback_rating, "");
    own_replace(&chat->feedback_text, "");
}
