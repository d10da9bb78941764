/* caller.h - asks a service and awaits the answer, many questions at once.
 *
 * The client side of DEALER/ROUTER. Each request carries a request_id that
 * the answer repeats. A request that is not answered in time is answered
 * here, with request.refused: status 504, code "timeout"; one more than the
 * limit in flight, one that cannot be sent, or one whose connection ends before
 * the answer comes, with 503 "unavailable". With several addresses only the end
 * of the last connection is noticed.
 * Callbacks run from the loop, never from inside caller_ask. */
#ifndef CALLER_H
#define CALLER_H

#include "bus.h"
#include "timers.h"

struct caller;

/* type is that of an answer; answer is lent for the call. */
typedef void on_answer(void *self, enum message_id type, const void *answer);

/* Connects a DEALER to endpoint and reads it from the loop. limit: most
 * requests in flight. Returns NULL after logging. */
struct caller *caller_new(zloop_t *loop, struct timers *timers, const char *endpoint, size_t limit);

/* Forgets what is in flight, without calling back. */
void caller_destroy(struct caller **self);

/* Sends message, setting its request_id to a new one. It is lent for the
 * call. then is called once, within timeout_ms. Returns a ticket. */
uint64_t caller_ask(struct caller *self, enum message_id type, void *message, int64_t timeout_ms,
                    on_answer *then, void *context);

/* Whether the service has been out of reach for so long (5 s) that waiting for
 * it makes no sense. */
bool caller_is_away(const struct caller *self);

/* The answer to this ticket will not be delivered. Safe after it was. */
void caller_forget(struct caller *self, uint64_t ticket);

#endif
