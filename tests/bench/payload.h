/* payload.h - the events that are sent: a message in a chat, with its number
 * as a mark in its content. Both sides of a comparison send the same JSON. */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <msgpack.h>

#include "schema.h"

/* Writes the id of the chat that stands for a channel. */
void payload_chat_id(char chat_id[UUID_SIZE], size_t channel);

/* Makes the event; the caller releases it with message_clear(). Its message's
 * content has this many characters, at least the mark. */
void payload_event(struct event *event, size_t channel, int64_t number, size_t characters);

#endif
