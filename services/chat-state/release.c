#include "release.h"

#include "change.h"
#include "own.h"

const struct refusal too_many_to_release = {409, "too_many_to_release",
                                            "The agent has too many chats to free them at once."};

const struct refusal *decide_release(const void *self, const struct facts *facts,
                                     struct decision *decision)
{
    const struct chats_release *command = self;

    if (facts->token_is_revoked)
        return &token_is_revoked;
    if (!facts->chat || chat_is_ended(facts->chat) ||
        !text_is(facts->chat->customer_support_id, command->customer_support_id))
        return NULL;

    struct chat *chat = change_chat(decision, facts, "chat.released");
    decision->event.at = later_of(decision->event.at, facts->created + 1);
    chat->updated = chat->created = decision->event.at;
    own_replace(&chat->customer_support_id, "");
    own_replace(&chat->customer_support_display_name, "");
    own_replace(&chat->csa_title, "");
    chat->was_with_bot = false;
    decision->writes_chat = true;
    return NULL;
}
