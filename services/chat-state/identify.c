#include "identify.h"

#include "change.h"
#include "token_rules.h"

static const struct message_type *const chat_type = &message_types[MESSAGE_chat];
static const struct message_type *const identify_type = &message_types[MESSAGE_chat_identify];

static const char *const names[] = {"end_user_id", "end_user_first_name", "end_user_last_name",
                                    "end_user_email", "end_user_phone"};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static bool changes(const struct chat_identify *command, const struct chat *chat, size_t i)
{
    const char *said = message_text(identify_type, command, names[i]);

    return !text_is_empty(said) && !text_is(message_text(chat_type, chat, names[i]), said);
}

static bool changes_any(const struct chat_identify *command, const struct chat *chat)
{
    for (size_t i = 0; i < NAMES; i++)
        if (changes(command, chat, i))
            return true;
    return false;
}

static void add_message(struct decision *decision, const struct chat_identify *command)
{
    struct message *message = change_add_message(decision, command->chat_id, command->message_id);

    message_set_text(&message_types[MESSAGE_message], message, "event", command->event);
    message_set_text(&message_types[MESSAGE_message], message, "author_role", command->author_role);
    change_note_message(&decision->event.chat.items[0], message);
}

const struct refusal *decide_identity(const void *self, const struct facts *facts,
                                      struct decision *decision)
{
    const struct chat_identify *command = self;
    bool has_message = *command->message_id != '\0';
    const struct refusal *refusal = needs_open_chat(facts);

    if (!refusal && has_message)
        refusal = needs_room(facts);
    if (!refusal)
        refusal = needs_unspent_token(command->spent_id, facts);
    if (refusal)
        return refusal;
    decision->writes_chat = changes_any(command, facts->chat);
    if (!decision->writes_chat && !has_message && !*command->spent_id) {
        change_nothing(decision, facts);
        return NULL;
    }
    struct chat *chat = change_chat(decision, facts, "chat.identified");
    decision_spend(decision, command->spent_id, command->spent_until);
    for (size_t i = 0; i < NAMES; i++)
        if (changes(command, facts->chat, i))
            message_set_text(chat_type, chat, names[i],
                             message_text(identify_type, command, names[i]));
    if (has_message)
        add_message(decision, command);
    return NULL;
}
