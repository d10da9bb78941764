/* topics.h - who reads what: the channels, by what they are about and how
 * that is shown, on a stream of its own or under a name on one with several.
 *
 * A topic is a chat, or "" for what concerns no chat in particular. It and
 * its channels exist while somebody reads them. Pure. */
#ifndef TOPICS_H
#define TOPICS_H

#include "channel.h"
#include "schema.h"
#include "streams.h"

/* A channel of a topic, as one view shows it. */
struct outlet {
    struct channel channel;
    const struct view *view;
    char *name; /* on a stream with several; NULL: on streams of their own */
    struct topic *topic;
    struct outlet *next; /* of the same topic */
    struct link changed; /* among those with frames to offer */
};

struct topic {
    char id[UUID_SIZE];
    struct outlet *outlets;
};

struct topics;

struct topics *topics_new(void);

/* Nobody may read any more. */
void topics_destroy(struct topics **self);

/* Returns the outlet, made when it is not there. name: as in it; copied. */
struct outlet *topics_outlet(struct topics *self, const char *id, const struct view *view,
                             const char *name);

/* Frees the outlet, and its topic, when nobody reads it. */
void topics_release(struct topics *self, struct outlet *outlet);

/* Returns the first outlet of a topic; NULL when nobody reads it. */
struct outlet *topics_first(const struct topics *self, const char *id);

/* Adds a frame, which is taken over, for topics_changed to tell. */
void topics_add(struct topics *self, struct outlet *outlet, struct frame *frame);

/* Offers all that was added: who reads several outlets gets it in order. */
void topics_offer(struct topics *self);

/* Returns an outlet with new frames, once; NULL when there is none. */
struct outlet *topics_changed(struct topics *self);

/* Calls visit for each outlet of this kind; it may add frames. */
void topics_each(struct topics *self, enum kind kind,
                 void (*visit)(void *context, struct outlet *outlet), void *context);

/* Returns the outlet of the channel. */
struct outlet *outlet_of(struct channel *channel);

#endif
