/* The end user: a chat and its messages (contract §2). */
#include "handlers.h"

/* The id of a chat that clients send along: only ever the caller's own. */
static const struct input own_chat[] = {
    {"id", NULL, INPUT_OWN_CHAT, false, 0, 0},
    {"chatId", NULL, INPUT_OWN_CHAT, false, 0, 0},
    INPUT_END,
};

static const struct input new_chat[] = {
    {"endUserTechnicalData.endUserOs", "end_user_os", INPUT_TEXT, true, 1, 300},
    {"endUserTechnicalData.endUserUrl", "end_user_url", INPUT_TEXT, true, 1, 300},
    {"message.content", "content", INPUT_TEXT, true, 1, 3000},
    {"message.authorTimestamp", "author_timestamp", INPUT_TIME, false, 0, 0},
    INPUT_END,
};

static const struct input new_messages[] = {
    {"chatId", NULL, INPUT_OWN_CHAT, false, 0, 0},
    {"timeRangeBegin", "after", INPUT_TIME, false, 0, 0},
    INPUT_END,
};

static const struct input post_message[] = {
    {"chatId", NULL, INPUT_OWN_CHAT, false, 0, 0},
    {"content", "content", INPUT_TEXT, false, 0, 3000},
    {"event", "event", INPUT_TEXT, false, 0, 128},
    {"authorTimestamp", "author_timestamp", INPUT_TIME, false, 0, 0},
    INPUT_END,
};

static const struct input end_chat[] = {
    {"chatId", NULL, INPUT_OWN_CHAT, false, 0, 0},
    {"event", "event", INPUT_TEXT, false, 0, 128},
    {"authorTimestamp", "author_timestamp", INPUT_TIME, false, 0, 0},
    INPUT_END,
};

const struct route chat_routes[] = {
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
    {.path = NULL},
};
