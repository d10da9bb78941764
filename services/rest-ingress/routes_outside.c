/* Logging in with the token of a person who has logged in elsewhere. */
#include "handlers.h"

static const struct input own_chat[] = {
    {"chatId", NULL, INPUT_OWN_CHAT, false, 0, 0},
    INPUT_END,
};

const struct route outside_routes[] = {
    {.path = "/login-with-tara-jwt",
     .about = "Puts the person of the cookie JWTTOKEN into the own chat",
     .methods = METHOD_POST,
     .later = "/backoffice/auth/tara/login",
     .who = IDENTITY_END_USER,
     .key = "blacklist_tara_jwt",
     .value = "null",
     .inputs = own_chat,
     .message = MESSAGE_chat_identify,
     .answer = MESSAGE_chat_found,
     .shape = shape_null,
     .handle = handle_person_arrives},
    {.path = "/cs-login-with-tara-jwt",
     .about = "Logs in the account of the person of the cookie JWTTOKEN",
     .methods = METHOD_POST,
     .later = "/backoffice/auth/tara/login",
     .later_methods = METHOD_GET,
     .guards_get = true,
     .who = IDENTITY_NONE,
     .key = "blacklist_tara_jwt",
     .value = "null",
     .message = MESSAGE_account_get,
     .answer = MESSAGE_account_found,
     .shape = shape_null,
     .handle = handle_agent_arrives},
    {.path = NULL},
};
