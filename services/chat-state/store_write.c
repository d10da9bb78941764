#include "store_db.h"

#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "names.h"

/* The fields in the order of the parameters of sql/add_….sql, after the row
 * id where there is one. */
static const char *const chat_fields[] = {
    "id",
    "seq",
    "customer_support_id",
    "customer_support_display_name",
    "csa_title",
    "end_user_id",
    "end_user_first_name",
    "end_user_last_name",
    "status",
    "created",
    "updated",
    "ended",
    "end_user_email",
    "end_user_phone",
    "end_user_os",
    "end_user_url",
    "external_id",
    "forwarded_to",
    "forwarded_to_name",
    "received_from",
    "received_from_name",
    "feedback_rating",
    "feedback_text",
    NULL,
};

static const char *const message_fields[] = {
    "id",
    "chat_id",
    "seq",
    "content",
    "event",
    "author_id",
    "author_timestamp",
    "author_first_name",
    "author_last_name",
    "author_role",
    "forwarded_by_user",
    "forwarded_from_csa",
    "forwarded_to_csa",
    "rating",
    "created",
    "updated",
    NULL,
};

static const char *const account_fields[] = {
    "id_code",      "login",     "password_hash", "first_name", "last_name",
    "display_name", "csa_title", "csa_email",     NULL,
};

static const char *const profile_fields[] = {
    "id_code",
    "forwarded_chat_popup_notifications",
    "forwarded_chat_sound_notifications",
    "forwarded_chat_email_notifications",
    "new_chat_popup_notifications",
    "new_chat_sound_notifications",
    "new_chat_email_notifications",
    "use_autocorrect",
    NULL,
};

static const char *const presence_fields[] = {
    "id_code",
    "presence_active",
    "presence_status",
    NULL,
};

static bool has_agent(const struct chat *chat)
{
    return chat->customer_support_id && *chat->customer_support_id;
}

static int add_labelled(struct store *self, struct db_values *values, const struct chat *chat)
{
    char *labels = names_join((const struct list *)&chat->labels, MESSAGE_label, '\n');

    values->items[values->count++] = db_text(labels);
    int result = store_run(self, SQL_add_chat, values);
    free(labels);
    return result;
}

int store_add_chat(struct store *self, int64_t row, const struct chat *chat)
{
    struct db_values values = {1, {db_number(row)}};
    struct db_values id = {1, {db_text(chat->id)}};
    struct db_values version = values; /* its row id */

    record_bind(&values, &message_types[MESSAGE_chat], chat, chat_fields);
    if (add_labelled(self, &values, chat) < 0)
        return -1;
    if (has_agent(chat) && store_run(self, SQL_add_wait, &version) < 0)
        return -1;
    return store_run(self, chat->ended ? SQL_remove_open_chat : SQL_add_open_chat, &id);
}

int store_add_message(struct store *self, int64_t row, const struct message *message)
{
    struct db_values values = {1, {db_number(row)}};

    record_bind(&values, &message_types[MESSAGE_message], message, message_fields);
    return store_run(self, SQL_add_message, &values);
}

int store_add_comment(struct store *self, int64_t row, const struct comment *comment)
{
    static const char *const fields[] = {"chat_id", "comment", "author_id", "created", NULL};
    struct db_values values = {1, {db_number(row)}};

    record_bind(&values, &message_types[MESSAGE_comment], comment, fields);
    return store_run(self, SQL_add_comment, &values);
}

static const char *chat_of(const struct event *event)
{
    if (event->chat.count)
        return event->chat.items[0].id;
    return event->message.count ? event->message.items[0].chat_id : "";
}

int store_add_event(struct store *self, const struct event *event, const char *command_id,
                    const char *fingerprint)
{
    char *body = message_to_json(&message_types[MESSAGE_event], event);
    struct db_values values = {7,
                               {db_number(event->seq), db_number(event->at), db_text(event->kind),
                                db_text(chat_of(event)), db_text(body), db_text(command_id),
                                db_text(fingerprint)}};
    int result = store_run(self, SQL_add_event, &values);

    free(body);
    return result;
}

static int add_roles(struct store *self, int64_t row, const struct account *account,
                     int64_t created)
{
    char *names = names_join((const struct list *)&account->roles, MESSAGE_role, ',');
    struct db_values values = {
        4, {db_number(row), db_text(account->id_code), db_text(names), db_number(created)}};
    int result = store_run(self, SQL_add_authority, &values);

    free(names);
    return result;
}

/* status: "" or "deleted". */
static int add_version(struct store *self, int64_t row, const struct account *account,
                       const char *status, int64_t created)
{
    struct db_values values = {1, {db_number(row)}};

    record_bind(&values, &message_types[MESSAGE_account], account, account_fields);
    values.items[values.count++] = db_text(status);
    values.items[values.count++] = db_number(created);
    if (store_run(self, SQL_add_account, &values) < 0)
        return -1;
    return add_roles(self, row, account, created);
}

int store_add_account(struct store *self, int64_t row, const struct account *account,
                      int64_t created)
{
    return add_version(self, row, account, "", created);
}

int store_delete_account(struct store *self, int64_t row, const struct account *account,
                         int64_t created)
{
    return add_version(self, row, account, "deleted", created);
}

int store_add_profile(struct store *self, int64_t row, const struct profile *profile,
                      int64_t created)
{
    struct db_values values = {1, {db_number(row)}};

    record_bind(&values, &message_types[MESSAGE_profile], profile, profile_fields);
    values.items[values.count++] = db_number(created);
    return store_run(self, SQL_add_profile, &values);
}

int store_add_presence(struct store *self, int64_t row, const struct account *account,
                       int64_t created)
{
    struct db_values values = {1, {db_number(row)}};

    record_bind(&values, &message_types[MESSAGE_account], account, presence_fields);
    values.items[values.count++] = db_number(created);
    return store_run(self, SQL_add_presence, &values);
}

int store_add_token(struct store *self, const struct issuance *token, int64_t issued)
{
    struct db_values values = {5,
                               {db_text(token->token_id), db_text(token->cookie),
                                db_text(token->subject), db_number(issued),
                                db_number(token->expires_at)}};

    return store_run(self, SQL_add_token, &values);
}

int store_remove_token(struct store *self, const char *token_id)
{
    struct db_values values = {1, {db_text(token_id)}};

    return store_run(self, SQL_remove_token, &values);
}

static const char *const deadline_fields[] = {
    "id", "kind", "subject", "due", "attempts", "created", "body", NULL,
};

int store_set_deadline(struct store *self, const struct deadline *deadline)
{
    struct db_values id = {1, {db_text(deadline->id)}};
    struct db_values values = {0};

    if (store_run(self, SQL_remove_deadline, &id) < 0)
        return -1;
    if (!deadline->due)
        return 0;
    record_bind(&values, &message_types[MESSAGE_deadline], deadline, deadline_fields);
    return store_run(self, SQL_add_deadline, &values);
}

int store_remove_deadlines(struct store *self, const char *chat_id)
{
    struct db_values values = {1, {db_text(chat_id)}};

    return store_run(self, SQL_remove_deadlines, &values);
}

int store_add_inactive(struct store *self, int64_t due, int64_t created)
{
    struct db_values values = {2, {db_number(due), db_number(created)}};

    return store_run(self, SQL_add_inactive, &values);
}

int store_add_setting(struct store *self, const struct setting_version *version)
{
    static const char *const fields[] = {"id", "key", "value", "deleted", "created", NULL};
    struct db_values values = {0};

    record_bind(&values, &message_types[MESSAGE_setting_version], version, fields);
    return store_run(self, SQL_add_setting, &values);
}

int store_forget(struct store *self, const struct store_passing *passing)
{
    struct db_values events = {3,
                               {db_number(passing->events_to), db_number(passing->events_over),
                                db_number(passing->events_before)}};
    struct db_values kept = events;
    struct db_values commands = {1, {db_number(passing->commands_before)}};
    struct db_values tokens = {1, {db_number(passing->tokens_before)}};

    kept.items[kept.count++] = db_number(passing->commands_before);
    if (store_run(self, SQL_keep_commands, &kept) < 0 ||
        store_run(self, SQL_forget_events, &events) < 0 ||
        store_run(self, SQL_forget_commands, &commands) < 0)
        return -1;
    return store_run(self, SQL_forget_tokens, &tokens);
}
