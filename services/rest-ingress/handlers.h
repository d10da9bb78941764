/* handlers.h - what rows of the route table do on top of the common way:
 * fill_…, shape_… and handle_…, as routes.h describes them. */
#ifndef HANDLERS_H
#define HANDLERS_H

#include "exchange.h"

/* What shapes and handlers answer where no schema has a name (value.h); each
 * stands beside what writes it. */
extern const char value_profile[];
extern const char value_existence[];
extern const char value_posted[];
extern const char value_left[];
extern const char value_establishments[];
extern const char value_forward_request[];
extern const char value_destination[];
extern const char value_comment[];
extern const char value_matches[];
extern const char value_heartbeat[];
extern const char value_resql[];
extern const char value_heartbeats[];
extern const char value_waiting_minutes[];
extern const char value_greeting[];
extern const char value_visibility[];
extern const char value_emergency_notice[];
extern const char value_working_time[];
extern const char value_widget[];
extern const char value_later_widget[];
extern const char value_version[];
extern const char value_session_length[];

/* chats.c: chats and messages */
int fill_new_chat(struct exchange *self, void *message);
int fill_post(struct exchange *self, void *message);
int fill_claim(struct exchange *self, void *message);
int fill_redirect(struct exchange *self, void *message);
int fill_release(struct exchange *self, void *message);
int fill_client_left(struct exchange *self, void *message);
int shape_new_chat(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_chat(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_chat_rows(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_messages(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_new_messages(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_posted(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_left(struct exchange *self, const void *answer, msgpack_sbuffer *out);
void handle_client_left(struct exchange *self);

/* messages.c: messages beside plain text */
int fill_answer(struct exchange *self, void *message);
int fill_new_event(struct exchange *self, void *message);
int fill_rating(struct exchange *self, void *message);
int fill_greeting(struct exchange *self, void *message);
int shape_null(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_sent(struct exchange *self, const void *answer, msgpack_sbuffer *out);

/* forward.c: chats that go to another institution */
int fill_forward(struct exchange *self, void *message);
int fill_forward_request(struct exchange *self, void *message);
int shape_establishments(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_forward_request(struct exchange *self, const void *answer, msgpack_sbuffer *out);
void handle_origin_forward(struct exchange *self);

/* receive.c: chats that come from one */
void handle_destination_forward(struct exchange *self);

/* chat_lists.c: the open chats, and the ended ones */
void handle_active_chats(struct exchange *self);
void handle_ended_chats(struct exchange *self);

/* history.c: what is said of a chat, mostly at its end or after it */
int fill_feedback(struct exchange *self, void *message);
int fill_identity(struct exchange *self, void *message);
int fill_labels(struct exchange *self, void *message);
int fill_comment(struct exchange *self, void *message);
int shape_contact(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_name(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_left_later(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_labelled(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_comment(struct exchange *self, const void *answer, msgpack_sbuffer *out);

/* search.c: the chats whose messages have some words */
void handle_search(struct exchange *self);

/* transcripts.c: a chat as a file */
int fill_transcript(struct exchange *self, void *message);
int shape_mailed(struct exchange *self, const void *answer, msgpack_sbuffer *out);
void handle_transcript(struct exchange *self);

/* Counts what it refuses from now on, and returns what makes PDFs. */
struct jobs *transcripts_open(zloop_t *loop);

/* session.c: logging in and out, and who one is */
void handle_login(struct exchange *self);
int fill_logout(struct exchange *self, void *message);
int shape_logout(struct exchange *self, const void *answer, msgpack_sbuffer *out);
void handle_user_info(struct exchange *self);
void handle_agent_info(struct exchange *self);

/* Returns what a token says, and when it was made and expires in milliseconds,
 * as JSON (contract T-05). The caller frees it. */
char *token_claims_text(const struct token *token);

/* tokens.c: issuing, extending and giving up tokens */
int fill_chat_token(struct exchange *self, struct chat_open *open);
void give_chat_token(struct exchange *self, const char *chat_id);

/* Makes the id of the token that a command issues, which is the same whenever
 * that is sent. Returns when the token expires. */
int64_t plan_token(const struct exchange *self, const char *command_id, char token_id[UUID_SIZE]);

/* Returns the text of the token with that id, expires_at and content, once it is
 * recorded; the caller frees it. */
char *sign_planned(const struct exchange *self, const struct token *planned);

/* Sets the cookie for as long as such a token lives. */
void give_cookie(struct exchange *self, const char *name, const char *token);

void handle_chat_extend(struct exchange *self);
void handle_agent_extend(struct exchange *self);
void handle_named_extend(struct exchange *self);
void handle_user_revoke(struct exchange *self);
void handle_agent_revoke(struct exchange *self);
void handle_named_revoke(struct exchange *self);
void handle_named_check(struct exchange *self);
void handle_named_info(struct exchange *self);
void handle_generate(struct exchange *self);

/* Signs a token for a new session, records it, sets it as the cookie of this
 * name, and then calls then, which ends the exchange; when it cannot be
 * recorded the exchange ends with that error. content is taken over; cookie
 * lives as long as the exchange. spent: a token of somebody else that is used up
 * with it; NULL: none. self->message is another one afterwards. */
void session_begin(struct exchange *self, const char *cookie, json_t *content,
                   const struct token *spent, on_session *then);

/* Makes the token of the cookie clientCustomJwtCookie worthless, if there is
 * one, and then calls then, as exchange_ask. The exchange's own token is read
 * no more. */
void give_up_person(struct exchange *self, on_exchange_answer *then);

/* Returns what a token of this account says. The caller owns it. */
json_t *session_claims(const struct account *account);

/* outside.c: logging in with a token from elsewhere */
void handle_person_arrives(struct exchange *self);
void handle_agent_arrives(struct exchange *self);

/* accounts.c: accounts and presence */
int fill_new_account(struct exchange *self, void *message);
int fill_known_account(struct exchange *self, void *message);
void handle_account(struct exchange *self);
int fill_presence(struct exchange *self, void *message);
int shape_empty_list(struct exchange *self, const void *answer, msgpack_sbuffer *out);

/* configuration.c: what is configured; what_… shapes answer of it (NULL: of the
 * copy) */
void configuration_applied(struct ingress *ingress);
void handle_configuration(struct exchange *self);
int shape_session_length(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_end_user_session(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_waiting_minutes(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_greeting(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_bot(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_name_visibility(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_title_visibility(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_emergency_notice(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_working_time(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_widget(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_later_widget(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_setting(struct exchange *self, const void *answer, msgpack_sbuffer *out);

/* A chat as this service shows it: without the agent's title when titles are
 * not to be seen. */
void show_chat(const struct exchange *self, const struct chat *chat, msgpack_sbuffer *out);
void show_chat_row(const struct exchange *self, const struct chat *chat, msgpack_sbuffer *out);
void show_ended_row(const struct exchange *self, const struct chat *chat, msgpack_sbuffer *out);

/* agents.c: who works with chats. Of these shapes all but the last are given an
 * account, and make its row. */
int fill_agents(struct exchange *self, void *message);
int fill_available(struct exchange *self, void *message);
int fill_activity(struct exchange *self, void *message);
void handle_agents(struct exchange *self);
int shape_account(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_agent(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_presence(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_existence(struct exchange *self, const void *answer, msgpack_sbuffer *out);

/* profiles.c: an agent's own settings */
int fill_profile_get(struct exchange *self, void *message);
int fill_profile_set(struct exchange *self, void *message);
int shape_profile(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_profile_set(struct exchange *self, const void *answer, msgpack_sbuffer *out);

/* notifications.c: who leaves without a word, and the queue */
int fill_termination(struct exchange *self, void *message);
int fill_leaving_chat(struct exchange *self, void *message);
int fill_logout_soon(struct exchange *self, void *message);
int fill_queued_chat(struct exchange *self, void *message);
int shape_terminated_soon(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_not_terminated(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_not_logged_out(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_enqueued(struct exchange *self, const void *answer, msgpack_sbuffer *out);
int shape_dequeued(struct exchange *self, const void *answer, msgpack_sbuffer *out);
void handle_logout_soon(struct exchange *self);

/* status.c: waiting time, health, key */
int shape_waiting(struct exchange *self, const void *answer, msgpack_sbuffer *out);
void handle_components(struct exchange *self);
void handle_heartbeat(struct exchange *self);
void handle_resql(struct exchange *self);
void handle_heartbeats(struct exchange *self);
void handle_verification_key(struct exchange *self);
void handle_openapi(struct exchange *self);

#endif
