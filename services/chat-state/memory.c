#include "memory.h"

#include "chat.h"
#include "own.h"

enum { PAGE_SIZE = 1000 }; /* chats read at a time at start */

static const struct message_type *const chat_type = &message_types[MESSAGE_chat];

static void live_destroy(struct live **self)
{
    if (!*self)
        return;
    message_clear(chat_type, &(*self)->chat);
    idset_clear(&(*self)->content.ids);
    free(*self);
    *self = NULL;
}

int live_count(struct live *self, struct store *store)
{
    struct messages_found found = {0};
    struct content content = {.is_known = true};
    int64_t characters = 0;
    int rc = -1;

    if (self->content.is_known)
        return 0;
    if (store_read_chat_size(store, self->chat.id, &content.messages, &characters) == 0 &&
        store_read_messages(store, self->chat.id, 0, 0, &found.messages) == 0) {
        for (size_t i = 0; i < found.messages.count; i++) {
            content.characters += message_characters(&found.messages.items[i]);
            idset_add(&content.ids, found.messages.items[i].id);
        }
        self->content = content;
        rc = 0;
    }
    message_clear(&message_types[MESSAGE_messages_found], &found);
    return rc;
}

/* ---- open chats ---- */

/* Returns how many chats have an id less than this one: its place. */
static size_t place_of(const struct memory *self, const char *id)
{
    size_t least = 0;
    size_t most = self->count;

    while (least < most) {
        size_t middle = least + (most - least) / 2;
        if (strcmp(self->chats[middle]->chat.id, id) < 0)
            least = middle + 1;
        else
            most = middle;
    }
    return least;
}

static bool is_at(const struct memory *self, size_t place, const char *id)
{
    return place < self->count && streq(self->chats[place]->chat.id, id);
}

struct live *memory_chat(const struct memory *self, const char *id)
{
    size_t place = place_of(self, id);

    return is_at(self, place, id) ? self->chats[place] : NULL;
}

static struct live *insert(struct memory *self, size_t place)
{
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : 64;
        self->chats = own_grow(self->chats, self->room * sizeof(struct live *));
    }
    memmove(&self->chats[place + 1], &self->chats[place],
            (self->count - place) * sizeof(struct live *));
    self->chats[place] = own_zero(sizeof(struct live));
    self->count++;
    return self->chats[place];
}

struct live *memory_put(struct memory *self, const struct chat *chat)
{
    size_t place = place_of(self, chat->id);
    struct live *live = is_at(self, place, chat->id) ? self->chats[place] : insert(self, place);

    message_clear(chat_type, &live->chat);
    message_copy(chat_type, &live->chat, chat);
    return live;
}

void memory_drop(struct memory *self, const char *id)
{
    size_t place = place_of(self, id);

    if (!is_at(self, place, id))
        return;
    live_destroy(&self->chats[place]);
    self->count--;
    memmove(&self->chats[place], &self->chats[place + 1],
            (self->count - place) * sizeof(struct live *));
}

bool memory_page(const struct memory *self, const char *after, size_t limit,
                 struct chat_list *chats)
{
    size_t place = place_of(self, after);

    if (is_at(self, place, after))
        place++;
    for (; place < self->count && chats->count < limit; place++)
        message_copy(chat_type, list_append((struct list *)chats, chat_type),
                     &self->chats[place]->chat);
    return place < self->count;
}

/* ---- revocations ---- */

bool memory_is_revoked(const struct memory *self, const char *token_id)
{
    return *token_id && zhashx_lookup(self->revocations, token_id);
}

static void free_expiry(void **expiry)
{
    free(*expiry);
    *expiry = NULL;
}

void memory_revoke(struct memory *self, const struct revocation *revocation)
{
    int64_t *expiry = own_zero(sizeof(*expiry));

    *expiry = revocation->expires_at;
    zhashx_update(self->revocations, revocation->token_id, expiry);
}

void memory_revocations(const struct memory *self, int64_t now, struct revocation_list *list)
{
    for (const int64_t *expiry = zhashx_first(self->revocations); expiry;
         expiry = zhashx_next(self->revocations)) {
        if (*expiry <= now)
            continue;
        struct revocation *revocation =
            list_append((struct list *)list, &message_types[MESSAGE_revocation]);
        revocation->expires_at = *expiry;
        snprintf(revocation->token_id, UUID_SIZE, "%s",
                 (const char *)zhashx_cursor(self->revocations));
    }
}

void memory_sweep(struct memory *self, int64_t now)
{
    zlistx_t *ids = zhashx_keys(self->revocations);

    for (const char *id = zlistx_first(ids); id; id = zlistx_next(ids))
        if (*(const int64_t *)zhashx_lookup(self->revocations, id) <= now)
            zhashx_delete(self->revocations, id);
    zlistx_destroy(&ids);
}

/* ---- at start ---- */

int memory_read_page(struct memory *self, struct store *store)
{
    struct chats_found page = {0};
    const char *after = self->count ? self->chats[self->count - 1]->chat.id : "";
    int rc = store_read_open_chats(store, after, PAGE_SIZE, &page.chats);

    if (rc == 0)
        rc = page.chats.count == PAGE_SIZE;
    for (size_t i = 0; i < page.chats.count; i++)
        memory_put(self, &page.chats.items[i]);
    message_clear(&message_types[MESSAGE_chats_found], &page);
    return rc;
}

static int load_revocations(struct memory *self, struct store *store, int64_t now)
{
    struct revocations_found found = {0};
    int rc = store_read_revocations(store, now, &found.revocations);

    for (size_t i = 0; i < found.revocations.count; i++)
        memory_revoke(self, &found.revocations.items[i]);
    message_clear(&message_types[MESSAGE_revocations_found], &found);
    return rc;
}

int64_t memory_time_after(int64_t newest)
{
    return newest ? newest + 1 : 0;
}

int memory_begin(struct memory *self, struct store *store, int64_t now)
{
    struct store_head head = {0};

    memset(self, 0, sizeof(*self));
    self->revocations = zhashx_new();
    zhashx_set_destructor(self->revocations, free_expiry);
    if (store_read_head(store, &head) == -1)
        return -1;
    memcpy(self->log_id, head.log_id, UUID_SIZE);
    self->first_seq = head.first_seq;
    self->tally.seq = head.seq;
    self->tally.row = head.row;
    self->tally.time = memory_time_after(head.time);
    return load_revocations(self, store, now);
}

int memory_load(struct memory *self, struct store *store, int64_t now)
{
    int rc = memory_begin(self, store, now) == -1 ? -1 : 1;

    while (rc == 1)
        rc = memory_read_page(self, store);
    return rc;
}

void memory_follow(struct memory *self, const struct event *event)
{
    const struct chat *chat = event->chat.count ? &event->chat.items[0] : NULL;

    if (chat && chat->ended)
        memory_drop(self, chat->id);
    else if (chat)
        memory_put(self, chat);
    if (event->revocation.count)
        memory_revoke(self, &event->revocation.items[0]);
    if (self->first_seq > self->tally.seq)
        self->first_seq = event->seq; /* there was none */
    self->tally.seq = event->seq;
    self->tally.time = memory_time_after(event->at);
}

void memory_clear(struct memory *self)
{
    for (size_t i = 0; i < self->count; i++)
        live_destroy(&self->chats[i]);
    free(self->chats);
    zhashx_destroy(&self->revocations);
    memset(self, 0, sizeof(*self));
}
