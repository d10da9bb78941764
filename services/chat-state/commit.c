#include "commit.h"

#include <string.h>

#include "identity.h"

static int write_deadlines(struct store *self, const struct decision *decision)
{
    const struct chat_list *chats = &decision->event.chat;

    for (size_t i = 0; i < decision->deadlines.count; i++)
        if (store_set_deadline(self, &decision->deadlines.items[i]) == -1)
            return -1;
    if (decision->event.kind && chats->count && chats->items[0].ended)
        return store_remove_deadlines(self, chats->items[0].id);
    return 0;
}

static int write_of_chat(struct store *self, int64_t *row, const struct decision *decision)
{
    const struct event *event = &decision->event;

    if (decision->writes_chat && store_add_chat(self, ++*row, &event->chat.items[0]) == -1)
        return -1;
    if (event->message.count && store_add_message(self, ++*row, &event->message.items[0]) == -1)
        return -1;
    if (event->comment.count && store_add_comment(self, ++*row, &event->comment.items[0]) == -1)
        return -1;
    return 0;
}

static int write_of_account(struct store *self, int64_t *row, const struct decision *decision)
{
    const struct event *event = &decision->event;

    if (decision->writes_presence &&
        store_add_presence(self, ++*row, &event->account.items[0], event->at) == -1)
        return -1;
    if (decision->writes_account &&
        store_add_account(self, ++*row, &decision->account, event->at) == -1)
        return -1;
    if (decision->deletes_account &&
        store_delete_account(self, ++*row, &decision->account, event->at) == -1)
        return -1;
    if (decision->writes_profile &&
        store_add_profile(self, ++*row, &event->profile.items[0], event->at) == -1)
        return -1;
    return 0;
}

static int write_spent_token(struct store *self, const struct revocation *spent, int64_t at)
{
    struct issuance row = {.cookie = (char *)COOKIE_PERSON, .expires_at = spent->expires_at};

    memcpy(row.token_id, spent->token_id, UUID_SIZE);
    return store_add_token(self, &row, at);
}

static int write_of_token(struct store *self, const struct event *event)
{
    if (event->revocation.count &&
        store_remove_token(self, event->revocation.items[0].token_id) == -1)
        return -1;
    if (event->issuance.count && store_add_token(self, &event->issuance.items[0], event->at) == -1)
        return -1;
    if (event->spent.count && write_spent_token(self, &event->spent.items[0], event->at) == -1)
        return -1;
    return 0;
}

int commit_outcome(struct store *self, int64_t *row, const struct outcome *outcome)
{
    const struct decision *decision = &outcome->decision;
    const struct event *event = &decision->event;

    if (write_of_chat(self, row, decision) == -1 || write_of_account(self, row, decision) == -1 ||
        write_of_token(self, event) == -1)
        return -1;
    for (size_t i = 0; i < event->settings.count; i++)
        if (store_add_setting(self, &event->settings.items[i]) == -1)
            return -1;
    if (write_deadlines(self, decision) == -1)
        return -1;
    if (!event->kind)
        return 0;
    return store_add_event(self, event, outcome->command_id, outcome->fingerprint);
}
