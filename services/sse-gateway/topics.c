#include "topics.h"

#include <czmq.h>
#include <stdlib.h>

#include "own.h"

struct topics {
    zhashx_t *topics; /* by id, which is inside the topic */
    struct link changed;
};

struct topics *topics_new(void)
{
    struct topics *self = own_zero(sizeof(*self));

    self->topics = zhashx_new();
    zhashx_set_key_duplicator(self->topics, NULL);
    zhashx_set_key_destructor(self->topics, NULL);
    link_init(&self->changed);
    return self;
}

static void free_outlet(struct outlet *outlet)
{
    channel_clear(&outlet->channel);
    link_remove(&outlet->changed);
    free(outlet->name);
    free(outlet);
}

static void drop_topic(struct topics *self, struct topic *topic)
{
    zhashx_delete(self->topics, topic->id);
    free(topic);
}

void topics_destroy(struct topics **self)
{
    struct topic *topic;

    if (!*self)
        return;
    while ((topic = zhashx_first((*self)->topics))) {
        while (topic->outlets) {
            struct outlet *outlet = topic->outlets;
            topic->outlets = outlet->next;
            free_outlet(outlet);
        }
        drop_topic(*self, topic);
    }
    zhashx_destroy(&(*self)->topics);
    free(*self);
    *self = NULL;
}

static struct topic *topic_named(struct topics *self, const char *id)
{
    struct topic *topic = zhashx_lookup(self->topics, id);

    if (topic)
        return topic;
    topic = own_zero(sizeof(*topic));
    memcpy(topic->id, id, strnlen(id, UUID_SIZE - 1));
    zhashx_insert(self->topics, topic->id, topic);
    return topic;
}

static bool is_named(const struct outlet *outlet, const char *name)
{
    return name ? outlet->name && strcmp(outlet->name, name) == 0 : !outlet->name;
}

struct outlet *topics_outlet(struct topics *self, const char *id, const struct view *view,
                             const char *name)
{
    struct topic *topic = topic_named(self, id);

    for (struct outlet *outlet = topic->outlets; outlet; outlet = outlet->next)
        if (outlet->view == view && is_named(outlet, name))
            return outlet;
    struct outlet *outlet = own_zero(sizeof(*outlet));
    channel_init(&outlet->channel, view_keeps_last(view));
    link_init(&outlet->changed);
    outlet->view = view;
    outlet->name = name ? own_copy(name) : NULL;
    outlet->topic = topic;
    outlet->next = topic->outlets;
    topic->outlets = outlet;
    return outlet;
}

void topics_release(struct topics *self, struct outlet *outlet)
{
    struct topic *topic = outlet->topic;
    struct outlet **place = &topic->outlets;

    if (!link_is_alone(&outlet->channel.subscribers))
        return;
    while (*place != outlet)
        place = &(*place)->next;
    *place = outlet->next;
    free_outlet(outlet);
    if (!topic->outlets)
        drop_topic(self, topic);
}

struct outlet *topics_first(const struct topics *self, const char *id)
{
    const struct topic *topic = zhashx_lookup(self->topics, id);

    return topic ? topic->outlets : NULL;
}

void topics_add(struct topics *self, struct outlet *outlet, struct frame *frame)
{
    channel_add(&outlet->channel, frame);
    if (link_is_alone(&outlet->changed))
        link_append(&self->changed, &outlet->changed);
}

void topics_offer(struct topics *self)
{
    for (struct link *at = self->changed.next; at != &self->changed; at = at->next)
        channel_offer(&LINK_OWNER(at, struct outlet, changed)->channel);
}

struct outlet *topics_changed(struct topics *self)
{
    if (link_is_alone(&self->changed))
        return NULL;
    struct outlet *outlet = LINK_OWNER(self->changed.next, struct outlet, changed);
    link_remove(&outlet->changed);
    return outlet;
}

void topics_each(struct topics *self, enum kind kind,
                 void (*visit)(void *context, struct outlet *outlet), void *context)
{
    for (struct topic *topic = zhashx_first(self->topics); topic; topic = zhashx_next(self->topics))
        for (struct outlet *outlet = topic->outlets; outlet; outlet = outlet->next)
            if (outlet->view->kind == kind)
                visit(context, outlet);
}

struct outlet *outlet_of(struct channel *channel)
{
    return LINK_OWNER(channel, struct outlet, channel);
}
