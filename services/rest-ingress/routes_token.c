/* Logging in and out, and tokens (contract §5). */
#include "handlers.h"

static const struct input login[] = {
    {"login", "login", INPUT_TEXT, true, 1, 50},
    {"password", NULL, INPUT_TEXT, true, 1, 256},
    INPUT_END,
};

const struct route token_routes[] = {
    {.path = "/custom-jwt-userinfo",
     .methods = METHOD_READ,
     .who = IDENTITY_NONE,
     .key = "custom_jwt_userinfo",
     .message = MESSAGE_token_check,
     .handle = handle_user_info},
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
    {.path = "/jwt/verification-key", .methods = METHOD_GET, .handle = handle_verification_key},
    {.path = NULL},
};
