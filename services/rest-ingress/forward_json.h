/* forward_json.h - what two institutions say to each other about a chat
 * (contract P-27): the body of destination-forward, and its answer. Pure. */
#ifndef FORWARD_JSON_H
#define FORWARD_JSON_H

#include "input.h"

enum { FORWARD_TOKEN_SIZE = 4096 };

/* Returns the body that forwards a chat with these messages. The caller frees
 * it. Who sends it is told by the key that goes with it. */
char *forward_body(const struct chat *chat, const struct message_list *messages);

/* Reads the list "messages" of a body into messages, which is empty, each under
 * an id that is made of chat_id and its own. Returns 0, or -1 with the refusal
 * filled; what was read until then is the caller's in both cases. */
int forward_read_messages(const json_t *body, const char *chat_id, struct message_list *messages,
                          struct refusal *refusal);

/* Reads the answer: the chat's id there, and the token, which the caller
 * frees. Returns 0, or -1 when it is none. */
int forward_read_answer(const char *text, size_t size, char chat_id[UUID_SIZE], char **token);

/* Whether text may be the value of a cookie that is a token: it has no other
 * characters than tokens have, so a header does not end with it. */
bool forward_is_token(const char *text);

/* Makes an id of three texts, the same for the same ones. */
void forward_id(const char *what, const char *one, const char *other, char uuid[UUID_SIZE]);

#endif
