/* neighbours.h - waiting-time and health: asked once at start, then listened
 * to. Their last word is kept by board.h. */
#ifndef NEIGHBOURS_H
#define NEIGHBOURS_H

struct gateway;
struct neighbours;

/* Subscribes and asks. Returns NULL after logging. */
struct neighbours *neighbours_new(struct gateway *gateway);
void neighbours_destroy(struct neighbours **self);

#endif
