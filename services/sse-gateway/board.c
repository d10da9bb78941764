#include "board.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "view.h"

struct board {
    struct waiting waiting; /* its places by chat id */
    struct health health;
};

static void add_component(struct health *health, const char *name)
{
    struct component *component =
        list_append((struct list *)&health->components, &message_types[MESSAGE_component]);

    component->name = own_copy(name);
}

/* contract §10 */
struct board *board_new(void)
{
    static const char *const names[] = {"TIM", "RUUTER", "DMAPPER", "RESQL"};
    struct board *self = own_zero(sizeof(*self));

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        add_component(&self->health, names[i]);
    return self;
}

void board_destroy(struct board **self)
{
    if (!*self)
        return;
    message_clear(&message_types[MESSAGE_waiting], &(*self)->waiting);
    message_clear(&message_types[MESSAGE_health], &(*self)->health);
    free(*self);
    *self = NULL;
}

static int compare_places(const void *a, const void *b)
{
    return strcmp(((const struct place *)a)->chat_id, ((const struct place *)b)->chat_id);
}

void board_set_waiting(struct board *self, const struct waiting *waiting)
{
    message_clear(&message_types[MESSAGE_waiting], &self->waiting);
    message_copy(&message_types[MESSAGE_waiting], &self->waiting, waiting);
    if (self->waiting.places.count)
        qsort(self->waiting.places.items, self->waiting.places.count, sizeof(struct place),
              compare_places);
}

void board_set_health(struct board *self, const struct health *health)
{
    message_clear(&message_types[MESSAGE_health], &self->health);
    message_copy(&message_types[MESSAGE_health], &self->health, health);
}

static const struct place *find_place(const struct board *self, const char *chat_id)
{
    const struct place_list *places = &self->waiting.places;
    struct place key = {0};

    memcpy(key.chat_id, chat_id, strnlen(chat_id, UUID_SIZE - 1));
    if (!*key.chat_id || !places->count)
        return NULL;
    return bsearch(&key, places->items, places->count, sizeof(key), compare_places);
}

int64_t board_place(const struct board *self, const char *chat_id)
{
    const struct place *place = find_place(self, chat_id);

    return place ? place->position : 0;
}

void board_write_place(const struct board *self, msgpack_sbuffer *out, const char *chat_id)
{
    char text[48];

    snprintf(text, sizeof(text), "{\"order\":%" PRId64 "}", board_place(self, chat_id));
    view_text(out, text);
}

void board_write_waiting(const struct board *self, msgpack_sbuffer *out, const char *chat_id)
{
    const struct place *place = find_place(self, chat_id);

    if (place)
        view_waiting(out, place->seconds, place->position);
    else
        view_waiting(out, self->waiting.seconds, 0);
}

void board_write_health(const struct board *self, msgpack_sbuffer *out)
{
    view_health(out, &self->health.components);
}
