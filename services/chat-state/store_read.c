#include "store_db.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "log.h"
#include "own.h"

static void on_head(void *to, const struct db_row *row)
{
    struct store_head *head = to;

    memset(head, 0, sizeof(*head));
    memcpy(head->log_id, row_text(row, "log_id"), strnlen(row_text(row, "log_id"), UUID_SIZE - 1));
    head->seq = row_number(row, "seq");
    head->first_seq = row_number(row, "first_seq");
    head->time = row_number(row, "newest_at");
    head->row = row_number(row, "newest_row");
    head->has_accounts = row_number(row, "has_accounts") != 0;
}

int store_read_head(struct store *self, struct store_head *head)
{
    const struct db_values none = {0};

    return store_query(self, SQL_read_head, &none, on_head, head);
}

static void on_oldest(void *to, const struct db_row *row)
{
    *(struct store_oldest *)to = (struct store_oldest){
        .event = row_number(row, "event"),
        .event_at = row_number(row, "event_at"),
        .command = row_number(row, "command"),
        .revocation = row_number(row, "revocation"),
    };
}

int store_read_oldest(struct store *self, struct store_oldest *oldest)
{
    const struct db_values none = {0};

    return store_query(self, SQL_read_oldest, &none, on_oldest, oldest);
}

/* Moves the first record of a list of at most one into *record. Returns 1
 * when there is one, 0 when not. */
static int take_one(struct list *list, enum message_id record, void *to)
{
    int found = list->count > 0;

    if (found)
        memcpy(to, list->items, message_types[record].size);
    free(list->items);
    return found;
}

int store_read_chat(struct store *self, const char *chat_id, struct chat *chat)
{
    struct db_values values = {1, {db_text(chat_id)}};
    struct list chats = {0};

    int result = store_query_list(self, SQL_read_chat, &values, MESSAGE_chat, &chats);

    int found = take_one(&chats, MESSAGE_chat, chat);
    if (result == 0)
        return found;
    if (found)
        message_clear(&message_types[MESSAGE_chat], chat);
    return -1;
}

int store_read_open_chats(struct store *self, const char *after, int64_t limit,
                          struct chat_list *chats)
{
    struct db_values values = {2, {db_text(after), db_number(limit)}};

    return store_query_list(self, SQL_read_open_chats, &values, MESSAGE_chat, (struct list *)chats);
}

struct size {
    int64_t versions, characters;
};

static void on_size(void *to, const struct db_row *row)
{
    *(struct size *)to = (struct size){row_number(row, "versions"), row_number(row, "characters")};
}

int store_read_chat_size(struct store *self, const char *chat_id, int64_t *versions,
                         int64_t *characters)
{
    struct db_values values = {1, {db_text(chat_id)}};
    struct size size = {0};

    if (store_query(self, SQL_read_chat_size, &values, on_size, &size) < 0)
        return -1;
    *versions = size.versions;
    *characters = size.characters;
    return 0;
}

int store_read_messages(struct store *self, const char *chat_id, int64_t after, int64_t after_seq,
                        struct message_list *messages)
{
    /* The two bounds are joined by OR: one that is not given lets nothing
     * through, unless neither is given. */
    int64_t updated = after || !after_seq ? after : INT64_MAX;
    int64_t seq = after_seq ? after_seq : INT64_MAX;
    struct db_values values = {3, {db_text(chat_id), db_number(updated), db_number(seq)}};

    return store_query_list(self, SQL_read_messages, &values, MESSAGE_message,
                            (struct list *)messages);
}

struct event_reader {
    struct event_list *events;
    int result;
};

static void on_event(void *to, const struct db_row *row)
{
    const struct message_type *type = &message_types[MESSAGE_event];
    struct event_reader *self = to;
    struct event event;
    char why[WHY_MAX];

    if (self->result < 0)
        return;
    if (message_from_json(type, &event, row_text(row, "body"), why) < 0) {
        log_error("stored event is not readable", "seq", log_number(row_number(row, "seq")), "why",
                  why);
        self->result = -1;
        return;
    }
    *(struct event *)list_append((struct list *)self->events, type) = event;
}

int store_read_events(struct store *self, const char *chat_id, int64_t after, int64_t limit,
                      struct event_list *events)
{
    struct db_values all = {2, {db_number(after), db_number(limit)}};
    struct db_values of_chat = {3, {db_text(chat_id), db_number(after), db_number(limit)}};
    struct event_reader reader = {events, 0};

    if (store_query(self, *chat_id ? SQL_read_chat_events : SQL_read_events,
                    *chat_id ? &of_chat : &all, on_event, &reader) < 0)
        return -1;
    return reader.result;
}

struct account_reader {
    struct account *account;
    int found;
};

static void split_roles(const char *names, struct role_list *roles)
{
    while (*names) {
        size_t size = strcspn(names, ",");
        struct role *role = list_append((struct list *)roles, &message_types[MESSAGE_role]);
        role->name = own_copy_of(names, size);
        names += size + (names[size] == ',');
    }
}

static void on_account(void *to, const struct db_row *row)
{
    struct account_reader *self = to;
    struct list one = {0};
    struct record_reader reader = {.record = MESSAGE_account, .list = &one};

    record_on_row(&reader, row);
    self->found = take_one(&one, MESSAGE_account, self->account);
    split_roles(row_text(row, "authority_name"), &self->account->roles);
}

int store_read_account(struct store *self, const char *login, const char *id_code,
                       struct account *account)
{
    bool by_login = *login;
    struct db_values values = {1, {db_text(by_login ? login : id_code)}};
    struct account_reader reader = {account, 0};

    if (store_query(self, by_login ? SQL_read_account_by_login : SQL_read_account_by_id_code,
                    &values, on_account, &reader) == 0)
        return reader.found;
    if (reader.found)
        message_clear(&message_types[MESSAGE_account], account);
    return -1;
}

static void on_account_roles(void *to, const struct db_row *row)
{
    struct account_roles *account = list_append(to, &message_types[MESSAGE_account_roles]);

    account->id_code = own_copy(row_text(row, "id_code"));
    split_roles(row_text(row, "authority_name"), &account->roles);
}

int store_read_accounts(struct store *self, const char *after, int64_t limit,
                        struct account_roles_list *accounts)
{
    struct db_values values = {2, {db_text(after), db_number(limit)}};

    return store_query(self, SQL_read_accounts, &values, on_account_roles, accounts);
}

int store_read_revocations(struct store *self, int64_t now, struct revocation_list *revocations)
{
    struct db_values values = {1, {db_number(now)}};

    return store_query_list(self, SQL_read_revocations, &values, MESSAGE_revocation,
                            (struct list *)revocations);
}

int store_read_waits(struct store *self, int64_t limit, struct wait_list *waits)
{
    struct db_values values = {1, {db_number(limit)}};

    return store_query_list(self, SQL_read_waits, &values, MESSAGE_wait, (struct list *)waits);
}

static void on_command(void *to, const struct db_row *row)
{
    struct remembered *command = to;

    command->fingerprint = own_copy(row_text(row, "fingerprint"));
    command->wire = own_copy(row_text(row, "wire"));
    command->body = own_copy(row_text(row, "body"));
}

int store_read_command(struct store *self, const char *command_id, struct remembered *command)
{
    struct db_values values = {1, {db_text(command_id)}};

    *command = (struct remembered){0};
    if (store_query(self, SQL_read_command, &values, on_command, command) == 0)
        return command->wire != NULL;
    remembered_clear(command);
    return -1;
}
