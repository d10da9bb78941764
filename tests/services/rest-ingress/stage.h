/* stage.h - the real program rest-ingress, with the services it asks played
 * by the test: real sockets, messages of messages.def, known answers.
 *
 * One thread: the parts are played while the test awaits something. */
#ifndef STAGE_H
#define STAGE_H

#include <stdbool.h>
#include <sys/types.h>

#include "bus.h"

struct stage;

/* What the played services know. */
#define STAGE_CHAT     "11111111-1111-4111-8111-111111111111"
#define STAGE_MESSAGE  "33333333-3333-4333-8333-333333333333"
#define STAGE_LOGIN    "ann"
#define STAGE_PASSWORD "correct horse"
#define STAGE_ID_CODE  "EE49003106521"

/* Says where the log and the configuration stand, as chat-state does. */
void stage_publish_head(struct stage *self);

/* Starts the program in a folder of its own and awaits that it serves.
 * without: no service is there. Fails the test when it cannot. */
struct stage *stage_open(bool without);

/* Ends the program with SIGTERM. Fails the test unless it exits with 0. */
void stage_close(struct stage **self);

int stage_port(const struct stage *self);
pid_t stage_pid(const struct stage *self);

/* Returns what the services were asked since stage_forget(), oldest first, a
 * line each: wire name, space, JSON. Lent until the next question. */
const char *stage_asked(const struct stage *self);
void stage_forget(struct stage *self);

/* The next question is refused so. code is lent until then. */
void stage_refuse_next(struct stage *self, int status, const char *code);

/* While held, questions are heard but answered only when let go. */
void stage_hold(struct stage *self, bool held);

/* Plays until fd can be read or something was asked. Returns whether fd can
 * be read; fails the test after ten seconds. fd -1: only questions. */
bool stage_play(struct stage *self, int fd);

/* Cookies as the program would sign them; issuer NULL: its own; lives_ms may
 * be negative. The caller frees the text "name=token". */
char *stage_chat_cookie(const struct stage *self, const char *issuer, int64_t lives_ms);
char *stage_agent_cookie(const struct stage *self, const char *role);

#endif
