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
/* chat 0: none is named. */
struct message_revise make_revise(unsigned chat, unsigned message, const char *event, bool keeps);
struct chat_claim make_claim(unsigned chat, const char *agent);
struct chat_redirect make_redirect(unsigned chat, unsigned message, const char *agent);
struct chat_end make_end(unsigned chat, unsigned message, const char *event);
struct chat_feedback make_feedback(unsigned chat, const char *rating, const char *text);
struct chats_release make_release(const char *agent);
struct chat_identify make_identity(unsigned chat, const char *first_name, const char *email);
struct chat_label make_label(unsigned chat, const char *first, const char *second); /* NULL: none */
struct comment_set make_comment(unsigned chat, const char *comment);
struct presence_set make_presence(const char *agent, const char *status);
struct account_add make_account(const char *agent, const char *login);
struct account_add make_edit(const char *agent, const char *login, const char *role);
struct account_delete make_delete(const char *agent);
struct profile_set make_profile(const char *agent, bool popup);
struct token_issue make_issue(unsigned token, int64_t expires_at);
struct token_extend make_extend(unsigned token, unsigned new_token, int64_t expires_at);
struct token_revoke make_revoke(unsigned token, int64_t expires_at);
struct setting_set make_setting(const char *key, const char *value); /* NULL: it is unset */

#endif
