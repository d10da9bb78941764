#include "routes.h"

#include <string.h>

#include "handlers.h"

#define END                                                                                        \
    {                                                                                              \
        NULL, NULL, INPUT_TEXT, false, 0, 0                                                        \
    }

/* The id of a chat that clients send along: only ever the caller's own. */
static const struct input own_chat[] = {
    {"id", NULL, INPUT_OWN_CHAT, false, 0, 0},
    {"chatId", NULL, INPUT_OWN_CHAT, false, 0, 0},
    END,
};

static const struct input new_chat[] = {
    {"endUserTechnicalData.endUserOs", "end_user_os", INPUT_TEXT, true, 1, 300},
    {"endUserTechnicalData.endUserUrl", "end_user_url", INPUT_TEXT, true, 1, 300},
    {"message.content", "content", INPUT_TEXT, true, 1, 3000},
    {"message.authorTimestamp", "author_timestamp", INPUT_TIME, false, 0, 0},
    END,
};

static const struct input new_messages[] = {
    {"chatId", NULL, INPUT_OWN_CHAT, false, 0, 0},
    {"timeRangeBegin", "after", INPUT_TIME, false, 0, 0},
    END,
};

static const struct input post_message[] = {
    {"chatId", NULL, INPUT_OWN_CHAT, false, 0, 0},
    {"content", "content", INPUT_TEXT, false, 0, 3000},
    {"event", "event", INPUT_TEXT, false, 0, 128},
    {"authorTimestamp", "author_timestamp", INPUT_TIME, false, 0, 0},
    END,
};

static const struct input end_chat[] = {
    {"chatId", NULL, INPUT_OWN_CHAT, false, 0, 0},
    {"event", "event", INPUT_TEXT, false, 0, 128},
    {"authorTimestamp", "author_timestamp", INPUT_TIME, false, 0, 0},
    END,
};

static const struct input waiting[] = {
    {"chatId", "chat_id", INPUT_MAYBE_UUID, false, 0, 0},
    END,
};

static const struct input login[] = {
    {"login", "login", INPUT_TEXT, true, 1, 50},
    {"password", NULL, INPUT_TEXT, true, 1, 256},
    END,
};

static const struct input claim[] = {
    {"id", "chat_id", INPUT_UUID, true, 0, 0},
    {"customerSupportId", "customer_support_id", INPUT_TEXT, false, 0, 50},
    {"customerSupportDisplayName", "customer_support_display_name", INPUT_TEXT, false, 0, 60},
    {"csaTitle", "csa_title", INPUT_TEXT, false, 0, 555},
    END,
};

static const struct input redirect[] = {
    {"id", "chat_id", INPUT_UUID, true, 0, 0},
    {"customerSupportId", "customer_support_id", INPUT_TEXT, true, 1, 50},
    {"customerSupportDisplayName", "customer_support_display_name", INPUT_TEXT, false, 0, 60},
    {"csaTitle", "csa_title", INPUT_TEXT, false, 0, 555},
    {"forwardedByUser", "forwarded_by_user", INPUT_TEXT, false, 0, 50},
    {"forwardedFromCsa", "forwarded_from_csa", INPUT_TEXT, false, 0, 50},
    {"forwardedToCsa", "forwarded_to_csa", INPUT_TEXT, false, 0, 50},
    END,
};

static const struct input cs_end_chat[] = {
    {"chatId", "chat_id", INPUT_UUID, true, 0, 0},
    {"event", "event", INPUT_TEXT, true, 1, 128},
    {"authorTimestamp", "author_timestamp", INPUT_TIME, false, 0, 0},
    END,
};

static const struct input cs_messages[] = {
    {"chatId", "chat_id", INPUT_UUID, true, 0, 0},
    END,
};

static const struct input cs_new_messages[] = {
    {"chatId", "chat_id", INPUT_UUID, true, 0, 0},
    {"lastRead", "after", INPUT_TIME, false, 0, 0},
    END,
};

static const struct input cs_post_message[] = {
    {"chatId", "chat_id", INPUT_UUID, true, 0, 0},
    {"content", "content", INPUT_TEXT, true, 1, 3000},
    {"authorTimestamp", "author_timestamp", INPUT_TIME, false, 0, 0},
    {"authorFirstName", "author_first_name", INPUT_TEXT, false, 0, 555},
    END,
};

static const struct input add_user[] = {
    {"userIdCode", "id_code", INPUT_TEXT, true, 1, 50},
    {"displayName", "display_name", INPUT_TEXT, true, 1, 50},
    {"csaTitle", "csa_title", INPUT_TEXT, false, 0, 555},
    {"csa_email", "csa_email", INPUT_TEXT, false, 0, 555},
    {"login", "login", INPUT_TEXT, false, 0, 50},
    {"password", NULL, INPUT_TEXT, false, 0, 256},
    END,
};

static const struct input presence[] = {
    {"customerSupportId", "id_code", INPUT_TEXT, false, 0, 50},
    {"customerSupportStatus", "status", INPUT_TEXT, true, 1, 16},
    {"customerSupportActive", "active", INPUT_BOOL, false, 0, 0},
    END,
};

const struct route routes[] = {
    /* ---- end users (contract §2) ---- */
    {.path = "/init-chat",
     .methods = METHOD_POST,
     .who = IDENTITY_NONE,
     .key = "get_inserted_chat",
     .inputs = new_chat,
     .message = MESSAGE_chat_open,
     .answer = MESSAGE_chat_found,
     .fill = fill_new_chat,
     .shape = shape_new_chat},
    {.path = "/get-chat-by-id",
     .methods = METHOD_READ,
     .who = IDENTITY_END_USER,
     .key = "forwarding_validation",
     .inputs = own_chat,
     .message = MESSAGE_chat_get,
     .answer = MESSAGE_chat_found,
     .shape = shape_chat},
    {.path = "/get-messages-by-chat-id",
     .methods = METHOD_READ,
     .who = IDENTITY_END_USER,
     .key = "forwarding_validation",
     .inputs = own_chat,
     .message = MESSAGE_messages_get,
     .answer = MESSAGE_messages_found,
     .shape = shape_messages},
    {.path = "/get-new-messages",
     .methods = METHOD_READ,
     .who = IDENTITY_END_USER,
     .key = "forwarding_validation",
     .inputs = new_messages,
     .message = MESSAGE_messages_get,
     .answer = MESSAGE_messages_found,
     .shape = shape_new_messages},
    {.path = "/post-message",
     .methods = METHOD_POST,
     .who = IDENTITY_END_USER,
     .key = "forwarding_validation",
     .inputs = post_message,
     .message = MESSAGE_message_post,
     .answer = MESSAGE_message_posted,
     .fill = fill_post,
     .shape = shape_posted},
    {.path = "/end-chat",
     .methods = METHOD_POST,
     .who = IDENTITY_END_USER,
     .key = "forwarding_validation",
     .inputs = end_chat,
     .message = MESSAGE_chat_end,
     .answer = MESSAGE_chat_found,
     .fill = fill_client_left,
     .handle = handle_client_left},
    {.path = "/estimated-waiting-time",
     .methods = METHOD_READ,
     .who = IDENTITY_NONE,
     .envelope = ENVELOPE_RESPONSE,
     .inputs = waiting,
     .message = MESSAGE_waiting_get,
     .answer = MESSAGE_waiting,
     .shape = shape_waiting},
    {.path = "/custom-jwt-userinfo",
     .methods = METHOD_READ,
     .who = IDENTITY_NONE,
     .key = "custom_jwt_userinfo",
     .message = MESSAGE_token_check,
     .handle = handle_user_info},

    /* ---- agents (contract §3) ---- */
    {.path = "/cs-login",
     .methods = METHOD_POST,
     .who = IDENTITY_NONE,
     .key = "custom_jwt_cookie",
     .inputs = login,
     .message = MESSAGE_account_get,
     .handle = handle_login},
    {.path = "/cs-logout",
     .methods = METHOD_POST,
     .who = IDENTITY_AGENT,
     .roles = ROLES_ANY,
     .key = "blacklist_custom_jwt",
     .message = MESSAGE_token_revoke,
     .answer = MESSAGE_command_done,
     .fill = fill_logout,
     .shape = shape_logout},
    {.path = "/cs-custom-jwt-userinfo",
     .methods = METHOD_READ,
     .who = IDENTITY_NONE,
     .key = "custom_jwt_userinfo",
     .message = MESSAGE_token_check,
     .handle = handle_agent_info},
    {.path = "/cs-get-all-active-chats",
     .methods = METHOD_READ,
     .who = IDENTITY_AGENT,
     .roles = ROLES_ANSWERING,
     .key = "get_all_active_chats",
     .message = MESSAGE_chats_get,
     .handle = handle_active_chats},
    {.path = "/cs-claim-chat",
     .methods = METHOD_POST,
     .who = IDENTITY_AGENT,
     .roles = ROLES_ANSWERING,
     .key = "get_claimed_chat",
     .inputs = claim,
     .message = MESSAGE_chat_claim,
     .answer = MESSAGE_chat_found,
     .fill = fill_claim,
     .shape = shape_chat},
    {.path = "/cs-redirect-chat",
     .methods = METHOD_POST,
     .who = IDENTITY_AGENT,
     .roles = ROLES_ANSWERING,
     .key = "get_claimed_chat",
     .inputs = redirect,
     .message = MESSAGE_chat_redirect,
     .answer = MESSAGE_chat_found,
     .fill = fill_redirect,
     .shape = shape_chat},
    {.path = "/cs-end-chat",
     .methods = METHOD_POST,
     .who = IDENTITY_AGENT,
     .roles = ROLES_ANSWERING,
     .key = "get_chat_by_id",
     .inputs = cs_end_chat,
     .message = MESSAGE_chat_end,
     .answer = MESSAGE_chat_found,
     .shape = shape_chat},
    {.path = "/cs-get-messages-by-chat-id",
     .methods = METHOD_READ,
     .who = IDENTITY_AGENT,
     .roles = ROLES_ANSWERING,
     .key = "cs_get_messages_by_chat_id",
     .inputs = cs_messages,
     .message = MESSAGE_messages_get,
     .answer = MESSAGE_messages_found,
     .shape = shape_messages},
    {.path = "/cs-get-messages-by-chat-id/:chatId",
     .methods = METHOD_GET,
     .who = IDENTITY_AGENT,
     .roles = ROLES_ANSWERING,
     .key = "cs_get_messages_by_chat_id",
     .inputs = cs_messages,
     .message = MESSAGE_messages_get,
     .answer = MESSAGE_messages_found,
     .shape = shape_messages},
    {.path = "/cs-get-new-messages",
     .methods = METHOD_READ,
     .who = IDENTITY_AGENT,
     .roles = ROLES_ANSWERING,
     .key = "cs_get_new_messages",
     .inputs = cs_new_messages,
     .message = MESSAGE_messages_get,
     .answer = MESSAGE_messages_found,
     .shape = shape_new_messages},
    {.path = "/cs-post-message",
     .methods = METHOD_POST,
     .who = IDENTITY_AGENT,
     .roles = ROLES_ANSWERING,
     .key = "get_not_ended_chat",
     .inputs = cs_post_message,
     .message = MESSAGE_message_post,
     .answer = MESSAGE_chat_found,
     .shape = shape_chat_rows},
    {.path = "/cs-add-user",
     .methods = METHOD_POST,
     .who = IDENTITY_AGENT,
     .roles = ROLE_ADMINISTRATOR,
     .key = "add_roles",
     .inputs = add_user,
     .message = MESSAGE_account_add,
     .answer = MESSAGE_command_done,
     .fill = fill_account,
     .shape = shape_empty_list,
     .handle = handle_add_account},
    {.path = "/cs-set-customer-support-activity",
     .methods = METHOD_POST,
     .who = IDENTITY_AGENT,
     .roles = ROLES_ANSWERING,
     .key = "set_customer_support_activity",
     .inputs = presence,
     .message = MESSAGE_presence_set,
     .answer = MESSAGE_command_done,
     .fill = fill_presence,
     .shape = shape_empty_list},

    /* ---- health (contract §10) and keys (T-08), for anyone ---- */
    {.path = "/cs-get-components-healthz-status",
     .methods = METHOD_READ,
     .who = IDENTITY_NONE,
     .message = MESSAGE_health_get,
     .handle = handle_components},
    {.path = "/healthz", .methods = METHOD_READ, .handle = handle_heartbeat},
    {.path = "/healthz/chat", .methods = METHOD_READ, .handle = handle_heartbeat},
    {.path = "/jwt/verification-key", .methods = METHOD_GET, .handle = handle_verification_key},
};

size_t route_count(void)
{
    return sizeof(routes) / sizeof(routes[0]);
}

static bool matches(const char *pattern, const char *path, const char **tail)
{
    const char *colon = strchr(pattern, ':');
    size_t size = colon ? (size_t)(colon - pattern) : 0;

    *tail = NULL;
    if (!colon)
        return strcmp(pattern, path) == 0;
    if (strncmp(pattern, path, size) != 0 || path[size] == '\0' || strchr(path + size, '/'))
        return false;
    *tail = path + size;
    return true;
}

const struct route *route_find(const char *path, const char **tail)
{
    for (size_t i = 0; i < route_count(); i++)
        if (matches(routes[i].path, path, tail))
            return &routes[i];
    return NULL;
}

const char *route_parameter(const struct route *route)
{
    const char *colon = strchr(route->path, ':');

    return colon ? colon + 1 : NULL;
}

unsigned method_named(const char *name)
{
    if (strcmp(name, "GET") == 0)
        return METHOD_GET;
    return strcmp(name, "POST") == 0 ? METHOD_POST : 0;
}
