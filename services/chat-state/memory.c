#include "memory.h"

#include "bot.h"
#include "chat.h"
#include "own.h"

enum {
    PAGE_SIZE = 1000,    /* chats read at a time at start */
    PAGE_TOKENS = 10000, /* likewise */
};

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
    bot_mark(&live->chat, &self->configuration);
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

/* ---- tokens ---- */

bool memory_is_good(const struct memory *self, const char *token_id)
{
    return !*token_id || tokenset_has(&self->tokens, token_id);
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

/* Returns 1 when there may be more than this page, 0 when not, or -1; moves
 * last to its end. */
static int load_token_page(struct memory *self, struct store *store, int64_t now,
                           char last[UUID_SIZE])
{
    const struct message_type *type = &message_types[MESSAGE_issuance];
    struct issuance_list page = {0};
    int rc = store_read_tokens(store, last, now, PAGE_TOKENS, &page);

    if (rc == 0)
        rc = page.count == PAGE_TOKENS;
    for (size_t i = 0; i < page.count; i++) {
        tokenset_add(&self->tokens, page.items[i].token_id, page.items[i].expires_at);
        memcpy(last, page.items[i].token_id, UUID_SIZE);
        message_clear(type, &page.items[i]);
    }
    free(page.items);
    return rc;
}

static int load_tokens(struct memory *self, struct store *store, int64_t now)
{
    char last[UUID_SIZE] = "";
    int rc = 1;

    while (rc == 1)
        rc = load_token_page(self, store, now, last);
    return rc;
}

static int read_accounts(struct memory *self, struct store *store)
{
    struct agents_found page = {0};
    char *after = own_copy("");
    int rc = 0;

    do {
        message_clear(&message_types[MESSAGE_agents_found], &page);
        rc = store_read_accounts(store, after, PAGE_SIZE, &page.agents);
        for (size_t i = 0; i < page.agents.count; i++) {
            (void)roster_put(&self->roster, &page.agents.items[i]);
            own_replace(&after, page.agents.items[i].id_code);
        }
    } while (rc == 0 && page.agents.count == PAGE_SIZE);
    message_clear(&message_types[MESSAGE_agents_found], &page);
    free(after);
    return rc;
}

/* Of an account that is gone they are left out. */
static void take_profile(struct memory *self, const struct profile *profile)
{
    struct member *member = roster_find(&self->roster, profile->id_code);

    if (!member)
        return;
    message_clear(&message_types[MESSAGE_profile], &member->profile);
    message_copy(&message_types[MESSAGE_profile], &member->profile, profile);
}

static void clear_profiles(struct profile_list *profiles)
{
    while (profiles->count)
        message_clear(&message_types[MESSAGE_profile], &profiles->items[--profiles->count]);
    free(profiles->items);
    *profiles = (struct profile_list){0};
}

static int read_profiles(struct memory *self, struct store *store)
{
    struct profile_list page = {0};
    char *after = own_copy("");
    int rc = 0;

    do {
        clear_profiles(&page);
        rc = store_read_profiles(store, after, PAGE_SIZE, &page);
        for (size_t i = 0; i < page.count; i++) {
            take_profile(self, &page.items[i]);
            own_replace(&after, page.items[i].id_code);
        }
    } while (rc == 0 && page.count == PAGE_SIZE);
    clear_profiles(&page);
    free(after);
    return rc;
}

static int load_roster(struct memory *self, struct store *store)
{
    return read_accounts(self, store) == -1 ? -1 : read_profiles(self, store);
}

static int load_configuration(struct memory *self, struct store *store)
{
    struct settings_found found = {0};
    int rc = store_read_settings(store, &found.settings);

    configuration_take_all(&self->configuration, &found.settings);
    message_clear(&message_types[MESSAGE_settings_found], &found);
    return rc;
}

int memory_read_deadlines(struct memory *self, struct store *store)
{
    struct deadline_list rows = {0};
    int rc = store_read_deadlines(store, (int64_t)deadlines_limit(&self->deadlines), &rows);

    if (rc == 0)
        deadlines_fill(&self->deadlines, &rows);
    deadline_list_clear(&rows);
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
    if (store_read_head(store, &head) == -1)
        return -1;
    memcpy(self->log_id, head.log_id, UUID_SIZE);
    self->first_seq = head.first_seq;
    self->tally.seq = head.seq;
    self->tally.row = head.row;
    self->tally.time = memory_time_after(head.time);
    if (load_roster(self, store) == -1 || load_configuration(self, store) == -1)
        return -1;
    return load_tokens(self, store, now);
}

int memory_load(struct memory *self, struct store *store, int64_t now)
{
    int rc = memory_begin(self, store, now) == -1 ? -1 : 1;

    while (rc == 1)
        rc = memory_read_page(self, store);
    return rc;
}

static void follow_account(struct memory *self, const struct event *event)
{
    const struct account *account = event->account.items;

    if (event->account.count && streq(event->kind, "account.deleted"))
        roster_drop(&self->roster, account->id_code);
    else if (event->account.count)
        (void)roster_put(&self->roster, account);
    if (event->profile.count)
        take_profile(self, event->profile.items);
}

void memory_follow(struct memory *self, const struct event *event)
{
    const struct chat *chat = event->chat.count ? &event->chat.items[0] : NULL;

    if (chat && chat->ended)
        memory_drop(self, chat->id);
    else if (chat)
        memory_put(self, chat);
    follow_account(self, event);
    configuration_take_all(&self->configuration, &event->settings);
    if (event->revocation.count)
        tokenset_remove(&self->tokens, event->revocation.items[0].token_id);
    if (event->issuance.count)
        tokenset_add(&self->tokens, event->issuance.items[0].token_id,
                     event->issuance.items[0].expires_at);
    if (event->spent.count)
        tokenset_add(&self->tokens, event->spent.items[0].token_id,
                     event->spent.items[0].expires_at);
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
    roster_clear(&self->roster);
    configuration_clear(&self->configuration);
    tokenset_clear(&self->tokens);
    deadlines_clear(&self->deadlines);
    memset(self, 0, sizeof(*self));
}
