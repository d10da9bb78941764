/* peer.h - the neighbours of a chat-state that runs as a program: who asks it,
 * who hears what it publishes, and who takes its heartbeats. Include before
 * program.h; the endpoints must be set. Whatever does not come in time fails
 * the test. */
#ifndef PEER_H
#define PEER_H

#include "bus.h"
#include "commands.h"
#include "reply.h"

enum { PATIENCE_MS = 30000 };

extern struct peer {
    zsock_t *dealer, *sub, *beats;
} peer;

void peer_open(void);
void peer_close(void);

/* Receives what is there within timeout_ms. Returns whether there was
 * something; reply need not be empty. */
bool receive(zsock_t *sock, struct reply *reply, int timeout_ms);

/* Sends until the answer comes, as rest-ingress would. Forgets the request.
 * Returns the answer, which lasts until the next one. */
const struct reply *ask(enum message_id type, void *request);

/* The same, for an answer of this kind. */
const struct chat *ask_chat(enum message_id type, void *request);
void ask_done(enum message_id type, void *request);
void ask_refused(enum message_id type, void *request, const char *code);

/* Opens a chat; posts to it. */
const struct chat *ask_open(unsigned chat);
const struct chat *ask_post(unsigned chat, unsigned message);

/* All events, which must be without a hole. Lent until the next ask. */
const struct event_list *ask_events(void);

/* Receives what is published until this event. */
void await_event(int64_t seq, const char *kind);

/* Waits for the next word of where the log stands, and returns it. */
int64_t await_head(void);

/* Waits for a heartbeat that gives this reason for not being ready; "" when it
 * is ready. */
void await_reason(const char *why);

#endif
