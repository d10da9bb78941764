/* board.h - the last word of waiting-time and of health. Pure. */
#ifndef BOARD_H
#define BOARD_H

#include <msgpack.h>

#include "schema.h"

struct board;

/* Until somebody says more: no wait, and the four components down. */
struct board *board_new(void);
void board_destroy(struct board **self);

/* Copied. */
void board_set_waiting(struct board *self, const struct waiting *waiting);
void board_set_health(struct board *self, const struct health *health);

/* Writes what view_waiting writes for this chat; for one without a place, and
 * for "", what a newcomer is told, with position 0 (contract §9). */
void board_write_waiting(const struct board *self, msgpack_sbuffer *out, const char *chat_id);

/* Returns this chat's place in the queue, from 1; 0 when it has none. */
int64_t board_place(const struct board *self, const char *chat_id);

/* Writes it as contract N-02 has it. */
void board_write_place(const struct board *self, msgpack_sbuffer *out, const char *chat_id);

/* Writes what view_health writes. */
void board_write_health(const struct board *self, msgpack_sbuffer *out);

#endif
