#include "store_db.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "log.h"
#include "names.h"
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
        .token = row_number(row, "token"),
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

    int result = store_query_chats(self, SQL_read_chat, &values, &chats);

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

    return store_query_chats(self, SQL_read_open_chats, &values, (struct list *)chats);
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

/* Moves the message that is found, at most one, into *message. */
static int read_one_message(struct store *self, enum statement statement,
                            const struct db_values *values, struct message *message)
{
    struct list messages = {0};
    int result = store_query_list(self, statement, values, MESSAGE_message, &messages);
    int found = take_one(&messages, MESSAGE_message, message);

    if (result == 0)
        return found;
    if (found)
        message_clear(&message_types[MESSAGE_message], message);
    return -1;
}

int store_read_message(struct store *self, const char *chat_id, const char *id,
                       struct message *message)
{
    bool has_chat = *chat_id;
    struct db_values named = {2, {db_text(chat_id), db_text(id)}};
    struct db_values alone = {1, {db_text(id)}};

    return read_one_message(self, has_chat ? SQL_read_message : SQL_read_question,
                            has_chat ? &named : &alone, message);
}

int store_read_forward_request(struct store *self, const char *chat_id, struct message *message)
{
    struct db_values values = {1, {db_text(chat_id)}};

    return read_one_message(self, SQL_read_forward_request, &values, message);
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

static void on_account(void *to, const struct db_row *row)
{
    struct account_reader *self = to;
    struct list one = {0};
    struct record_reader reader = {.record = MESSAGE_account, .list = &one};

    record_on_row(&reader, row);
    self->found = take_one(&one, MESSAGE_account, self->account);
    names_split(row_text(row, "authority_name"), ',', (struct list *)&self->account->roles,
                MESSAGE_role);
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

static void on_listed(void *to, const struct db_row *row)
{
    struct account_reader reader = {list_append(to, &message_types[MESSAGE_account]), 0};

    on_account(&reader, row);
}

int store_read_accounts(struct store *self, const char *after, int64_t limit,
                        struct account_list *accounts)
{
    struct db_values values = {2, {db_text(after), db_number(limit)}};

    return store_query(self, SQL_read_accounts, &values, on_listed, accounts);
}

int store_read_profiles(struct store *self, const char *after, int64_t limit,
                        struct profile_list *profiles)
{
    struct db_values values = {2, {db_text(after), db_number(limit)}};

    return store_query_list(self, SQL_read_profiles, &values, MESSAGE_profile,
                            (struct list *)profiles);
}

int store_read_tokens(struct store *self, const char *after, int64_t now, int64_t limit,
                      struct issuance_list *tokens)
{
    struct db_values values = {3, {db_text(after), db_number(now), db_number(limit)}};

    return store_query_list(self, SQL_read_tokens, &values, MESSAGE_issuance,
                            (struct list *)tokens);
}

int store_read_deadline(struct store *self, const char *id, struct deadline *deadline)
{
    struct db_values values = {1, {db_text(id)}};
    struct list rows = {0};
    int result = store_query_list(self, SQL_read_deadline, &values, MESSAGE_deadline, &rows);

    int found = take_one(&rows, MESSAGE_deadline, deadline);
    return result == 0 ? found : -1;
}

static void on_count(void *to, const struct db_row *row)
{
    *(int64_t *)to = row_number(row, "mails");
}

int store_count_mails(struct store *self, int64_t *count)
{
    const struct db_values none = {0};

    return store_query(self, SQL_count_mails, &none, on_count, count) == -1 ? -1 : 0;
}

int store_read_deadlines(struct store *self, int64_t limit, struct deadline_list *deadlines)
{
    struct db_values values = {1, {db_number(limit)}};

    return store_query_list(self, SQL_read_deadlines, &values, MESSAGE_deadline,
                            (struct list *)deadlines);
}

int store_read_settings(struct store *self, struct setting_version_list *settings)
{
    const struct db_values none = {0};

    return store_query_list(self, SQL_read_settings, &none, MESSAGE_setting_version,
                            (struct list *)settings);
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
