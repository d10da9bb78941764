/* typing.h - what end users are typing, told on the bus in time (preview.h). */
#ifndef TYPING_H
#define TYPING_H

#include "door.h"
#include "schema.h"
#include "timers.h"

struct typing;

/* Both are lent; while events is closed nothing is told. */
struct typing *typing_new(struct timers *timers, const struct door *events);
void typing_destroy(struct typing **self);

/* Somebody types this, who may. */
void typing_take(struct typing *self, const struct preview_set *request);

/* This was committed: what was typed may be said by it, or never will be. */
void typing_note(struct typing *self, const struct event *event);

#endif
