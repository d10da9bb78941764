#include "question.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "leaving.h"

enum { SECOND_MS = 1000 };

static bool is_question(const struct message *message)
{
    return text_is(message->event, "ask-permission");
}

static void name(char id[DEADLINE_ID_SIZE], const struct message *message)
{
    snprintf(id, DEADLINE_ID_SIZE, "%s:%s", KIND_PERMISSION, message->id);
}

/* What an agent's program would say itself, if it were still there. */
static void plan_ignored(struct deadline *row, const struct message *message)
{
    struct message_revise revise = {.command_id = row->id,
                                    .event = (char *)"ask-permission-ignored",
                                    .author_role = (char *)"backoffice-user",
                                    .keeps = true};

    memcpy(revise.request_id, message->id, UUID_SIZE);
    memcpy(revise.chat_id, message->chat_id, UUID_SIZE);
    memcpy(revise.id, message->id, UUID_SIZE);
    row->body = message_to_json(&message_types[MESSAGE_message_revise], &revise);
}

void question_asked(struct decision *decision, const struct facts *facts,
                    const struct message *message)
{
    char id[DEADLINE_ID_SIZE];
    const struct deadline about = {
        .id = id, .kind = (char *)KIND_PERMISSION, .subject = (char *)message->chat_id};
    int64_t wait_ms = facts->limits->ask_permission_s * SECOND_MS;

    if (!wait_ms || !is_question(message))
        return;
    name(id, message);
    plan_ignored(decision_set_deadline(decision, facts, &about, wait_ms), message);
}

void question_answered(struct decision *decision, const struct message *before)
{
    char id[DEADLINE_ID_SIZE];

    if (!is_question(before))
        return;
    name(id, before);
    decision_remove_deadline(decision, id);
}
