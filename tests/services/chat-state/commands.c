#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "own.h"
#include "uuid.h"

void id_of(unsigned number, char id[UUID_SIZE])
{
    snprintf(id, UUID_SIZE, "%08x-0000-4000-8000-000000000000", number);
}

/* Sets what every command begins with. */
static void begin(enum message_id type, void *command, unsigned chat, unsigned message)
{
    static unsigned count;
    const struct message_type *of = &message_types[type];
    char text[UUID_SIZE];

    uuid_make(text);
    message_set_text(of, command, "request_id", text);
    snprintf(text, sizeof(text), "c%u", ++count);
    message_set_text(of, command, "command_id", text);
    if (chat) {
        id_of(chat, text);
        message_set_text(of, command, "chat_id", text);
    }
    if (message) {
        id_of(message, text);
        message_set_text(of, command, "message_id", text);
    }
}

struct chat_open make_open(unsigned chat, unsigned message, const char *content)
{
    struct chat_open command = {.content = own_copy(content),
                                .author_role = own_copy("end-user"),
                                .author_timestamp = 1674033412159,
                                .end_user_os = own_copy("Linux"),
                                .end_user_url = own_copy("https://example.ee/")};

    begin(MESSAGE_chat_open, &command, chat, message);
    return command;
}

struct message_post make_post(unsigned chat, unsigned message, const char *content,
                              const char *event)
{
    struct message_post command = {.content = own_copy(content),
                                   .event = own_copy(event),
                                   .author_role = own_copy("end-user"),
                                   .author_timestamp = 1674033412160};

    begin(MESSAGE_message_post, &command, chat, message);
    return command;
}

struct message_revise make_revise(unsigned chat, unsigned message, const char *event, bool keeps)
{
    struct message_revise command = {.event = own_copy(event),
                                     .author_role =
                                         own_copy(keeps ? "backoffice-user" : "end-user"),
                                     .author_timestamp = 1674033412160,
                                     .keeps = keeps};

    begin(MESSAGE_message_revise, &command, chat, 0);
    id_of(message, command.id);
    return command;
}

struct chat_claim make_claim(unsigned chat, const char *agent)
{
    struct chat_claim command = {.customer_support_id = own_copy(agent),
                                 .customer_support_display_name = own_copy("Mari"),
                                 .csa_title = own_copy("Adviser")};

    begin(MESSAGE_chat_claim, &command, chat, 0);
    return command;
}

struct chat_redirect make_redirect(unsigned chat, unsigned message, const char *agent)
{
    struct chat_redirect command = {.customer_support_id = own_copy(agent)};

    begin(MESSAGE_chat_redirect, &command, chat, message);
    return command;
}

struct chat_end make_end(unsigned chat, unsigned message, const char *event)
{
    struct chat_end command = {.event = own_copy(event),
                               .author_role = own_copy("end-user"),
                               .author_timestamp = 1674033412161};

    begin(MESSAGE_chat_end, &command, chat, message);
    return command;
}

struct chat_feedback make_feedback(unsigned chat, const char *rating, const char *text)
{
    struct chat_feedback command = {.rating = own_copy(rating), .text = own_copy(text)};

    begin(MESSAGE_chat_feedback, &command, chat, 0);
    return command;
}

struct chats_release make_release(const char *agent)
{
    struct chats_release command = {.customer_support_id = own_copy(agent)};

    begin(MESSAGE_chats_release, &command, 0, 0);
    return command;
}

struct chat_identify make_identity(unsigned chat, const char *first_name, const char *email)
{
    struct chat_identify command = {.end_user_first_name = own_copy(first_name),
                                    .end_user_email = own_copy(email)};

    begin(MESSAGE_chat_identify, &command, chat, 0);
    return command;
}

struct chat_label make_label(unsigned chat, const char *first, const char *second)
{
    const struct message_type *type = &message_types[MESSAGE_label];
    struct chat_label command = {.labels = {0}};

    begin(MESSAGE_chat_label, &command, chat, 0);
    if (first)
        message_set_text(type, list_append((struct list *)&command.labels, type), "name", first);
    if (second)
        message_set_text(type, list_append((struct list *)&command.labels, type), "name", second);
    return command;
}

struct comment_set make_comment(unsigned chat, const char *comment)
{
    struct comment_set command = {.comment = own_copy(comment), .author_id = own_copy("EE1")};

    begin(MESSAGE_comment_set, &command, chat, 0);
    return command;
}

struct presence_set make_presence(const char *agent, const char *status)
{
    struct presence_set command = {
        .id_code = own_copy(agent), .status = own_copy(status), .active = true};

    begin(MESSAGE_presence_set, &command, 0, 0);
    return command;
}

struct account_add make_account(const char *agent, const char *login)
{
    struct account_add command = {.id_code = own_copy(agent),
                                  .login = own_copy(login),
                                  .password_hash = own_copy("$y$hash"),
                                  .display_name = own_copy("Jaan"),
                                  .csa_title = own_copy("Expert")};
    struct role *role = list_append((struct list *)&command.roles, &message_types[MESSAGE_role]);

    role->name = own_copy("ROLE_CUSTOMER_SUPPORT_AGENT");
    begin(MESSAGE_account_add, &command, 0, 0);
    return command;
}

/* All but the roles stays as it was. */
struct account_add make_edit(const char *agent, const char *login, const char *role)
{
    struct account_add command = make_account(agent, login);

    command.is_edit = true;
    own_replace(&command.password_hash, "");
    own_replace(&command.roles.items[0].name, role);
    return command;
}

struct account_delete make_delete(const char *agent)
{
    struct account_delete command = {.id_code = own_copy(agent)};

    begin(MESSAGE_account_delete, &command, 0, 0);
    return command;
}

struct profile_set make_profile(const char *agent, bool popup)
{
    struct profile_set command = {.id_code = own_copy(agent),
                                  .new_chat_popup_notifications = popup,
                                  .new_chat_email_notifications = true};

    begin(MESSAGE_profile_set, &command, 0, 0);
    return command;
}

struct setting_set make_setting(const char *key, const char *value)
{
    struct setting_set command = {0};
    struct setting_version *version =
        list_append((struct list *)&command.settings, &message_types[MESSAGE_setting_version]);

    version->key = own_copy(key);
    version->value = own_copy(value ? value : "");
    version->deleted = !value;
    begin(MESSAGE_setting_set, &command, 0, 0);
    return command;
}

struct token_issue make_issue(unsigned token, int64_t expires_at)
{
    struct token_issue command = {.cookie = own_copy("customJwtCookie"),
                                  .subject = own_copy("EE1"),
                                  .expires_at = expires_at};

    begin(MESSAGE_token_issue, &command, 0, 0);
    id_of(token, command.new_token_id);
    return command;
}

struct token_extend make_extend(unsigned token, unsigned new_token, int64_t expires_at)
{
    struct token_extend command = {.cookie = own_copy("customJwtCookie"),
                                   .subject = own_copy("EE1"),
                                   .expires_at = expires_at};

    begin(MESSAGE_token_extend, &command, 0, 0);
    id_of(token, command.token_id);
    id_of(new_token, command.new_token_id);
    return command;
}

struct token_revoke make_revoke(unsigned token, int64_t expires_at)
{
    struct token_revoke command = {.expires_at = expires_at};

    begin(MESSAGE_token_revoke, &command, 0, 0);
    id_of(token, command.token_id);
    return command;
}
