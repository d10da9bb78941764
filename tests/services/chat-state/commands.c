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

struct token_revoke make_revoke(unsigned token, int64_t expires_at)
{
    struct token_revoke command = {.expires_at = expires_at};

    begin(MESSAGE_token_revoke, &command, 0, 0);
    id_of(token, command.token_id);
    return command;
}
