/* board.h - who is alive: the last heartbeat of each process, and the picture
 * that users are shown of it (contract §10).
 *
 * The list of components is TIM, RUUTER, DMAPPER, RESQL, always all four, in
 * this order; "" stands for the version of one that is down. Kratt's own
 * processes are listed beside it by their names. All times are monotonic
 * milliseconds, given by the caller. */
#ifndef BOARD_H
#define BOARD_H

#include "schema.h"

struct board;

/* limit: most processes; timeout_ms: silence after which one is gone. */
struct board *board_new(size_t limit, int64_t timeout_ms, int64_t now);
void board_destroy(struct board **self);

/* Takes a heartbeat (lent). Returns 0, or -1 when there is no room for
 * another process. */
int board_beat(struct board *self, const struct service_alive *beat, int64_t now);

/* Forgets the processes that are gone at now. on_gone, which may be NULL, is
 * called with the last heartbeat of each. */
void board_expire(struct board *self, int64_t now,
                  void (*on_gone)(const struct service_alive *last));

/* Returns whether the picture can be believed: everything is up, or every
 * process has had time for a heartbeat since the board was made. */
bool board_is_settled(const struct board *self, int64_t now);

/* Adds components and services to health, which the caller clears. Processes
 * that board_expire has not yet forgotten count as there. */
void board_fill(const struct board *self, struct health *health);

/* How many processes there are, and how many components are up. */
size_t board_instances(const struct board *self);
size_t board_components_up(const struct board *self);

#endif
