/* follow.h - keeps a reader of the event log on the log: nothing twice,
 * nothing missing, in order (design.md §2 point 4; zguide's Clone pattern).
 *
 * The reader subscribes first and hands over whatever arrives. While it does
 * not know where it stands, or waits for a range of the log, events are kept
 * aside; what does not fit is asked for later. Pure: this file decides, the
 * reader sends. Every function that returns an enum follow_step says what to
 * do next.
 *
 * How often it asks is bounded, so that many readers do not wear down whom
 * they ask: one question at a time, 20 in a second in the long run, and after
 * a question that led nowhere a pause of 100 ms, doubled each time up to 2 s.
 * now is in monotonic milliseconds. */
#ifndef FOLLOW_H
#define FOLLOW_H

#include "schema.h"

enum follow_step {
    /* Nothing to do. */
    FOLLOW_GO_ON,
    /* Send events.get with after_seq = follow_position(), then report the
     * answer with follow_found or follow_lost. */
    FOLLOW_ASK,
    /* Another log, too far behind, or a log that went back (it was restored
     * from a backup): what was read is worthless. Call follow_reset, read the
     * state again, then call follow_begin. */
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

/* The reader's state is that of the log at that event; newest is the newest
 * event it has heard of, or at->seq. Applies what was kept aside. */
enum follow_step follow_begin(struct follow *self, const struct log_head *at, int64_t newest,
                              int64_t now);

/* What came over SUB. log.head uncovers a lost last event, a new log and a log
 * that went back. */
enum follow_step follow_event(struct follow *self, const struct event *event, int64_t now);
enum follow_step follow_head(struct follow *self, const struct log_head *head, int64_t now);

/* The answer to a FOLLOW_ASK; an answer nobody waits for changes nothing. */
enum follow_step follow_found(struct follow *self, const struct events_found *found, int64_t now);

/* There was no answer. A later event or log.head asks again. */
void follow_lost(struct follow *self, int64_t now);

/* The last event that was applied. */
int64_t follow_position(const struct follow *self);

struct follow_counts { /* so far */
    int64_t gaps;      /* holes found */
    int64_t asked;     /* questions */
    int64_t held_back; /* questions that had to wait */
};

/* Lent. */
const struct follow_counts *follow_counts(const struct follow *self);

#endif
