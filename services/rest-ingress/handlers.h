/* handlers.h - what rows of the route table do on top of the common way:
 * fill_…, shape_… and handle_…, as routes.h describes them. */
#ifndef HANDLERS_H
#define HANDLERS_H

#include "exchange.h"

/* chats.c: chats and messages */
int fill_new_chat(struct exchange *self, void *message);
int fill_post(struct exchange *self, void *message);
int fill_claim(struct exchange *self, void *message);
int fill_redirect(struct exchange *self, void *message);
int fill_client_left(struct exchange *self, void *message);
int shape_new_chat(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_chat(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_chat_rows(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_messages(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_new_messages(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_posted(struct exchange *self, const void *answer, msgpack_sbuffer *out);
void handle_client_left(struct exchange *self);

/* active.c: the list of open chats */
void handle_active_chats(struct exchange *self);

/* session.c: logging in and out, and who one is */
void handle_login(struct exchange *self);
int fill_logout(struct exchange *self, void *message);
int shape_logout(struct exchange *self, const void *answer, msgpack_sbuffer *out);
void handle_user_info(struct exchange *self);
void handle_agent_info(struct exchange *self);

/* Returns a token with this content for a new session, and sets it as the
 * cookie of this name. The caller frees it. content is taken over. */
char *session_start(struct exchange *self, const char *cookie, json_t *content);

/* accounts.c: accounts and presence */
int fill_account(struct exchange *self, void *message);
void handle_add_account(struct exchange *self);
int fill_presence(struct exchange *self, void *message);
int shape_empty_list(struct exchange *self, const void *answer, msgpack_sbuffer *out);

/* status.c: waiting time, health, key */
int shape_waiting(struct exchange *self, const void *answer, msgpack_sbuffer *out);
void handle_components(struct exchange *self);
void handle_heartbeat(struct exchange *self);
void handle_verification_key(struct exchange *self);

#endif
