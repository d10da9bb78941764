/* commands.h - commands as the tests want them: complete, and short to
 * write. Each is released with message_clear() of its type. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "schema.h"

/* Writes the UUID that stands for a small number. */
void id_of(unsigned number, char id[UUID_SIZE]);

/* Each has a new request_id; command_id is "c<number>" of a counter, and
 * may_repeat is not set. */
struct chat_open make_open(unsigned chat, unsigned message, const char *content);
struct message_post make_post(unsigned chat, unsigned message, const char *content,
                              const char *event);
struct chat_claim make_claim(unsigned chat, const char *agent);
struct chat_redirect make_redirect(unsigned chat, unsigned message, const char *agent);
struct chat_end make_end(unsigned chat, unsigned message, const char *event);
struct presence_set make_presence(const char *agent, const char *status);
struct account_add make_account(const char *agent, const char *login);
struct token_revoke make_revoke(unsigned token, int64_t expires_at);

#endif
