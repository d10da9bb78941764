#include "outcome.h"

#include <stdlib.h>
#include <string.h>

void outcome_refuse(struct outcome *self, enum verdict verdict, const struct refusal *refusal,
                    const char *request_id)
{
    self->verdict = verdict;
    reply_refuse(&self->reply, refusal, request_id);
}

static void say_chat(struct reply *reply, const struct chat *chat, int64_t seq)
{
    const struct message_type *type = &message_types[MESSAGE_chat];
    struct chat_found *found = reply_become(reply, MESSAGE_chat_found);

    found->seq = seq;
    message_copy(type, list_append((struct list *)&found->chat, type), chat);
}

void outcome_say_briefly(struct outcome *self, const struct chat *chat)
{
    char chat_id[UUID_SIZE]; /* the chat may be in what the reply was */

    memcpy(chat_id, chat->id, UUID_SIZE);
    struct message_posted *posted = reply_become(&self->reply, MESSAGE_message_posted);
    memcpy(posted->chat_id, chat_id, UUID_SIZE);
}

static void say_settings(struct reply *reply, const struct setting_version_list *settings)
{
    const struct message_type *type = &message_types[MESSAGE_setting_version];
    struct settings_found *found = reply_become(reply, MESSAGE_settings_found);

    for (size_t i = 0; i < settings->count; i++)
        message_copy(type, list_append((struct list *)&found->settings, type), &settings->items[i]);
}

static void say_comment(struct reply *reply, const struct comment *comment)
{
    const struct message_type *type = &message_types[MESSAGE_comment];
    struct comment_found *found = reply_become(reply, MESSAGE_comment_found);

    message_copy(type, list_append((struct list *)&found->comment, type), comment);
}

void outcome_accept(struct outcome *self, int64_t seq, const char *request_id)
{
    const struct event *event = &self->decision.event;
    const struct chat_list *chats = &event->chat;

    self->verdict = VERDICT_ACCEPTED;
    if (event->comment.count)
        say_comment(&self->reply, event->comment.items);
    else if (event->settings.count)
        say_settings(&self->reply, &event->settings);
    else if (chats->count == 0 || self->type == MESSAGE_chats_release ||
             self->type == MESSAGE_bot_leave)
        (void)reply_become(&self->reply, MESSAGE_command_done);
    else if (self->is_brief)
        outcome_say_briefly(self, &chats->items[0]);
    else
        say_chat(&self->reply, &chats->items[0], seq);
    reply_address(&self->reply, request_id);
}

void outcome_clear(struct outcome *self)
{
    zframe_destroy(&self->peer);
    reply_clear(&self->reply);
    free(self->command_id);
    free(self->fingerprint);
    decision_clear(&self->decision);
}
