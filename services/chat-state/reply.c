#include "reply.h"

#include <stdlib.h>

#include "own.h"

void reply_clear(struct reply *self)
{
    if (self->body)
        message_clear(&message_types[self->type], self->body);
    free(self->body);
    self->body = NULL;
}

void *reply_become(struct reply *self, enum message_id type)
{
    reply_clear(self);
    self->type = type;
    self->body = own_zero(message_types[type].size);
    return self->body;
}

void reply_address(struct reply *self, const char *request_id)
{
    message_set_text(&message_types[self->type], self->body, "request_id", request_id);
}

const char *reply_request(const struct reply *self)
{
    return message_text(&message_types[self->type], self->body, "request_id");
}

const char *reply_chat(const struct reply *self)
{
    if (self->type == MESSAGE_chat_found)
        return ((const struct chat_found *)self->body)->chat.items[0].id;
    if (self->type == MESSAGE_comment_found)
        return ((const struct comment_found *)self->body)->comment.items[0].chat_id;
    return message_text(&message_types[self->type], self->body, "chat_id");
}

void reply_refuse(struct reply *self, const struct refusal *refusal, const char *request_id)
{
    struct request_refused *refused = reply_become(self, MESSAGE_request_refused);

    refused->status = refusal->status;
    refused->code = own_copy(refusal->code);
    refused->sentence = own_copy(refusal->sentence);
    reply_address(self, request_id);
}
