/* view.h - chats, messages, waiting times and health as the JSON that
 * browsers see: names, order, "" and null exactly as in seed.md and contract
 * §1.2. Used by rest-ingress and sse-gateway, so that a poll and a stream
 * cannot come to disagree.
 *
 * Each shape is one table of columns. Every function appends compact JSON to
 * out, which the caller has initialised. */
#ifndef VIEW_H
#define VIEW_H

#include <msgpack.h>
#include <stdbool.h>

#include "schema.h"

/* Returns the chat as it is shown, its texts lent: csaTitle is blank unless the
 * configuration says is_csa_title_visible (contract §6.4). */
struct chat view_titled(const struct chat *chat, bool hides_title);

/* The single chat object of get-chat-by-id and the like: every value text. */
void view_chat(msgpack_sbuffer *out, const struct chat *chat);

/* A row of cs-get-all-active-chats, with event as an alias of
 * lastMessageEvent (contract X-11). */
void view_chat_row(msgpack_sbuffer *out, const struct chat *chat);

/* A row of cs-get-all-ended-chats: labels, null for none, in place of what such
 * a chat has no more. */
void view_ended_row(msgpack_sbuffer *out, const struct chat *chat);

/* A row of the whole list (get-messages-by-chat-id): chatId; forwarded* are
 * "" when there is no value. */
void view_message(msgpack_sbuffer *out, const struct message *message);

/* A row of the new messages: chatId and chatid; forwarded* are null when
 * there is no value, as in seed.md. */
void view_new_message(msgpack_sbuffer *out, const struct message *message);

/* {"durationInSeconds":"300","positionInUnassignedChats":"3"} */
void view_waiting(msgpack_sbuffer *out, int64_t seconds, int64_t position);

/* {"set_healthz_response":{"data":[{"name":"TIM","version":"1.0"},…]}} */
void view_health(msgpack_sbuffer *out, const struct component_list *components);

/* An agent's account: {login, firstName, …, authorities:[…]} (contract C-20). */
void view_account(msgpack_sbuffer *out, const struct account *account);

/* The same with customersupportstatus, and as customerSupportStatus: clients
 * read either (contract C-25, clients.md §1.2). */
void view_agent(msgpack_sbuffer *out, const struct account *account);

/* {"idCode":"…","active":"true","status":"online"}: active is text. */
void view_presence(msgpack_sbuffer *out, const struct account *account);

/* What the objects above are made of: appends {"Chat":{"id":"uuid",
 * "customerSupportId":"string",…},…}, where each value says what stands there:
 * string, uuid, time (as iso_time_format() writes it, or ""), the same with
 * |null, a list ("string[]"), or another object of these ("Component[]"). */
void view_describe(msgpack_sbuffer *out);

/* Appends text as it is. */
void view_text(msgpack_sbuffer *out, const char *text);

/* Appends text as a JSON string, quotes included. */
void view_string(msgpack_sbuffer *out, const char *text);

#endif
