#include "owned.h"

#include <stdlib.h>
#include <string.h>

#include "own.h"

const struct chat *owned_chat(const struct stage *stage, const char *id)
{
    const struct live *live = zhashx_lookup(stage->chats, id);

    if (!live)
        live = memory_chat(stage->memory, id);
    return live ? &live->chat : NULL;
}

static void add(struct owned *self, const struct chat *chat)
{
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : 64;
        self->items = own_grow(self->items, self->room * sizeof(*self->items));
    }
    struct owned_chat *item = &self->items[self->count++];
    item->created = chat->created;
    memcpy(item->id, chat->id, UUID_SIZE);
}

static bool has(const struct chat *chat, const char *customer_support_id)
{
    return !chat->ended && text_is(chat->customer_support_id, customer_support_id);
}

/* created differs from chat to chat. */
static int compare(const void *a, const void *b)
{
    const struct owned_chat *one = a, *other = b;

    return one->created < other->created ? -1 : one->created > other->created;
}

/* What has changed in this group is told by the stage, the rest by memory. */
void owned_find(struct owned *self, const struct stage *stage, const char *customer_support_id)
{
    const struct memory *memory = stage->memory;

    *self = (struct owned){.items = NULL};
    for (const struct live *staged = zhashx_first(stage->chats); staged;
         staged = zhashx_next(stage->chats))
        if (has(&staged->chat, customer_support_id))
            add(self, &staged->chat);
    for (size_t i = 0; i < memory->count; i++) {
        const struct chat *chat = &memory->chats[i]->chat;
        if (has(chat, customer_support_id) && !zhashx_lookup(stage->chats, chat->id))
            add(self, chat);
    }
    if (self->count > 0)
        qsort(self->items, self->count, sizeof(*self->items), compare);
}

void owned_clear(struct owned *self)
{
    free(self->items);
    *self = (struct owned){.items = NULL};
}
