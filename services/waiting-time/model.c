#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "estimate.h"
#include "own.h"
#include "queue.h"

struct model {
    struct queue *queue;
    struct estimate *estimate;
    int64_t refused;
};

struct model *model_new(int64_t window, size_t limit)
{
    struct model *self = own_zero(sizeof(*self));

    self->queue = queue_new(limit);
    self->estimate = estimate_new(window);
    return self;
}

void model_destroy(struct model **self)
{
    if (!*self)
        return;
    queue_destroy(&(*self)->queue);
    estimate_destroy(&(*self)->estimate);
    free(*self);
    *self = NULL;
}

static bool is_assigned(const struct chat *chat)
{
    return chat->customer_support_id && *chat->customer_support_id;
}

static bool add(struct model *self, const struct chat *chat)
{
    if (queue_add(self->queue, chat->id, chat->created))
        return true;
    if (!queue_position(self->queue, chat->id))
        self->refused++;
    return false;
}

void model_take_chat(struct model *self, const struct chat *chat)
{
    if (!is_assigned(chat) && chat->ended == 0)
        add(self, chat);
}

void model_take_waits(struct model *self, const struct wait_list *waits)
{
    for (size_t i = waits->count; i > 0; i--)
        estimate_add(self->estimate, waits->items[i - 1].milliseconds);
}

bool model_apply(struct model *self, const struct event *event, bool has_waits)
{
    if (event->chat.count == 0)
        return false;
    const struct chat *chat = &event->chat.items[0];
    if (!is_assigned(chat) && chat->ended == 0)
        return add(self, chat);
    if (!queue_remove(self->queue, chat->id))
        return false;
    if (is_assigned(chat) && !has_waits && !chat->was_with_bot)
        estimate_add(self->estimate, chat->updated - chat->created);
    return true;
}

int64_t model_seconds(const struct model *self)
{
    return estimate_seconds(self->estimate);
}

size_t model_size(const struct model *self)
{
    return queue_size(self->queue);
}

int64_t model_refused(const struct model *self)
{
    return self->refused;
}

static void fill_place(struct waiting *answer, size_t index, const char *chat_id, int64_t position)
{
    struct place *place = &answer->places.items[index];

    memcpy(place->chat_id, chat_id, UUID_SIZE);
    place->position = position;
    place->seconds = position * answer->seconds;
}

void model_fill_one(const struct model *self, const char *chat_id, struct waiting *answer)
{
    int64_t position = queue_position(self->queue, chat_id);

    answer->seconds = model_seconds(self);
    if (position == 0)
        return;
    answer->places.items = own_zero(sizeof(*answer->places.items));
    answer->places.count = 1;
    fill_place(answer, 0, chat_id, position);
}

static void visit_place(void *context, const char *chat_id, int64_t position)
{
    fill_place(context, (size_t)position - 1, chat_id, position);
}

void model_fill_all(const struct model *self, struct waiting *answer)
{
    size_t count = queue_size(self->queue);

    if (count > MODEL_PLACES_MAX)
        count = MODEL_PLACES_MAX;
    answer->seconds = model_seconds(self);
    answer->places.items = own_zero(count * sizeof(*answer->places.items));
    answer->places.count = count;
    queue_walk(self->queue, count, visit_place, answer);
}
