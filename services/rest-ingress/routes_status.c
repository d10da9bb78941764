/* How things stand, for anyone: waiting time (contract §9), health (§10). */
#include "handlers.h"

static const struct input waiting[] = {
    {"chatId", "chat_id", INPUT_MAYBE_UUID, false, 0, 0},
    INPUT_END,
};

const struct route status_routes[] = {
    {.path = "/estimated-waiting-time",
     .about = "The place of a chat in the queue and the seconds there; without a chat, those of a "
              "newcomer",
     .methods = METHOD_READ,
     .later = "/backoffice/chats/estimated-waiting-time",
     .later_methods = METHOD_POST,
     .who = IDENTITY_NONE,
     .envelope = ENVELOPE_RESPONSE,
     .value = "Waiting",
     .inputs = waiting,
     .message = MESSAGE_waiting_get,
     .answer = MESSAGE_waiting,
     .shape = shape_waiting},
    {.path = "/cs-get-components-healthz-status",
     .about = "Which part is up",
     .methods = METHOD_READ,
     .who = IDENTITY_NONE,
     .value = "Health",
     .message = MESSAGE_health_get,
     .handle = handle_components},
    {.path = "/openapi.json",
     .about = "This document",
     .methods = METHOD_GET,
     .value = "application/json: object",
     .handle = handle_openapi},
    {.path = "/healthz",
     .about = "That this service is there",
     .methods = METHOD_READ,
     .value = value_heartbeat,
     .handle = handle_heartbeat},
    {.path = "/healthz/chat",
     .about = "That this service is there",
     .methods = METHOD_READ,
     .value = value_heartbeat,
     .handle = handle_heartbeat},
    {.path = NULL},
};
