/* stage.h - the built sse-gateway with everything around it played by the
 * test: chat-state, waiting-time and health on real ZeroMQ sockets, browsers
 * on real HTTP. One thread: whoever waits for a browser turns the stage. */
#ifndef STAGE_H
#define STAGE_H

#include <czmq.h>

#include "schema.h"

enum { STAGE_EVENTS_MAX = 2048, STAGE_CHATS_MAX = 64 };

/* Accounts that the gateway is told of at its start: with no role, and an
 * administrator. Of others it hears only when they change. */
#define STAGE_NO_ROLE       "EE4"
#define STAGE_ADMINISTRATOR "EE5"

#define STAGE_TITLE         "Expert"

/* A chat that is there from the beginning, unassigned. */
#define STAGE_FIRST_CHAT "00000000-0000-4000-8000-000000000001"

struct stage {
    pid_t gateway;
    int port, monitor_port;
    struct token_key *key;
    zsock_t *commands, *events, *waiting, *waiting_events, *health, *health_events;
    /* the log and what it made */
    char log_id[UUID_SIZE];
    int64_t seq;
    struct event log[STAGE_EVENTS_MAX]; /* by seq - 1 */
    struct chat chats[STAGE_CHATS_MAX];
    size_t chat_count;
    struct revocation_list revocations;
    int checks; /* times that it was asked about a token */
    struct account_roles_list accounts;
    struct setting_version_list settings; /* every version, oldest first */
    /* how chat-state behaves */
    bool is_silent;      /* it answers nothing */
    bool holds_answers;  /* it answers messages.get only when told to */
    bool holds_chats;    /* it answers chats.get only when told to */
    bool keeps_settings; /* it answers no settings.get */
    int questions;       /* messages.get that it was asked */
    int ranges;          /* events.get of one chat that it was asked */
    int64_t first_seq;   /* the first event that the log still has, 0: all */
    zframe_t *held_peer;
    struct messages_get held;
    zframe_t *held_chats_peer;
    struct chats_get held_chats;
};

/* settings: "NAME=value" and so on, NULL at the end; on top of what the stage
 * sets itself. Waits until the gateway is ready and subscribed; then a
 * newcomer's waiting time is 7 seconds, and there is one chat. */
struct stage *stage_new(const char *const *settings);

/* Likewise, but the gateway has just asked for the open chats, and waits for
 * stage_answer_held_chats. There is no chat yet. */
struct stage *stage_new_unplaced(void);

/* Ends the gateway, and starts it again; it takes connections, and may not be
 * ready. */
void stage_restart(struct stage *self);

/* Ends the gateway with SIGTERM, if that did not happen, and fails the test
 * unless it exits with 0. */
void stage_destroy(struct stage **self);

/* Answers what the gateway asks, until fd (-1: none) can be read or this long. */
void stage_turn(struct stage *self, int fd, int wait_ms);

/* Asks the gateway's own port for path. Returns the answer, lent. */
const char *stage_monitor(struct stage *self, const char *path);

/* Waits until the own port's path says text. */
void stage_await(struct stage *self, const char *path, const char *text);

/* Returns the chat of this id, NULL when there is none. */
struct chat *stage_chat(struct stage *self, const char *chat_id);

/* ---- what happens ---- */

/* Opens a chat, as created by the log's clock. Returns its seq. */
int64_t stage_open_chat(struct stage *self, const char *chat_id);

/* Adds an event with a message. is_lost: it is stored, and not published. */
int64_t stage_post(struct stage *self, const char *chat_id, const char *content, bool is_lost);

/* The agent's title is STAGE_TITLE. */
int64_t stage_claim(struct stage *self, const char *chat_id, const char *agent);

/* Ends a chat. revoked: the token that ends with it, or NULL. */
int64_t stage_end_chat(struct stage *self, const char *chat_id, const char *revoked);

/* An account has this role alone from now on; NULL: none. */
int64_t stage_set_role(struct stage *self, const char *id_code, const char *role);

/* Chats show csaTitle from now on, or do not. */
int64_t stage_show_titles(struct stage *self, bool are_shown);

int64_t stage_revoke(struct stage *self, const char *token_id);
void stage_publish_head(struct stage *self);

/* Publishes an event of the log once more. */
void stage_publish(struct stage *self, int64_t seq);

/* Another, empty log. */
void stage_change_log(struct stage *self);

/* Answers the messages.get that was held. */
void stage_answer_held(struct stage *self);

/* Answers the chats.get that was held, and those to come at once. */
void stage_answer_held_chats(struct stage *self);

/* When the message of this event was stored, as ISO 8601. */
const char *stage_time_of(struct stage *self, int64_t seq);

/* ---- cookies: "name=token", the caller's to free ---- */

char *stage_user_cookie(struct stage *self, const char *chat_id, char token_id[UUID_SIZE]);
char *stage_agent_cookie(struct stage *self, const char *role, int64_t lives_ms);
char *stage_cookie_of(struct stage *self, const char *id_code, const char *role);
char *stage_short_cookie(struct stage *self, const char *chat_id, int64_t lives_ms);

#endif
