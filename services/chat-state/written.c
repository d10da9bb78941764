#include "written.h"

#include <stdlib.h>
#include <string.h>

#include "own.h"

void written_add(struct written *self, const struct message *version)
{
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : 64;
        self->items = own_grow((void *)self->items, self->room * sizeof(const struct message *));
    }
    self->items[self->count++] = version;
}

const struct message *written_find(const struct written *self, const char *chat_id, const char *id)
{
    for (size_t i = self->count; i > 0; i--) {
        const struct message *version = self->items[i - 1];
        if (strcmp(version->id, id) == 0 &&
            (*chat_id == '\0' || strcmp(version->chat_id, chat_id) == 0))
            return version;
    }
    return NULL;
}

void written_clear(struct written *self)
{
    free((void *)self->items);
    *self = (struct written){0};
}
