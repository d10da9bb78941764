#include "fake_store.h"

#include <stdlib.h>
#include <string.h>

#include "deadlines.h"
#include "json.h"
#include "own.h"
#include "utf8.h"
#include "words.h"

enum { LISTS = 8 };

struct store {
    struct fake_rows rows;
    size_t committed[LISTS + 1];
    int64_t committed_row;
    size_t committed_deadlines;
    int fails_after; /* -1: never */
    bool is_writing;
};

static const enum message_id records[LISTS] = {
    MESSAGE_chat,     MESSAGE_message, MESSAGE_event,   MESSAGE_account,
    MESSAGE_issuance, MESSAGE_profile, MESSAGE_comment, MESSAGE_setting_version};

static struct list *list_at(struct store *self, int i)
{
    struct list *const lists[LISTS] = {
        (struct list *)&self->rows.chats,    (struct list *)&self->rows.messages,
        (struct list *)&self->rows.events,   (struct list *)&self->rows.accounts,
        (struct list *)&self->rows.tokens,   (struct list *)&self->rows.profiles,
        (struct list *)&self->rows.comments, (struct list *)&self->rows.settings};

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
    deadline_list_clear(&(*self)->rows.deadlines);
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
    self->committed_deadlines = self->rows.deadlines.count;
    return 0;
}

void store_rollback(struct store *self)
{
    if (self->is_writing) {
        cut(self, self->committed);
        self->rows.row = self->committed_row;
        struct deadline_list *deadlines = &self->rows.deadlines;
        while (deadlines->count > self->committed_deadlines)
            message_clear(&message_types[MESSAGE_deadline], &deadlines->items[--deadlines->count]);
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

int store_add_comment(struct store *self, int64_t row, const struct comment *comment)
{
    return add(self, 6, row, comment);
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

/* A version without roles is the last one. */
int store_delete_account(struct store *self, int64_t row, const struct account *account,
                         int64_t created)
{
    require(account->roles.count == 0);
    return store_add_account(self, row, account, created);
}

int store_add_profile(struct store *self, int64_t row, const struct profile *profile,
                      int64_t created)
{
    require(created > 0);
    return add(self, 5, row, profile);
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

int store_add_token(struct store *self, const struct issuance *token, int64_t issued)
{
    require(issued > 0);
    return add(self, 4, 0, token);
}

/* As one more version that has expired, so that a rollback takes it back. */
int store_remove_token(struct store *self, const char *token_id)
{
    struct issuance gone = {.cookie = own_copy("gone"), .expires_at = 1};

    memcpy(gone.token_id, token_id, UUID_SIZE);
    int rc = add(self, 4, 0, &gone);
    message_clear(&message_types[MESSAGE_issuance], &gone);
    return rc;
}

/* ---- deadlines ---- */

int store_set_deadline(struct store *self, const struct deadline *deadline)
{
    const struct message_type *type = &message_types[MESSAGE_deadline];
    char why[WHY_MAX];

    require(self->is_writing);
    if (fails(self))
        return -1;
    if (deadline->due && message_check(type, deadline, why) == -1)
        abort(); /* what is written always keeps to the schema */
    message_copy(type, list_append((struct list *)&self->rows.deadlines, type), deadline);
    return 0;
}

/* Whether the row at this place is the newest one of its id, and still set. */
static bool is_set(const struct deadline_list *rows, size_t place)
{
    for (size_t i = place + 1; i < rows->count; i++)
        if (strcmp(rows->items[i].id, rows->items[place].id) == 0)
            return false;
    return rows->items[place].due != 0;
}

int store_remove_deadlines(struct store *self, const char *chat_id)
{
    size_t count = self->rows.deadlines.count;
    int rc = fails(self) ? -1 : 0;

    for (size_t i = 0; i < count && rc == 0; i++) {
        struct deadline gone = self->rows.deadlines.items[i];
        bool is_its = strcmp(gone.subject ? gone.subject : "", chat_id) == 0;
        gone.due = 0;
        if (is_its && is_set(&self->rows.deadlines, i))
            rc = store_set_deadline(self, &gone);
    }
    return rc;
}

/* Chats that were open before are of no interest here. */
int store_add_inactive(struct store *self, int64_t due, int64_t created)
{
    (void)due;
    (void)created;
    return fails(self) ? -1 : 0;
}

int store_read_deadline(struct store *self, const char *id, struct deadline *deadline)
{
    const struct deadline_list *rows = &self->rows.deadlines;

    if (fails(self))
        return -1;
    for (size_t i = 0; i < rows->count; i++)
        if (strcmp(rows->items[i].id, id) == 0 && is_set(rows, i)) {
            message_copy(&message_types[MESSAGE_deadline], deadline, &rows->items[i]);
            return 1;
        }
    return 0;
}

/* Returns the earliest row after this one, NULL at the end. */
static const struct deadline *next_deadline(const struct deadline_list *rows,
                                            const struct deadline *after)
{
    const struct deadline *best = NULL;

    for (size_t i = 0; i < rows->count; i++) {
        const struct deadline *row = &rows->items[i];
        bool is_later = !after || row->due > after->due ||
                        (row->due == after->due && strcmp(row->id, after->id) > 0);
        bool is_earlier = !best || row->due < best->due ||
                          (row->due == best->due && strcmp(row->id, best->id) < 0);
        if (is_later && is_earlier && is_set(rows, i))
            best = row;
    }
    return best;
}

int store_read_deadlines(struct store *self, int64_t limit, struct deadline_list *deadlines)
{
    const struct message_type *type = &message_types[MESSAGE_deadline];
    const struct deadline *row = NULL;

    if (fails(self))
        return -1;
    while (limit-- > 0 && (row = next_deadline(&self->rows.deadlines, row)))
        message_copy(type, list_append((struct list *)deadlines, type), row);
    return 0;
}

/* Their rows are given away before those of the commands before them. */
int store_add_setting(struct store *self, const struct setting_version *version)
{
    require(version->id > 0 && version->created > 0);
    if (add(self, 7, 0, version) == -1)
        return -1;
    if (version->id > self->rows.row)
        self->rows.row = version->id;
    return 0;
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

/* The newest version of each ended chat, as they were ended; all of them are
 * one page here. */
int store_read_ended_chats(struct store *self, const struct store_ended *which,
                           struct chat_list *chats)
{
    const struct message_type *type = &message_types[MESSAGE_chat];

    if (fails(self))
        return -1;
    for (size_t i = self->rows.chats.count; i > 0; i--)
        if (self->rows.chats.items[i - 1].ended > which->from && is_newest(self, i - 1))
            message_copy(type, list_append((struct list *)chats, type),
                         &self->rows.chats.items[i - 1]);
    return 0;
}

int store_search(struct store *self, const struct store_search *search, struct match_list *matches,
                 int64_t *next)
{
    const struct message_type *type = &message_types[MESSAGE_match];

    require(search->limit > 0 && search->before == 0);
    *next = 0;
    if (fails(self))
        return -1;
    for (size_t i = self->rows.messages.count; i > 0; i--)
        if (words_are_in(search->words, self->rows.messages.items[i - 1].content))
            message_set_text(type, list_append((struct list *)matches, type), "chat_id",
                             self->rows.messages.items[i - 1].chat_id);
    return 0;
}

int store_read_comment(struct store *self, const char *chat_id, struct comment *comment)
{
    if (fails(self))
        return -1;
    for (size_t i = self->rows.comments.count; i > 0; i--)
        if (strcmp(self->rows.comments.items[i - 1].chat_id, chat_id) == 0) {
            message_copy(&message_types[MESSAGE_comment], comment,
                         &self->rows.comments.items[i - 1]);
            return 1;
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

int store_read_message(struct store *self, const char *chat_id, const char *message_id,
                       struct message *message)
{
    if (fails(self))
        return -1;
    for (size_t i = self->rows.messages.count; i > 0; i--) {
        const struct message *version = &self->rows.messages.items[i - 1];
        if ((!*chat_id || strcmp(version->chat_id, chat_id) == 0) &&
            strcmp(version->id, message_id) == 0) {
            message_copy(&message_types[MESSAGE_message], message, version);
            return 1;
        }
    }
    return 0;
}

int store_read_forward_request(struct store *self, const char *chat_id, struct message *message)
{
    if (fails(self))
        return -1;
    for (size_t i = self->rows.messages.count; i > 0; i--) {
        const struct message *version = &self->rows.messages.items[i - 1];
        if (strcmp(version->chat_id, chat_id) == 0 && version->event &&
            strcmp(version->event, "requested-chat-forward") == 0) {
            message_copy(&message_types[MESSAGE_message], message, version);
            return 1;
        }
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
            if (version->roles.count == 0)
                return 0; /* deleted */
            message_copy(&message_types[MESSAGE_account], account, version);
            return 1;
        }
    }
    return 0;
}

/* Whether a later version of this account was listed already. */
static bool has_listed(const struct fake_rows *rows, size_t index)
{
    for (size_t i = index + 1; i < rows->accounts.count; i++)
        if (strcmp(rows->accounts.items[i].id_code, rows->accounts.items[index].id_code) == 0)
            return true;
    return false;
}

/* Newest first, which is no order of id codes: one page of them is enough here. */
int store_read_accounts(struct store *self, const char *after, int64_t limit,
                        struct account_list *accounts)
{
    const struct message_type *type = &message_types[MESSAGE_account];

    if (fails(self))
        return -1;
    for (size_t i = self->rows.accounts.count; i > 0 && (int64_t)accounts->count < limit; i--) {
        const struct account *version = &self->rows.accounts.items[i - 1];
        if (strcmp(version->id_code, after) <= 0 || version->roles.count == 0 ||
            has_listed(&self->rows, i - 1))
            continue;
        struct account *account = list_append((struct list *)accounts, type);
        message_copy(type, account, version);
        own_replace(&account->password_hash, "");
    }
    return 0;
}

/* All versions, oldest first, in one page. */
int store_read_profiles(struct store *self, const char *after, int64_t limit,
                        struct profile_list *profiles)
{
    const struct message_type *type = &message_types[MESSAGE_profile];

    if (fails(self))
        return -1;
    for (size_t i = 0; !*after && i < self->rows.profiles.count && limit > 0; i++)
        message_copy(type, list_append((struct list *)profiles, type),
                     &self->rows.profiles.items[i]);
    return 0;
}

static bool is_removed_after(const struct store *self, size_t i)
{
    const struct issuance_list *tokens = &self->rows.tokens;

    for (size_t k = i + 1; k < tokens->count; k++)
        if (strcmp(tokens->items[k].token_id, tokens->items[i].token_id) == 0)
            return true;
    return false;
}

static int by_token_id(const void *one, const void *other)
{
    return strcmp(((const struct issuance *)one)->token_id,
                  ((const struct issuance *)other)->token_id);
}

/* All on one page. */
int store_read_tokens(struct store *self, const char *after, int64_t now, int64_t limit,
                      struct issuance_list *tokens)
{
    const struct message_type *type = &message_types[MESSAGE_issuance];

    if (fails(self))
        return -1;
    for (size_t i = 0; i < self->rows.tokens.count; i++) {
        const struct issuance *token = &self->rows.tokens.items[i];
        if (token->expires_at > now && strcmp(token->token_id, after) > 0 &&
            !is_removed_after(self, i))
            message_copy(type, list_append((struct list *)tokens, type), token);
    }
    require((int64_t)tokens->count <= limit);
    if (tokens->count)
        qsort(tokens->items, tokens->count, type->size, by_token_id);
    return 0;
}

/* All versions: who takes them in knows which one counts. */
int store_read_settings(struct store *self, struct setting_version_list *settings)
{
    const struct message_type *type = &message_types[MESSAGE_setting_version];

    if (fails(self))
        return -1;
    for (size_t i = 0; i < self->rows.settings.count; i++)
        message_copy(type, list_append((struct list *)settings, type),
                     &self->rows.settings.items[i]);
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
