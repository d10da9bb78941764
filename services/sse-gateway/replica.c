#include "replica.h"

#include <czmq.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "own.h"
#include "streams.h"

struct entry {
    struct chat chat;
    int64_t ended_at;  /* 0 while it is open */
    struct link place; /* among the ended ones, oldest first */
    char *row;         /* written when it is asked for; NULL: not yet */
    size_t row_size;
};

struct replica {
    zhashx_t *entries; /* by chat id, which is inside the entry */
    struct link ended;
    struct entry **order; /* the open ones by created; made when it is asked for */
    bool is_ordered;
    size_t open_count;
    bool hides_titles;
};

static void entry_free(struct entry *self)
{
    message_clear(&message_types[MESSAGE_chat], &self->chat);
    free(self->row);
    free(self);
}

struct replica *replica_new(void)
{
    struct replica *self = own_zero(sizeof(*self));

    self->entries = zhashx_new();
    zhashx_set_key_duplicator(self->entries, NULL);
    zhashx_set_key_destructor(self->entries, NULL);
    link_init(&self->ended);
    return self;
}

void replica_destroy(struct replica **self)
{
    if (!*self)
        return;
    replica_clear(*self);
    zhashx_destroy(&(*self)->entries);
    free(*self);
    *self = NULL;
}

static void drop(struct replica *self, struct entry *entry)
{
    link_remove(&entry->place);
    zhashx_delete(self->entries, entry->chat.id);
    entry_free(entry);
}

void replica_clear(struct replica *self)
{
    struct entry *entry;

    while ((entry = zhashx_first(self->entries)))
        drop(self, entry);
    free(self->order);
    self->order = NULL;
    self->is_ordered = false;
    self->open_count = 0;
}

static struct entry *add(struct replica *self, const struct chat *chat)
{
    struct entry *entry = own_zero(sizeof(*entry));

    message_copy(&message_types[MESSAGE_chat], &entry->chat, chat);
    link_init(&entry->place);
    zhashx_insert(self->entries, entry->chat.id, entry);
    return entry;
}

static void forget_row(struct entry *entry)
{
    free(entry->row);
    entry->row = NULL;
}

void replica_hide_titles(struct replica *self, bool hides_titles)
{
    self->hides_titles = hides_titles;
    for (struct entry *entry = zhashx_first(self->entries); entry;
         entry = zhashx_next(self->entries))
        forget_row(entry);
}

static void replace(struct entry *entry, const struct chat *chat)
{
    message_clear(&message_types[MESSAGE_chat], &entry->chat);
    message_copy(&message_types[MESSAGE_chat], &entry->chat, chat);
    forget_row(entry);
}

/* The entry holds the chat that ended; was_open: until now. */
static enum replica_change put_ended(struct replica *self, struct entry *entry, bool was_open,
                                     int64_t now)
{
    if (was_open) {
        self->open_count--;
        self->is_ordered = false;
    }
    if (!entry->ended_at) {
        entry->ended_at = now;
        link_append(&self->ended, &entry->place);
    }
    return was_open ? REPLICA_LEFT : REPLICA_ASIDE;
}

enum replica_change replica_put(struct replica *self, const struct chat *chat, int64_t now)
{
    struct entry *entry = zhashx_lookup(self->entries, chat->id);
    bool was_open = entry && !entry->ended_at;

    if (entry && chat->seq <= entry->chat.seq)
        return REPLICA_SAME;
    if (entry)
        replace(entry, chat);
    else
        entry = add(self, chat);
    if (chat->ended)
        return put_ended(self, entry, was_open, now);
    if (entry->ended_at) {
        link_remove(&entry->place);
        entry->ended_at = 0;
    }
    if (!was_open) {
        self->open_count++;
        self->is_ordered = false;
    }
    return REPLICA_CHANGED;
}

const struct chat *replica_find(const struct replica *self, const char *chat_id, int64_t *ended_at)
{
    const struct entry *entry = zhashx_lookup(self->entries, chat_id);

    *ended_at = entry ? entry->ended_at : 0;
    return entry ? &entry->chat : NULL;
}

size_t replica_count(const struct replica *self)
{
    return self->open_count;
}

static int compare_created(const void *a, const void *b)
{
    const struct chat *left = &(*(struct entry *const *)a)->chat;
    const struct chat *right = &(*(struct entry *const *)b)->chat;

    if (left->created != right->created)
        return left->created < right->created ? -1 : 1;
    return strcmp(left->id, right->id);
}

static void put_in_order(struct replica *self)
{
    size_t count = 0;

    self->order = own_grow(self->order, (self->open_count + 1) * sizeof(void *));
    for (struct entry *entry = zhashx_first(self->entries); entry;
         entry = zhashx_next(self->entries))
        if (!entry->ended_at)
            self->order[count++] = entry;
    qsort(self->order, count, sizeof(void *), compare_created);
    self->is_ordered = true;
}

/* A buffer to write in is much larger than a row. */
static void write_row(struct entry *entry, bool hides_title)
{
    msgpack_sbuffer row;

    msgpack_sbuffer_init(&row);
    shape_write_chat(SHAPE_ROW, &row, &entry->chat, hides_title);
    entry->row = own_copy_of(row.data, row.size);
    entry->row_size = row.size;
    msgpack_sbuffer_destroy(&row);
}

struct replica_row replica_row(struct replica *self, size_t place)
{
    if (!self->is_ordered)
        put_in_order(self);
    struct entry *entry = self->order[place];
    if (!entry->row)
        write_row(entry, self->hides_titles);
    return (struct replica_row){&entry->chat, entry->row, entry->row_size};
}

void replica_forget(struct replica *self, int64_t now)
{
    for (struct link *at = self->ended.next, *next; at != &self->ended; at = next) {
        struct entry *entry = LINK_OWNER(at, struct entry, place);
        next = at->next;
        if (entry->ended_at > now - REPLICA_ENDED_MS)
            return;
        drop(self, entry);
    }
}
