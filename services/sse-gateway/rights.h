/* rights.h - live authorisation: the streams of a token hear that it is about
 * to expire, and end with it. One deadline for each token, not each stream. */
#ifndef RIGHTS_H
#define RIGHTS_H

struct gateway;

/* Makes the sessions, of which this many without a stream are remembered. */
void rights_open(struct gateway *self, int idle_max);

/* Warns and ends what is due on the wall clock, which may have been set since
 * the last time, and comes again for what is due next. */
void rights_check(struct gateway *self);

/* There may be a session that is due earlier than the others. */
void rights_expect(struct gateway *self);

#endif
