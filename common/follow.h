/* follow.h - keeps a reader of the event log on the log: nothing twice,
 * nothing missing, in order (design.md §2 point 4; zguide's Clone pattern).
 *
 * The reader subscribes first and hands over whatever arrives. While it does
 * not know where it stands, or waits for a range of the log, events are kept
 * aside; what does not fit is asked for later. Pure: this file decides, the
 * reader sends. Every function that returns an enum follow_step says what to
 * do next. */
#ifndef FOLLOW_H
#define FOLLOW_H

#include "schema.h"

enum follow_step {
    /* Nothing to do. */
    FOLLOW_GO_ON,
    /* Send events.get with after_seq = follow_position(), then report the
     * answer with follow_found or follow_lost. */
    FOLLOW_ASK,
    /* Another log, or too far behind: what was read is worthless. Call
     * follow_reset, read the state again, then call follow_begin. */
    FOLLOW_RESTART,
};

struct follow;

/* Called with each event once, in the order of seq. event is lent. */
typedef void on_followed(void *self, const struct event *event);

/* limit: most events kept aside, at least 1. */
struct follow *follow_new(size_t limit, on_followed *apply, void *self);
void follow_destroy(struct follow **self);

/* Forgets position, log and events; new ones are kept aside from now on. */
void follow_reset(struct follow *self);

/* The reader's state is that of position in the log log_id; newest is the
 * newest event it has heard of, or position. Applies what was kept aside. */
enum follow_step follow_begin(struct follow *self, const char *log_id, int64_t position,
                              int64_t newest);

/* What came over SUB. log.head uncovers a lost last event and a new log. */
enum follow_step follow_event(struct follow *self, const struct event *event);
enum follow_step follow_head(struct follow *self, const struct log_head *head);

/* The answer to a FOLLOW_ASK; an answer nobody waits for changes nothing. */
enum follow_step follow_found(struct follow *self, const struct events_found *found);

/* There was no answer. The next event or log.head asks again. */
void follow_lost(struct follow *self);

/* The last event that was applied. */
int64_t follow_position(const struct follow *self);

/* How many holes there were so far. */
int64_t follow_gaps(const struct follow *self);

#endif
