/* tally.h - what the gateway counts for /metrics. */
#ifndef TALLY_H
#define TALLY_H

#include <stdbool.h>

#include "connection.h"
#include "control.h"

/* Why there was no room for a stream. */
enum turned_away {
    TURNED_AWAY_NO_KEY,
    TURNED_AWAY_DRAINING,
    TURNED_AWAY_CONNECTIONS,
    TURNED_AWAY_ADDRESS,
    TURNED_AWAY_COUNT,
};

/* Shows all of it from now on. */
void tally_open(void);

void tally_stream(const struct stream *stream, enum door door, int change); /* +1 or -1 */
void tally_closed(enum closing why);
void tally_refused(int status);
void tally_turned_away(enum turned_away why);
void tally_control(enum control control);
void tally_wrote(size_t bytes);
void tally_frames(int count);
void tally_catch_up(void);
void tally_moved(void);
void tally_gap(int64_t count); /* sets it */
void tally_restart(void);

#endif
