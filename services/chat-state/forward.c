#include "forward.h"

#include <string.h>

#include "change.h"
#include "chat.h"
#include "event_value.h"
#include "identity.h"
#include "notice.h"
#include "own.h"
#include "silence.h"
#include "token_rules.h"

static const struct message_type *const message_type = &message_types[MESSAGE_message];

static const struct refusal received_already = {
    409, "chat_was_received", "A chat that another institution sent here goes no further."};
static const struct refusal nowhere_to_go = {409, "nowhere_to_forward",
                                             "No institution is to have this chat."};

/* ---- chat.forward ---- */

static bool asks(const struct chat_forward *command)
{
    return !text_is_empty(command->content);
}

static bool changes(const struct chat_forward *command, const struct chat *chat)
{
    bool is_set = !text_is_empty(command->forwarded_to);

    if (!is_set && asks(command))
        return false;
    return !text_is(chat->forwarded_to, is_set ? command->forwarded_to : "") ||
           !text_is(chat->forwarded_to_name, is_set ? command->forwarded_to_name : "");
}

static const struct refusal *may_forward(const struct chat_forward *command,
                                         const struct facts *facts)
{
    const struct refusal *refusal = needs_open_chat(facts);

    if (!refusal && !text_is_empty(command->forwarded_to) &&
        !text_is_empty(facts->chat->received_from))
        refusal = &received_already;
    if (!refusal && asks(command))
        refusal = needs_room(facts);
    return refusal;
}

static void set_destination(const struct chat_forward *command, struct chat *chat)
{
    own_replace(&chat->forwarded_to, command->forwarded_to);
    own_replace(&chat->forwarded_to_name, command->forwarded_to_name);
    if (!text_is_empty(command->forwarded_to))
        change_blank_feedback(chat);
}

static void ask(struct decision *decision, const struct chat_forward *command)
{
    struct message *message = change_add_message(decision, command->chat_id, command->message_id);

    change_set_author(message, MESSAGE_chat_forward, command);
    own_replace(&message->content, command->content);
    own_replace(&message->event, "requested-chat-forward");
    change_note_message(decision->event.chat.items, message);
}

const struct refusal *decide_forward(const void *self, const struct facts *facts,
                                     struct decision *decision)
{
    const struct chat_forward *command = self;
    const struct refusal *refusal = may_forward(command, facts);

    if (refusal)
        return refusal;
    decision->writes_chat = changes(command, facts->chat);
    if (!decision->writes_chat && !asks(command)) {
        change_nothing(decision, facts);
        return NULL;
    }
    struct chat *chat =
        change_chat(decision, facts, decision->writes_chat ? "chat.forwarded" : "message.posted");
    if (decision->writes_chat)
        set_destination(command, chat);
    if (asks(command))
        ask(decision, command);
    return NULL;
}

/* ---- chat.pass_on ---- */

/* To pass a chat on is to agree: the answer may be late, or lost. */
static void answer_question(struct decision *decision, const struct message *question)
{
    struct message *version = list_append((struct list *)&decision->event.message, message_type);

    message_copy(message_type, version, question);
    version->seq = decision->event.seq;
    version->updated = version->author_timestamp = decision->event.at;
    own_replace(&version->event, "requested-chat-forward-accepted");
    own_replace(&version->content, "");
    own_replace(&version->author_role, "end-user");
    own_replace(&version->author_id, "");
    own_replace(&version->author_first_name, "");
    own_replace(&version->author_last_name, "");
    change_note_message(decision->event.chat.items, version);
}

const struct refusal *decide_passing_on(const void *self, const struct facts *facts,
                                        struct decision *decision)
{
    const struct chat_pass_on *command = self;
    const struct message *question = facts->revised;
    const struct refusal *refusal = needs_open_chat(facts);

    if (!refusal && text_is_empty(facts->chat->forwarded_to))
        refusal = &nowhere_to_go;
    if (!refusal)
        refusal = needs_room_for_token(facts);
    if (refusal)
        return refusal;

    struct chat *chat = change_chat(decision, facts, "chat.ended");
    own_replace(&chat->status, "REDIRECTED");
    own_replace(&chat->external_id, command->external_id);
    chat->ended = decision->event.at;
    change_blank_feedback(chat);
    if (question && text_is(question->event, "requested-chat-forward"))
        answer_question(decision, question);
    decision_issue(decision, &(struct issue){command->new_token_id, COOKIE_CHAT, chat->id,
                                             command->expires_at});
    decision->writes_chat = true;
    return NULL;
}

/* ---- chat.receive ---- */

static const struct refusal *may_be_copied(const struct message *message)
{
    if (text_is_blank(message->content) && text_is_empty(message->event))
        return &content_missing;
    return event_may_be_copied(message->event) ? NULL : &event_is_not_theirs;
}

static const struct refusal *may_be_received(const struct chat_receive *command,
                                             const struct facts *facts)
{
    int64_t characters = 0;

    if (facts->chat)
        return &chat_exists;
    if (command->messages.count == 0)
        return &content_missing;
    for (size_t i = 0; i < command->messages.count; i++) {
        const struct refusal *refusal = may_be_copied(&command->messages.items[i]);
        if (refusal)
            return refusal;
        characters += message_characters(&command->messages.items[i]);
    }
    if ((int64_t)command->messages.count + 1 >= facts->limits->messages ||
        characters >= facts->limits->characters)
        return &chat_is_full;
    if (facts->open_chats >= facts->limits->open_chats)
        return &too_many_chats;
    return needs_room_for_token(facts);
}

/* The fields that both have, under the same names. */
static void take_over(const struct chat_receive *command, struct chat *chat)
{
    static const char *const names[] = {
        "external_id",         "received_from",      "received_from_name", "end_user_id",
        "end_user_first_name", "end_user_last_name", "end_user_email",     "end_user_phone",
        "end_user_os",         "end_user_url",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        message_set_text(&message_types[MESSAGE_chat], chat, names[i],
                         message_text(&message_types[MESSAGE_chat_receive], command, names[i]));
}

static void open_received(const struct chat_receive *command, const struct facts *facts,
                          struct decision *decision)
{
    struct chat *chat = change_open_chat(decision, facts, command->chat_id);

    take_over(command, chat);
    silence_begin(decision, facts, chat);
    decision_issue(decision, &(struct issue){command->new_token_id, COOKIE_REDIRECT, chat->id,
                                             command->expires_at});
}

/* Copied, and not written here: nobody is asked anything by it. */
static void copy_message(struct decision *decision, const struct message *said, const char *chat_id)
{
    struct message *message = change_add_message(decision, chat_id, said->id);

    change_set_author(message, MESSAGE_message, said);
    own_replace(&message->content, said->content);
    own_replace(&message->event, said->event);
    change_note_message(decision->event.chat.items, message);
}

const struct refusal *decide_receipt(const void *self, const struct facts *facts,
                                     struct decision *decision)
{
    const struct chat_receive *command = self;
    const struct refusal *refusal = facts->part ? NULL : may_be_received(command, facts);

    if (facts->token_is_revoked)
        refusal = &token_is_revoked;
    if (refusal)
        return refusal;
    if (facts->part)
        (void)change_chat(decision, facts, "message.posted");
    else
        open_received(command, facts, decision);
    copy_message(decision, &command->messages.items[facts->part], command->chat_id);
    if (!facts->part)
        notice_begin(decision, facts, "");
    decision->goes_on = facts->part + 1 < (int64_t)command->messages.count;
    return NULL;
}
