/* How things stand, for anyone: waiting time (contract §9), health (§10). */
#include "handlers.h"

static const struct input waiting[] = {
    {"chatId", "chat_id", INPUT_MAYBE_UUID, false, 0, 0},
    INPUT_END,
};

const struct route status_routes[] = {
    {.path = "/estimated-waiting-time",
     .methods = METHOD_READ,
     .who = IDENTITY_NONE,
     .envelope = ENVELOPE_RESPONSE,
     .inputs = waiting,
     .message = MESSAGE_waiting_get,
     .answer = MESSAGE_waiting,
     .shape = shape_waiting},
    {.path = "/cs-get-components-healthz-status",
     .methods = METHOD_READ,
     .who = IDENTITY_NONE,
     .message = MESSAGE_health_get,
     .handle = handle_components},
    {.path = "/healthz", .methods = METHOD_READ, .handle = handle_heartbeat},
    {.path = "/healthz/chat", .methods = METHOD_READ, .handle = handle_heartbeat},
    {.path = NULL},
};
