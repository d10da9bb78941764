#include "greeting.h"

#include "change.h"
#include "own.h"

const char *greeting_words(const struct configuration *configuration)
{
    const char *words = configuration_text(configuration, CONFIGURATION_greeting_message_est);
    bool is_said = configuration_flag(configuration, CONFIGURATION_is_greeting_message_active) &&
                   !text_is_blank(words);

    return is_said ? words : "";
}

void greeting_say(struct decision *decision, const char *message_id, const char *words)
{
    struct chat *chat = decision->event.chat.items;
    struct message *message = change_add_message(decision, chat->id, message_id);

    own_replace(&message->event, "greeting");
    own_replace(&message->author_role, "buerokratt");
    own_replace(&message->content, words);
    change_note_message(chat, message);
}
