#include "payload.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "own.h"

void payload_chat_id(char chat_id[UUID_SIZE], size_t channel)
{
    snprintf(chat_id, UUID_SIZE, "00000000-0000-4000-8000-%012zx", channel & 0xffffffffffff);
}

static char *content(int64_t number, size_t characters)
{
    char mark[32];
    size_t size = (size_t)snprintf(mark, sizeof(mark), "~%" PRId64 ";", number);
    char *text = own_zero((characters > size ? characters : size) + 1);

    memset(text, 'x', characters);
    memcpy(text, mark, size);
    return text;
}

void payload_event(struct event *event, size_t channel, int64_t number, size_t characters)
{
    int64_t now = clock_wall_ms();

    *event = (struct event){.seq = number, .at = now, .kind = own_copy("message.posted")};
    struct message *message =
        list_append((struct list *)&event->message, &message_types[MESSAGE_message]);
    payload_chat_id(message->id, (size_t)number);
    payload_chat_id(message->chat_id, channel);
    message->seq = number;
    message->content = content(number, characters);
    message->author_role = own_copy("end-user");
    message->author_timestamp = message->created = message->updated = now;
}
