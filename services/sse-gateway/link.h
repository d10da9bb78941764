/* link.h - lists of things that carry their own links, so that joining and
 * leaving allocate nothing and cost the same at any length.
 *
 * A list is a link too, the one before the first and after the last. A link
 * that is in no list points at itself. */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stddef.h>

struct link {
    struct link *prev, *next;
};

/* The thing of this type whose field is the link. */
#define LINK_OWNER(link, type, field) ((type *)(void *)((char *)(link)-offsetof(type, field)))

static inline void link_init(struct link *self)
{
    self->prev = self;
    self->next = self;
}

static inline bool link_is_alone(const struct link *self)
{
    return self->next == self;
}

static inline void link_remove(struct link *self)
{
    self->prev->next = self->next;
    self->next->prev = self->prev;
    link_init(self);
}

/* Puts a link that is in no list at the end of this one. */
static inline void link_append(struct link *list, struct link *self)
{
    self->prev = list->prev;
    self->next = list;
    list->prev->next = self;
    list->prev = self;
}

#endif
