/* A chat as a file: not in an envelope, but with a name of its own (contract
 * §4, client-only names); or by e-mail (V-24). */
#include "handlers.h"

static const struct input own_chat[] = {
    {"chatId", NULL, INPUT_OWN_CHAT, false, 0, 0},
    {"format", NULL, INPUT_TEXT, false, 0, 16},
    INPUT_END,
};

static const struct input any_chat[] = {
    {"chatId", "chat_id", INPUT_UUID, true, 0, 0},
    {"format", NULL, INPUT_TEXT, false, 0, 16},
    INPUT_END,
};

static const struct input mailed_chat[] = {
    {"chatId", "chat_id", INPUT_UUID, true, 0, 0},
    INPUT_END,
};

/* The client sends the whole chat. */
static const struct input mailed_row[] = {
    {"id", "chat_id", INPUT_UUID, true, 0, 0},
    INPUT_END,
};

const struct route transcript_routes[] = {
    {.path = "/download-chat",
     .about = "The own chat as a file",
     .methods = METHOD_READ,
     .who = IDENTITY_END_USER,
     .value = "text/plain, application/pdf: binary",
     .inputs = own_chat,
     .message = MESSAGE_messages_get,
     .answer = MESSAGE_messages_found,
     .fill = fill_transcript,
     .handle = handle_transcript},
    {.path = "/cs-download-chat",
     .about = "A chat as a file",
     .methods = METHOD_READ,
     .who = IDENTITY_AGENT,
     .roles = ROLES_ANSWERING,
     .value = "text/plain, application/pdf: binary",
     .inputs = any_chat,
     .message = MESSAGE_messages_get,
     .answer = MESSAGE_messages_found,
     .fill = fill_transcript,
     .handle = handle_transcript},
    {.path = "/history/cs-send-history-to-email",
     .about = "Sends a chat to its agent by e-mail",
     .methods = METHOD_POST,
     .who = IDENTITY_AGENT,
     .roles = ROLES_ANSWERING,
     .envelope = ENVELOPE_RESPONSE,
     .value = "string",
     .inputs = mailed_chat,
     .message = MESSAGE_chat_mail,
     .answer = MESSAGE_chat_found,
     .shape = shape_mailed},
    {.path = "/cs-send-chat-to-email",
     .about = "Sends a chat to its agent by e-mail",
     .methods = METHOD_POST,
     .who = IDENTITY_AGENT,
     .roles = ROLES_ANSWERING,
     .key = "cs_send_chat_to_email",
     .value = "string",
     .inputs = mailed_row,
     .message = MESSAGE_chat_mail,
     .answer = MESSAGE_chat_found,
     .shape = shape_mailed},
    {.path = NULL},
};
