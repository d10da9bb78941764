#include "view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* How a column is shown when the field has no value: as "" or as null. */
enum kind { TEXT, TEXT_OR_NULL, UUID, TIME, TIME_OR_NULL };

struct column {
    const char *key; /* as it is written, quotes and colon with it */
    size_t key_size;
    enum kind kind;
    size_t offset;
    size_t instead; /* of a TIME that is not set: the offset of the one to show */
};

#define COLUMN(key, kind, record, field)                                                           \
    {                                                                                              \
        "\"" key "\":", sizeof(key) + 2, kind, offsetof(struct record, field),                     \
            offsetof(struct record, field)                                                         \
    }

/* contract §1.2, chat object, single */
static const struct column chat_columns[] = {
    COLUMN("id", UUID, chat, id),
    COLUMN("customerSupportId", TEXT, chat, customer_support_id),
    COLUMN("customerSupportDisplayName", TEXT, chat, customer_support_display_name),
    COLUMN("endUserId", TEXT, chat, end_user_id),
    COLUMN("endUserFirstName", TEXT, chat, end_user_first_name),
    COLUMN("endUserLastName", TEXT, chat, end_user_last_name),
    COLUMN("externalId", TEXT, chat, external_id),
    COLUMN("forwardTo", TEXT, chat, forwarded_to),
    COLUMN("forwardToName", TEXT, chat, forwarded_to_name),
    COLUMN("receivedFrom", TEXT, chat, received_from),
    COLUMN("receivedFromName", TEXT, chat, received_from_name),
    COLUMN("status", TEXT, chat, status),
    COLUMN("endUserEmail", TEXT, chat, end_user_email),
    COLUMN("endUserPhone", TEXT, chat, end_user_phone),
    COLUMN("endUserOs", TEXT, chat, end_user_os),
    COLUMN("endUserUrl", TEXT, chat, end_user_url),
    COLUMN("lastMessage", TEXT, chat, last_message),
    COLUMN("created", TIME, chat, created),
    COLUMN("updated", TIME, chat, updated),
    COLUMN("ended", TIME, chat, ended),
    COLUMN("csaTitle", TEXT, chat, csa_title),
    {NULL, 0, TEXT, 0, 0},
};

/* contract §1.2, chat row, list */
static const struct column row_columns[] = {
    COLUMN("id", UUID, chat, id),
    COLUMN("customerSupportId", TEXT, chat, customer_support_id),
    COLUMN("customerSupportDisplayName", TEXT, chat, customer_support_display_name),
    COLUMN("csaTitle", TEXT, chat, csa_title),
    COLUMN("endUserId", TEXT, chat, end_user_id),
    COLUMN("endUserFirstName", TEXT, chat, end_user_first_name),
    COLUMN("endUserLastName", TEXT, chat, end_user_last_name),
    COLUMN("status", TEXT, chat, status),
    COLUMN("created", TIME, chat, created),
    COLUMN("updated", TIME, chat, updated),
    COLUMN("ended", TIME_OR_NULL, chat, ended),
    COLUMN("endUserEmail", TEXT, chat, end_user_email),
    COLUMN("endUserPhone", TEXT, chat, end_user_phone),
    COLUMN("endUserOs", TEXT, chat, end_user_os),
    COLUMN("endUserUrl", TEXT, chat, end_user_url),
    COLUMN("externalId", TEXT, chat, external_id),
    COLUMN("forwardedTo", TEXT, chat, forwarded_to),
    COLUMN("forwardedToName", TEXT, chat, forwarded_to_name),
    COLUMN("receivedFrom", TEXT, chat, received_from),
    COLUMN("receivedFromName", TEXT, chat, received_from_name),
    COLUMN("lastMessage", TEXT, chat, last_message),
    COLUMN("contactsMessage", TEXT_OR_NULL, chat, contacts_message),
    COLUMN("lastMessageTimestamp", TIME_OR_NULL, chat, last_message_timestamp),
    COLUMN("lastMessageEvent", TEXT_OR_NULL, chat, last_message_event),
    COLUMN("event", TEXT_OR_NULL, chat, last_message_event),
    {NULL, 0, TEXT, 0, 0},
};

/* contract §1.2, the same of an ended chat; labels come after these */
static const struct column ended_columns[] = {
    COLUMN("id", UUID, chat, id),
    COLUMN("customerSupportId", TEXT, chat, customer_support_id),
    COLUMN("customerSupportDisplayName", TEXT, chat, customer_support_display_name),
    COLUMN("csaTitle", TEXT, chat, csa_title),
    COLUMN("endUserId", TEXT, chat, end_user_id),
    COLUMN("endUserFirstName", TEXT, chat, end_user_first_name),
    COLUMN("endUserLastName", TEXT, chat, end_user_last_name),
    COLUMN("status", TEXT, chat, status),
    COLUMN("created", TIME, chat, created),
    COLUMN("updated", TIME, chat, updated),
    COLUMN("ended", TIME_OR_NULL, chat, ended),
    COLUMN("endUserEmail", TEXT, chat, end_user_email),
    COLUMN("endUserPhone", TEXT, chat, end_user_phone),
    COLUMN("endUserOs", TEXT, chat, end_user_os),
    COLUMN("endUserUrl", TEXT, chat, end_user_url),
    COLUMN("forwardedToName", TEXT, chat, forwarded_to_name),
    COLUMN("receivedFrom", TEXT, chat, received_from),
    COLUMN("lastMessage", TEXT, chat, last_message),
    COLUMN("contactsMessage", TEXT_OR_NULL, chat, contacts_message),
    COLUMN("lastMessageTimestamp", TIME_OR_NULL, chat, last_message_timestamp),
    {NULL, 0, TEXT, 0, 0},
};

#define AUTHOR_TIMESTAMP                                                                           \
    {                                                                                              \
        "\"authorTimestamp\":", sizeof("authorTimestamp") + 2, TIME,                               \
            offsetof(struct message, author_timestamp), offsetof(struct message, created)          \
    }

/* seed.md, cs-get-messages-by-chat-id */
static const struct column message_columns[] = {
    COLUMN("id", UUID, message, id),
    COLUMN("chatId", UUID, message, chat_id),
    COLUMN("content", TEXT, message, content),
    COLUMN("event", TEXT, message, event),
    COLUMN("authorId", TEXT, message, author_id),
    AUTHOR_TIMESTAMP,
    COLUMN("authorFirstName", TEXT, message, author_first_name),
    COLUMN("authorLastName", TEXT, message, author_last_name),
    COLUMN("authorRole", TEXT, message, author_role),
    COLUMN("forwardedByUser", TEXT, message, forwarded_by_user),
    COLUMN("forwardedFromCsa", TEXT, message, forwarded_from_csa),
    COLUMN("forwardedToCsa", TEXT, message, forwarded_to_csa),
    COLUMN("rating", TEXT, message, rating),
    COLUMN("created", TIME, message, created),
    COLUMN("updated", TIME, message, updated),
    {NULL, 0, TEXT, 0, 0},
};

/* seed.md, cs-get-new-messages; chatId beside chatid is contract X-4 */
static const struct column new_message_columns[] = {
    COLUMN("id", UUID, message, id),
    COLUMN("chatId", UUID, message, chat_id),
    COLUMN("chatid", UUID, message, chat_id),
    COLUMN("content", TEXT, message, content),
    COLUMN("event", TEXT, message, event),
    COLUMN("authorId", TEXT, message, author_id),
    AUTHOR_TIMESTAMP,
    COLUMN("authorFirstName", TEXT, message, author_first_name),
    COLUMN("authorLastName", TEXT, message, author_last_name),
    COLUMN("authorRole", TEXT, message, author_role),
    COLUMN("forwardedByUser", TEXT_OR_NULL, message, forwarded_by_user),
    COLUMN("forwardedFromCsa", TEXT_OR_NULL, message, forwarded_from_csa),
    COLUMN("forwardedToCsa", TEXT_OR_NULL, message, forwarded_to_csa),
    COLUMN("rating", TEXT, message, rating),
    COLUMN("created", TIME, message, created),
    COLUMN("updated", TIME, message, updated),
    {NULL, 0, TEXT, 0, 0},
};

/* contract C-20; authorities come after these */
static const struct column account_columns[] = {
    COLUMN("login", TEXT, account, login),
    COLUMN("firstName", TEXT, account, first_name),
    COLUMN("lastName", TEXT, account, last_name),
    COLUMN("idCode", TEXT, account, id_code),
    COLUMN("displayName", TEXT, account, display_name),
    COLUMN("csaTitle", TEXT, account, csa_title),
    COLUMN("csaEmail", TEXT, account, csa_email),
    {NULL, 0, TEXT, 0, 0},
};

static const struct column component_columns[] = {
    COLUMN("name", TEXT, component, name),
    COLUMN("version", TEXT, component, version),
    {NULL, 0, TEXT, 0, 0},
};

static void put(msgpack_sbuffer *out, const char *bytes, size_t size)
{
    if (msgpack_sbuffer_write(out, bytes, size) != 0)
        abort(); /* out of memory */
}

static bool has_to_be_escaped(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

static void put_escaped(msgpack_sbuffer *out, unsigned char c)
{
    static const char letters[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    char text[8];

    if (c >= 0x20)
        snprintf(text, sizeof(text), "\\%c", c);
    else if (letters[c])
        snprintf(text, sizeof(text), "\\%c", letters[c]);
    else
        snprintf(text, sizeof(text), "\\u%04x", c);
    put(out, text, strlen(text));
}

void view_text(msgpack_sbuffer *out, const char *text)
{
    put(out, text, strlen(text));
}

void view_string(msgpack_sbuffer *out, const char *text)
{
    const char *rest = text;

    put(out, "\"", 1);
    for (; *text; text++) {
        if (!has_to_be_escaped((unsigned char)*text))
            continue;
        put(out, rest, (size_t)(text - rest));
        put_escaped(out, (unsigned char)*text);
        rest = text + 1;
    }
    put(out, rest, (size_t)(text - rest));
    put(out, "\"", 1);
}

/* What has nothing to escape. */
static void put_plain(msgpack_sbuffer *out, const char *text)
{
    put(out, "\"", 1);
    put(out, text, strlen(text));
    put(out, "\"", 1);
}

static void put_time(msgpack_sbuffer *out, int64_t time)
{
    char text[ISO_TIME_SIZE] = "";

    if (time)
        iso_time_format(time, text);
    put_plain(out, text);
}

static int64_t time_of(const struct column *column, const char *self)
{
    int64_t time = *(const int64_t *)(const void *)(self + column->offset);

    return time ? time : *(const int64_t *)(const void *)(self + column->instead);
}

static const char *text_of(const struct column *column, const char *self)
{
    const char *text = *(char *const *)(const void *)(self + column->offset);

    return text ? text : "";
}

static void put_value(msgpack_sbuffer *out, const struct column *column, const char *self)
{
    switch (column->kind) {
    case UUID:
        put_plain(out, self + column->offset);
        return;
    case TEXT:
        view_string(out, text_of(column, self));
        return;
    case TIME:
        put_time(out, time_of(column, self));
        return;
    case TEXT_OR_NULL:
        if (*text_of(column, self))
            view_string(out, text_of(column, self));
        else
            view_text(out, "null");
        return;
    case TIME_OR_NULL:
        if (time_of(column, self))
            put_time(out, time_of(column, self));
        else
            view_text(out, "null");
        return;
    }
}

/* Appends "key":value, … without the braces around them. */
static void put_columns(msgpack_sbuffer *out, const struct column *columns, const void *self)
{
    for (const struct column *column = columns; column->key; column++) {
        if (column != columns)
            put(out, ",", 1);
        put(out, column->key, column->key_size);
        put_value(out, column, self);
    }
}

static void put_object(msgpack_sbuffer *out, const struct column *columns, const void *self)
{
    put(out, "{", 1);
    put_columns(out, columns, self);
    put(out, "}", 1);
}

struct chat view_titled(const struct chat *chat, bool hides_title)
{
    struct chat shown = *chat;

    if (hides_title)
        shown.csa_title = NULL;
    return shown;
}

void view_chat(msgpack_sbuffer *out, const struct chat *chat)
{
    put_object(out, chat_columns, chat);
}

void view_chat_row(msgpack_sbuffer *out, const struct chat *chat)
{
    put_object(out, row_columns, chat);
}

void view_ended_row(msgpack_sbuffer *out, const struct chat *chat)
{
    put(out, "{", 1);
    put_columns(out, ended_columns, chat);
    view_text(out, ",\"labels\":");
    view_text(out, chat->labels.count ? "" : "null");
    for (size_t i = 0; i < chat->labels.count; i++) {
        put(out, i ? "," : "[", 1);
        view_string(out, chat->labels.items[i].name);
    }
    view_text(out, chat->labels.count ? "]}" : "}");
}

void view_message(msgpack_sbuffer *out, const struct message *message)
{
    put_object(out, message_columns, message);
}

void view_new_message(msgpack_sbuffer *out, const struct message *message)
{
    put_object(out, new_message_columns, message);
}

void view_waiting(msgpack_sbuffer *out, int64_t seconds, int64_t position)
{
    char text[128];

    snprintf(text, sizeof(text),
             "{\"durationInSeconds\":\"%" PRId64 "\",\"positionInUnassignedChats\":\"%" PRId64
             "\"}",
             seconds, position);
    view_text(out, text);
}

void view_health(msgpack_sbuffer *out, const struct component_list *components)
{
    view_text(out, "{\"set_healthz_response\":{\"data\":[");
    for (size_t i = 0; i < components->count; i++) {
        if (i)
            put(out, ",", 1);
        put_object(out, component_columns, &components->items[i]);
    }
    view_text(out, "]}}");
}

/* All but the last brace. */
static void put_account(msgpack_sbuffer *out, const struct account *account)
{
    put(out, "{", 1);
    put_columns(out, account_columns, account);
    view_text(out, ",\"authorities\":[");
    for (size_t i = 0; i < account->roles.count; i++) {
        if (i)
            put(out, ",", 1);
        view_string(out, account->roles.items[i].name ? account->roles.items[i].name : "");
    }
    view_text(out, "]");
}

void view_account(msgpack_sbuffer *out, const struct account *account)
{
    put_account(out, account);
    view_text(out, "}");
}

/* Who never said is not there. */
static const char *status_of(const struct account *account)
{
    const char *status = account->presence_status;

    return status && *status ? status : "offline";
}

void view_agent(msgpack_sbuffer *out, const struct account *account)
{
    put_account(out, account);
    view_text(out, ",\"customersupportstatus\":");
    view_string(out, status_of(account));
    view_text(out, ",\"customerSupportStatus\":");
    view_string(out, status_of(account));
    view_text(out, "}");
}

void view_presence(msgpack_sbuffer *out, const struct account *account)
{
    view_text(out, "{\"idCode\":");
    view_string(out, account->id_code ? account->id_code : "");
    view_text(out, account->presence_active ? ",\"active\":\"true\"" : ",\"active\":\"false\"");
    view_text(out, ",\"status\":");
    view_string(out, status_of(account));
    view_text(out, "}");
}

/* ---- what these are made of ---- */

/* What comes after the columns stands in rest, as the function writes it. */
static const struct {
    const char *name;
    const struct column *columns;
    const char *rest;
} objects[] = {
    {"Chat", chat_columns, ""},
    {"ChatRow", row_columns, ""},
    {"EndedChatRow", ended_columns, ",\"labels\":\"string[]|null\""},
    {"Message", message_columns, ""},
    {"NewMessage", new_message_columns, ""},
    {"Component", component_columns, ""},
    {"Account", account_columns, ",\"authorities\":\"string[]\""},
    {"Agent", account_columns,
     ",\"authorities\":\"string[]\",\"customersupportstatus\":\"string\","
     "\"customerSupportStatus\":\"string\""},
};

static void describe_columns(msgpack_sbuffer *out, const struct column *columns)
{
    static const char *const kinds[] = {[TEXT] = "\"string\"",
                                        [TEXT_OR_NULL] = "\"string|null\"",
                                        [UUID] = "\"uuid\"",
                                        [TIME] = "\"time\"",
                                        [TIME_OR_NULL] = "\"time|null\""};

    for (const struct column *column = columns; column->key; column++) {
        if (column != columns)
            put(out, ",", 1);
        put(out, column->key, column->key_size);
        view_text(out, kinds[column->kind]);
    }
}

void view_describe(msgpack_sbuffer *out)
{
    view_text(out, "{");
    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        view_text(out, i ? "," : "");
        view_string(out, objects[i].name);
        view_text(out, ":{");
        describe_columns(out, objects[i].columns);
        view_text(out, objects[i].rest);
        view_text(out, "}");
    }
    view_text(out, ",\"Presence\":{\"idCode\":\"string\",\"active\":\"string\","
                   "\"status\":\"string\"},"
                   "\"Waiting\":{\"durationInSeconds\":\"string\","
                   "\"positionInUnassignedChats\":\"string\"},"
                   "\"Health\":{\"set_healthz_response\":{\"data\":\"Component[]\"}}}");
}
