#include "revise.h"

#include "change.h"
#include "event_value.h"
#include "own.h"
#include "question.h"

static const struct message_type *const message_type = &message_types[MESSAGE_message];

/* Of a message that is named alone nobody knows a chat, unless it is there. */
static const struct refusal *needs_message(const struct message_revise *command,
                                           const struct facts *facts)
{
    const struct refusal *refusal = needs_open_chat(facts);

    if (refusal == &chat_not_found && !*command->chat_id)
        return &message_not_found;
    if (!refusal && !facts->revised)
        return &message_not_found;
    return refusal;
}

static const struct refusal *needs_fitting_event(const struct message_revise *command,
                                                 const struct facts *facts)
{
    if (!event_may_be_written(command->event, EVENT_VERSION, command->author_role))
        return &event_is_not_theirs;
    return event_answers(command->event, facts->revised->event) ? NULL : &question_is_closed;
}

static bool is_there_already(const struct message_revise *command, const struct message *message)
{
    return text_is(message->event, command->event) && text_is(message->rating, command->rating) &&
           (command->keeps || text_is(message->content, command->content));
}

static void write_version(const struct message_revise *command, struct message *version)
{
    own_replace(&version->event, command->event);
    own_replace(&version->rating, command->rating);
    if (!command->keeps) {
        own_replace(&version->content, command->content);
        change_set_author(version, MESSAGE_message_revise, command);
    } else if (command->author_timestamp) {
        version->author_timestamp = command->author_timestamp;
    }
}

const struct refusal *decide_revision(const void *self, const struct facts *facts,
                                      struct decision *decision)
{
    const struct message_revise *command = self;
    const struct refusal *refusal = needs_message(command, facts);

    if (refusal)
        return refusal;
    if (is_there_already(command, facts->revised)) {
        change_nothing(decision, facts);
        return NULL;
    }
    refusal = needs_fitting_event(command, facts);
    if (!refusal)
        refusal = needs_room_for_version(facts);
    if (refusal)
        return refusal;

    struct chat *chat = change_chat(decision, facts, "message.revised");
    struct message *version = list_append((struct list *)&decision->event.message, message_type);
    message_copy(message_type, version, facts->revised);
    version->seq = decision->event.seq;
    version->updated = decision->event.at;
    write_version(command, version);
    change_note_message(chat, version);
    question_answered(decision, facts->revised);
    return NULL;
}
