/* Accounts and presence (contract §3.2). */
#include "handlers.h"

static const struct input add_user[] = {
    {"userIdCode", "id_code", INPUT_TEXT, true, 1, 50},
    {"displayName", "display_name", INPUT_TEXT, true, 1, 50},
    {"csaTitle", "csa_title", INPUT_TEXT, false, 0, 555},
    {"csa_email", "csa_email", INPUT_TEXT, false, 0, 555},
    {"login", "login", INPUT_TEXT, false, 0, 50},
    {"password", NULL, INPUT_TEXT, false, 0, 256},
    INPUT_END,
};

static const struct input presence[] = {
    {"customerSupportId", "id_code", INPUT_TEXT, false, 0, 50},
    {"customerSupportStatus", "status", INPUT_TEXT, true, 1, 16},
    {"customerSupportActive", "active", INPUT_BOOL, false, 0, 0},
    INPUT_END,
};

const struct route account_routes[] = {
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
    {.path = NULL},
};
