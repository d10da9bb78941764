#include "fake_store.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "own.h"
#include "utf8.h"

enum { LISTS = 5 };

struct store {
    struct fake_rows rows;
    size_t committed[LISTS + 1];
    int64_t committed_row;
    int fails_after; /* -1: never */
    bool is_writing;
};

static const enum message_id records[LISTS] = {MESSAGE_chat, MESSAGE_message, MESSAGE_event,
                                               MESSAGE_account, MESSAGE_revocation};

static struct list *list_at(struct store *self, int i)
{
    struct list *const lists[LISTS] = {
        (struct list *)&self->rows.chats, (struct list *)&self->rows.messages,
        (struct list *)&self->rows.events, (struct list *)&self->rows.accounts,
        (struct list *)&self->rows.revocations};

    return lists[i];
}

struct store *fake_store_new(void)
{
    struct store *self = own_zero(sizeof(*self));

    self->fails_after = -1;
    return self;
}

const struct fake_rows *fake_store_rows(const struct store *self)
{
    return &self->rows;
}

void fake_store_fail_after(struct store *self, int calls)
{
    self->fails_after = calls;
}

/* Also in a build without assert. */
static void require(bool holds)
{
    if (!holds)
        abort();
}

static bool fails(struct store *self)
{
    if (self->fails_after > 0)
        self->fails_after--;
    else
        return self->fails_after == 0;
    return false;
}

static void cut(struct store *self, const size_t counts[LISTS + 1])
{
    for (int i = 0; i < LISTS; i++) {
        struct list *list = list_at(self, i);
        const struct message_type *type = &message_types[records[i]];
        while (list->count > counts[i])
            message_clear(type, (char *)list->items + --list->count * type->size);
    }
    while (self->rows.command_count > counts[LISTS]) {
        struct fake_command *command = &self->rows.commands[--self->rows.command_count];
        free(command->id);
        free(command->fingerprint);
        free(command->wire);
        free(command->body);
    }
}

void store_close(struct store **self)
{
    static const size_t none[LISTS + 1];

    if (!*self)
        return;
    cut(*self, none);
    for (int i = 0; i < LISTS; i++)
        free(list_at(*self, i)->items);
    free((*self)->rows.commands);
    free(*self);
    *self = NULL;
}

int store_begin(struct store *self)
{
    require(!self->is_writing);
    if (fails(self))
        return -1;
    self->is_writing = true;
    for (int i = 0; i < LISTS; i++)
        self->committed[i] = list_at(self, i)->count;
    self->committed[LISTS] = self->rows.command_count;
    self->committed_row = self->rows.row;
    return 0;
}

void store_rollback(struct store *self)
{
    if (self->is_writing) {
        cut(self, self->committed);
        self->rows.row = self->committed_row;
    }
    self->is_writing = false;
}

int store_commit(struct store *self)
{
    if (fails(self)) {
        store_rollback(self);
        return -1;
    }
    self->is_writing = false;
    return 0;
}

/* ---- writing ---- */

static int add(struct store *self, int list, int64_t row, const void *record)
{
    const struct message_type *type = &message_types[records[list]];
    char why[WHY_MAX];

    require(self->is_writing);
    require(!row || row > self->rows.row); /* row ids rise over all tables */
    if (fails(self))
        return -1;
    if (message_check(type, record, why) == -1)
        abort(); /* what is written always keeps to the schema */
    if (row)
        self->rows.row = row;
    message_copy(type, list_append(list_at(self, list), type), record);
    return 0;
}

int store_add_chat(struct store *self, int64_t row, const struct chat *chat)
{
    return add(self, 0, row, chat);
}

int store_add_message(struct store *self, int64_t row, const struct message *message)
{
    return add(self, 1, row, message);
}

static void remember(struct fake_rows *rows, struct fake_command command)
{
    rows->commands = own_grow(rows->commands, (rows->command_count + 1) * sizeof(*rows->commands));
    rows->commands[rows->command_count++] = command;
}

void fake_store_remember(struct store *self, const char *command_id, const char *wire,
                         const char *body)
{
    remember(&self->rows, (struct fake_command){own_copy(command_id), own_copy(""), own_copy(wire),
                                                own_copy(body)});
}

int store_add_event(struct store *self, const struct event *event, const char *command_id,
                    const char *fingerprint)
{
    const struct message_type *type = &message_types[MESSAGE_event];

    if (add(self, 2, 0, event) == -1)
        return -1;
    remember(&self->rows,
             (struct fake_command){own_copy(command_id), own_copy(fingerprint),
                                   own_copy(type->wire), message_to_json(type, event)});
    return 0;
}

int store_add_account(struct store *self, int64_t row, const struct account *account,
                      int64_t created)
{
    require(created > 0);
    return add(self, 3, row, account);
}

int store_add_presence(struct store *self, int64_t row, const struct account *account,
                       int64_t created)
{
    struct account version = {0};
    int rc = store_read_account(self, "", account->id_code, &version);

    require(created > 0);
    if (rc == 1) {
        own_replace(&version.presence_status, account->presence_status);
        version.presence_active = account->presence_active;
        rc = add(self, 3, row, &version);
    }
    message_clear(&message_types[MESSAGE_account], &version);
    return rc;
}

int store_add_revocation(struct store *self, const struct revocation *revocation)
{
    return add(self, 4, 0, revocation);
}

/* ---- reading ---- */

int store_read_head(struct store *self, struct store_head *head)
{
    const struct event_list *events = &self->rows.events;

    if (fails(self))
        return -1;
    *head = (struct store_head){.log_id = "11111111-1111-4111-8111-111111111111",
                                .seq = events->count ? events->items[events->count - 1].seq : 0,
                                .first_seq = events->count ? events->items[0].seq : 1,
                                .time = events->count ? events->items[events->count - 1].at : 0,
                                .row = self->rows.row,
                                .has_accounts = self->rows.accounts.count > 0};
    return 0;
}

static bool counts_as_last(const char *event)
{
    return strcmp(event, "message-read") != 0 && strcmp(event, "rating") != 0 &&
           strcmp(event, "requested-chat-forward") != 0;
}

static void fill_in(const struct store *self, struct chat *chat)
{
    own_replace(&chat->last_message, "");
    own_replace(&chat->contacts_message, "");
    own_replace(&chat->last_message_event, "");
    chat->last_message_timestamp = 0;
    for (size_t i = 0; i < self->rows.messages.count; i++) {
        const struct message *message = &self->rows.messages.items[i];
        const char *event = message->event ? message->event : "";
        if (strcmp(message->chat_id, chat->id) != 0)
            continue;
        if (counts_as_last(event)) {
            own_replace(&chat->last_message, message->content);
            chat->last_message_timestamp = message->author_timestamp;
        }
        if (strcmp(event, "contact-information-fulfilled") == 0)
            own_replace(&chat->contacts_message, message->content);
        if (*event)
            own_replace(&chat->last_message_event, event);
    }
}

int store_read_chat(struct store *self, const char *chat_id, struct chat *chat)
{
    if (fails(self))
        return -1;
    for (size_t i = self->rows.chats.count; i > 0; i--)
        if (strcmp(self->rows.chats.items[i - 1].id, chat_id) == 0) {
            message_copy(&message_types[MESSAGE_chat], chat, &self->rows.chats.items[i - 1]);
            fill_in(self, chat);
            return 1;
        }
    return 0;
}

static bool is_newest(const struct store *self, size_t index)
{
    const struct chat_list *chats = &self->rows.chats;

    for (size_t i = index + 1; i < chats->count; i++)
        if (strcmp(chats->items[i].id, chats->items[index].id) == 0)
            return false;
    return true;
}

/* Returns the open chat with the least id after this one, NULL at the end. */
static const struct chat *next_open(const struct store *self, const char *after)
{
    const struct chat *best = NULL;

    for (size_t i = 0; i < self->rows.chats.count; i++) {
        const struct chat *chat = &self->rows.chats.items[i];
        if (!chat->ended && strcmp(chat->id, after) > 0 &&
            (!best || strcmp(chat->id, best->id) < 0) && is_newest(self, i))
            best = chat;
    }
    return best;
}

int store_read_open_chats(struct store *self, const char *after, int64_t limit,
                          struct chat_list *chats)
{
    const struct message_type *type = &message_types[MESSAGE_chat];
    const struct chat *chat;

    if (fails(self))
        return -1;
    while (limit-- > 0 && (chat = next_open(self, after))) {
        struct chat *copy = list_append((struct list *)chats, type);
        message_copy(type, copy, chat);
        fill_in(self, copy);
        after = chat->id;
    }
    return 0;
}

int store_read_chat_size(struct store *self, const char *chat_id, int64_t *versions,
                         int64_t *characters)
{
    *versions = *characters = 0;
    if (fails(self))
        return -1;
    for (size_t i = 0; i < self->rows.messages.count; i++)
        if (strcmp(self->rows.messages.items[i].chat_id, chat_id) == 0) {
            ++*versions;
            const char *content = self->rows.messages.items[i].content;
            *characters += (int64_t)utf8_length(content ? content : "");
        }
    return 0;
}

int store_read_messages(struct store *self, const char *chat_id, int64_t after, int64_t after_seq,
                        struct message_list *messages)
{
    const struct message_type *type = &message_types[MESSAGE_message];
    bool all = !after && !after_seq;

    if (fails(self))
        return -1;
    for (size_t i = 0; i < self->rows.messages.count; i++) {
        const struct message *message = &self->rows.messages.items[i];
        bool is_new =
            all || (after && message->updated > after) || (after_seq && message->seq > after_seq);
        if (is_new && strcmp(message->chat_id, chat_id) == 0)
            message_copy(type, list_append((struct list *)messages, type), message);
    }
    return 0;
}

int store_read_events(struct store *self, const char *chat_id, int64_t after, int64_t limit,
                      struct event_list *events)
{
    const struct message_type *type = &message_types[MESSAGE_event];

    if (fails(self))
        return -1;
    for (size_t i = 0; i < self->rows.events.count && limit > 0; i++) {
        const struct event *event = &self->rows.events.items[i];
        bool is_its =
            !*chat_id || (event->chat.count && strcmp(event->chat.items[0].id, chat_id) == 0);
        if (event->seq <= after || !is_its)
            continue;
        message_copy(type, list_append((struct list *)events, type), event);
        limit--;
    }
    return 0;
}

int store_read_account(struct store *self, const char *login, const char *id_code,
                       struct account *account)
{
    if (fails(self))
        return -1;
    for (size_t i = self->rows.accounts.count; i > 0; i--) {
        const struct account *version = &self->rows.accounts.items[i - 1];
        if ((*login && strcmp(version->login, login) == 0) ||
            (*id_code && strcmp(version->id_code, id_code) == 0)) {
            message_copy(&message_types[MESSAGE_account], account, version);
            return 1;
        }
    }
    return 0;
}

static bool has_listed(const struct account_roles_list *accounts, const char *id_code)
{
    for (size_t i = 0; i < accounts->count; i++)
        if (strcmp(accounts->items[i].id_code, id_code) == 0)
            return true;
    return false;
}

/* Newest first, which is no order of id codes: one page of them is enough here. */
int store_read_accounts(struct store *self, const char *after, int64_t limit,
                        struct account_roles_list *accounts)
{
    const struct message_type *role = &message_types[MESSAGE_role];

    if (fails(self))
        return -1;
    for (size_t i = self->rows.accounts.count; i > 0 && (int64_t)accounts->count < limit; i--) {
        const struct account *version = &self->rows.accounts.items[i - 1];
        if (strcmp(version->id_code, after) <= 0 || has_listed(accounts, version->id_code))
            continue;
        struct account_roles *account =
            list_append((struct list *)accounts, &message_types[MESSAGE_account_roles]);
        account->id_code = own_copy(version->id_code);
        for (size_t k = 0; k < version->roles.count; k++)
            message_copy(role, list_append((struct list *)&account->roles, role),
                         &version->roles.items[k]);
    }
    return 0;
}

int store_read_revocations(struct store *self, int64_t now, struct revocation_list *revocations)
{
    const struct message_type *type = &message_types[MESSAGE_revocation];

    if (fails(self))
        return -1;
    for (size_t i = 0; i < self->rows.revocations.count; i++)
        if (self->rows.revocations.items[i].expires_at > now)
            message_copy(type, list_append((struct list *)revocations, type),
                         &self->rows.revocations.items[i]);
    return 0;
}

int store_read_waits(struct store *self, int64_t limit, struct wait_list *waits)
{
    if (fails(self))
        return -1;
    if (limit > 0)
        ((struct wait *)list_append((struct list *)waits, &message_types[MESSAGE_wait]))
            ->milliseconds = 1500;
    return 0;
}

int store_read_command(struct store *self, const char *command_id, struct remembered *command)
{
    if (fails(self))
        return -1;
    for (size_t i = 0; i < self->rows.command_count; i++)
        if (strcmp(self->rows.commands[i].id, command_id) == 0) {
            const struct fake_command *found = &self->rows.commands[i];
            *command = (struct remembered){own_copy(found->fingerprint), own_copy(found->wire),
                                           own_copy(found->body)};
            return 1;
        }
    return 0;
}
