#include "ring.h"

#include <czmq.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "own.h"

enum { ALLOCATION = 16 }; /* what malloc(3) adds to a piece of memory, about */

struct chain {
    char chat_id[UUID_SIZE];
    struct link entries; /* by of_chat, oldest first */
};

struct ring_entry {
    struct event event;
    struct link place;
    struct link of_chat;
    struct chain *chain;
    bool is_listed;
    struct span texts[SHAPE_COUNT]; /* owned; written when they are asked for */
    int64_t size;                   /* of all of it */
};

struct ring {
    struct link entries; /* by place, oldest first */
    zhashx_t *chains;    /* by chat id, which is inside the chain */
    int64_t limit, size, count;
    int64_t newest; /* the last event that was added, 0: none */
    int64_t floor;  /* everything later than this is here */
    bool hides_titles;
};

struct ring *ring_new(int64_t limit)
{
    struct ring *self = own_zero(sizeof(*self));

    link_init(&self->entries);
    self->chains = zhashx_new();
    zhashx_set_key_duplicator(self->chains, NULL);
    zhashx_set_key_destructor(self->chains, NULL);
    self->limit = limit;
    return self;
}

/* ---- out ---- */

static void leave_chain(struct ring *self, struct ring_entry *entry)
{
    link_remove(&entry->of_chat);
    if (!link_is_alone(&entry->chain->entries))
        return;
    zhashx_delete(self->chains, entry->chain->chat_id);
    free(entry->chain);
}

static void drop(struct ring *self, struct ring_entry *entry)
{
    self->floor = entry->event.seq;
    self->size -= entry->size;
    self->count--;
    link_remove(&entry->place);
    leave_chain(self, entry);
    for (int shape = 0; shape < SHAPE_COUNT; shape++)
        free((char *)entry->texts[shape].text);
    message_clear(&message_types[MESSAGE_event], &entry->event);
    free(entry);
}

static struct ring_entry *oldest(const struct ring *self)
{
    return LINK_OWNER(self->entries.next, struct ring_entry, place);
}

void ring_trim(struct ring *self)
{
    while (self->size > self->limit && self->count > 1)
        drop(self, oldest(self));
}

void ring_clear(struct ring *self)
{
    while (!link_is_alone(&self->entries))
        drop(self, oldest(self));
    self->newest = 0;
}

void ring_destroy(struct ring **self)
{
    if (!*self)
        return;
    ring_clear(*self);
    zhashx_destroy(&(*self)->chains);
    free(*self);
    *self = NULL;
}

/* ---- in ---- */

/* Returns how many bytes lie outside of the struct. */
static int64_t size_beside(const struct message_type *type, const void *self)
{
    int64_t size = 0;

    for (const struct field *field = type->fields(); field->name; field++) {
        const void *place = (const char *)self + field->offset;
        if (field->type == FIELD_STRING && *(char *const *)place)
            size += (int64_t)strlen(*(char *const *)place) + 1 + ALLOCATION;
        if (field->type != FIELD_LIST)
            continue;
        const struct list *list = place;
        const struct message_type *record = &message_types[field->record];
        for (size_t i = 0; i < list->count; i++)
            size += (int64_t)record->size + ALLOCATION +
                    size_beside(record, (const char *)list->items + i * record->size);
    }
    return size;
}

static struct chain *chain_of(struct ring *self, const char *chat_id)
{
    struct chain *chain = zhashx_lookup(self->chains, chat_id);

    if (chain)
        return chain;
    chain = own_zero(sizeof(*chain));
    memcpy(chain->chat_id, chat_id, UUID_SIZE);
    link_init(&chain->entries);
    zhashx_insert(self->chains, chain->chat_id, chain);
    return chain;
}

static struct ring_entry *add(struct ring *self, const struct event *event)
{
    struct ring_entry *entry = own_zero(sizeof(*entry));
    const struct event kept = {
        .seq = event->seq, .kind = event->kind, .chat = event->chat, .message = event->message};

    message_copy(&message_types[MESSAGE_event], &entry->event, &kept);
    entry->size = (int64_t)sizeof(*entry) + ALLOCATION +
                  size_beside(&message_types[MESSAGE_event], &entry->event);
    entry->chain =
        chain_of(self, kept.chat.count ? kept.chat.items->id : kept.message.items->chat_id);
    link_init(&entry->place);
    link_init(&entry->of_chat);
    link_append(&self->entries, &entry->place);
    link_append(&entry->chain->entries, &entry->of_chat);
    self->size += entry->size;
    self->count++;
    return entry;
}

struct ring_entry *ring_add(struct ring *self, const struct event *event)
{
    struct ring_entry *entry = NULL;

    if (self->newest && event->seq != self->newest + 1)
        ring_clear(self);
    if (!self->newest)
        self->floor = event->seq - 1;
    self->newest = event->seq;
    if (event->chat.count || event->message.count)
        entry = add(self, event);
    ring_trim(self);
    return entry;
}

void ring_mark_listed(struct ring_entry *entry)
{
    entry->is_listed = true;
}

/* ---- what is there ---- */

bool ring_covers(const struct ring *self, int64_t after)
{
    return self->newest && after >= self->floor && after <= self->newest;
}

int64_t ring_newest(const struct ring *self)
{
    return self->newest;
}

/* Returns the first later than after in a list, to whose field the links
 * belong; its end when there is none. Looks from the newest backwards. */
static struct link *first_later(struct link *list, size_t field, int64_t after)
{
    struct link *at = list;

    while (at->prev != list) {
        const struct ring_entry *entry =
            (const struct ring_entry *)(const void *)((const char *)at->prev - field);
        if (entry->event.seq <= after)
            break;
        at = at->prev;
    }
    return at;
}

static struct ring_entry *listed_from(const struct ring *self, struct link *at)
{
    for (; at != &self->entries; at = at->next) {
        struct ring_entry *entry = LINK_OWNER(at, struct ring_entry, place);
        if (entry->is_listed)
            return entry;
    }
    return NULL;
}

static struct ring_entry *of_chat(const struct chain *chain, struct link *at)
{
    return at == &chain->entries ? NULL : LINK_OWNER(at, struct ring_entry, of_chat);
}

struct ring_entry *ring_after(const struct ring *self, const char *chat_id, int64_t after)
{
    struct link *all = (struct link *)&self->entries;

    if (!*chat_id)
        return listed_from(self, first_later(all, offsetof(struct ring_entry, place), after));
    struct chain *chain = zhashx_lookup(self->chains, chat_id);
    if (!chain)
        return NULL;
    return of_chat(chain,
                   first_later(&chain->entries, offsetof(struct ring_entry, of_chat), after));
}

struct ring_entry *ring_next(const struct ring *self, const char *chat_id, struct ring_entry *entry)
{
    return *chat_id ? of_chat(entry->chain, entry->of_chat.next)
                    : listed_from(self, entry->place.next);
}

const struct event *ring_event(const struct ring_entry *entry)
{
    return &entry->event;
}

static int64_t text_size(struct span text)
{
    return (int64_t)text.size + 1 + ALLOCATION;
}

struct span ring_text(struct ring *self, struct ring_entry *entry, enum shape shape)
{
    struct span *text = &entry->texts[shape];
    msgpack_sbuffer out;

    if (text->text)
        return *text;
    msgpack_sbuffer_init(&out);
    shape_write(shape, &out, &entry->event, self->hides_titles);
    *text = (struct span){own_copy_of(out.data, out.size), out.size};
    msgpack_sbuffer_destroy(&out);
    entry->size += text_size(*text);
    self->size += text_size(*text);
    return *text;
}

static void forget_text(struct ring *self, struct ring_entry *entry, enum shape shape)
{
    struct span *text = &entry->texts[shape];

    if (!text->text)
        return;
    entry->size -= text_size(*text);
    self->size -= text_size(*text);
    free((char *)text->text);
    *text = (struct span){NULL, 0};
}

void ring_hide_titles(struct ring *self, bool hides_titles)
{
    self->hides_titles = hides_titles;
    for (struct link *at = self->entries.next; at != &self->entries; at = at->next) {
        struct ring_entry *entry = LINK_OWNER(at, struct ring_entry, place);
        forget_text(self, entry, SHAPE_CHAT);
        forget_text(self, entry, SHAPE_ROW);
    }
}

int64_t ring_size(const struct ring *self)
{
    return self->size;
}

int64_t ring_count(const struct ring *self)
{
    return self->count;
}
