#include "stage.h"

#include "chat.h"
#include "own.h"

static const struct message_type *const chat_type = &message_types[MESSAGE_chat];
static const struct message_type *const account_type = &message_types[MESSAGE_account];

static void destroy_live(void **item)
{
    struct live *live = *item;

    message_clear(chat_type, &live->chat);
    idset_clear(&live->content.ids);
    free(live);
    *item = NULL;
}

static void destroy_expiry(void **item)
{
    free(*item);
    *item = NULL;
}

void stage_begin(struct stage *self, struct memory *memory, struct store *store,
                 const struct limits *limits)
{
    *self = (struct stage){.memory = memory,
                           .store = store,
                           .limits = limits,
                           .tally = memory->tally,
                           .open_chats = memory->count,
                           .chats = zhashx_new(),
                           .revoked = zhashx_new()};
    zhashx_set_destructor(self->chats, destroy_live);
    zhashx_set_destructor(self->revoked, destroy_expiry);
}

void stage_end(struct stage *self)
{
    zhashx_destroy(&self->chats);
    zhashx_destroy(&self->revoked);
    message_clear(&message_types[MESSAGE_account_found], &self->touched);
    *self = (struct stage){0};
}

/* ---- what is there ---- */

/* An open chat that memory does not hold is taken in: it is committed. */
static int find_stored(struct stage *self, const char *id, struct findings *findings)
{
    int rc = store_read_chat(self->store, id, &findings->ended);

    if (rc != 1)
        return rc;
    findings->facts.chat = &findings->ended;
    if (!findings->ended.ended) {
        findings->facts.chat = &memory_put(self->memory, &findings->ended)->chat;
        self->open_chats++;
    }
    return 0;
}

static int find_chat(struct stage *self, const char *id, struct findings *findings)
{
    if (!*id)
        return 0;
    const struct live *live = zhashx_lookup(self->chats, id);
    if (!live)
        live = memory_chat(self->memory, id);
    if (!live)
        return find_stored(self, id, findings);
    findings->facts.chat = &live->chat;
    return 0;
}

/* What a chat holds matters only to a command that adds a message to it. */
static int find_content(struct stage *self, const char *chat_id, const char *message_id,
                        struct facts *facts)
{
    struct live *live = memory_chat(self->memory, chat_id);
    const struct live *staged = zhashx_lookup(self->chats, chat_id);

    if (!*message_id || (!live && !staged))
        return 0;
    if (live && live_count(live, self->store) == -1)
        return -1;
    const struct content *before = live ? &live->content : &(struct content){0};
    const struct content *since = staged ? &staged->content : &(struct content){0};
    facts->messages = before->messages + since->messages;
    facts->characters = before->characters + since->characters;
    facts->message_is_known =
        idset_has(&before->ids, message_id) || idset_has(&since->ids, message_id);
    return 0;
}

/* The newest version in this group; NULL when there is none. */
static const struct account *touched_id(const struct stage *self, const char *id_code)
{
    for (size_t i = self->touched.account.count; i > 0; i--)
        if (text_is(self->touched.account.items[i - 1].id_code, id_code))
            return &self->touched.account.items[i - 1];
    return NULL;
}

/* A version with this login that no later one of the same account replaced. */
static const struct account *touched_login(const struct stage *self, const char *login)
{
    for (size_t i = self->touched.account.count; i > 0; i--) {
        const struct account *account = &self->touched.account.items[i - 1];
        if (text_is(account->login, login) && touched_id(self, account->id_code) == account)
            return account;
    }
    return NULL;
}

/* Points *found at a copy of the account in space, or leaves it NULL. */
static int find_account(struct stage *self, const char *login, const char *id_code,
                        struct account *space, const struct account **found)
{
    const struct account *account = *login ? touched_login(self, login) : touched_id(self, id_code);

    if (!*login && !*id_code)
        return 0;
    if (account) {
        message_copy(account_type, space, account);
    } else {
        int rc = store_read_account(self->store, login, id_code, space);
        if (rc != 1)
            return rc;
        if (*login && touched_id(self, space->id_code))
            return 0; /* its version in this group has another login */
    }
    *found = space;
    return 0;
}

int stage_find(struct stage *self, enum message_id type, const void *command, int64_t now,
               struct findings *findings)
{
    const struct message_type *command_type = &message_types[type];
    const char *chat_id = message_text(command_type, command, "chat_id");
    const char *token_id = message_text(command_type, command, "token_id");
    const char *login = message_text(command_type, command, "login");
    struct facts *facts = &findings->facts;

    *findings = (struct findings){
        .facts = {.now = later_of(now, self->tally.time),
                  .seq = self->tally.seq + 1,
                  .created = self->tally.created,
                  .open_chats = (int64_t)self->open_chats,
                  .revocations = (int64_t)(zhashx_size(self->memory->revocations) +
                                           zhashx_size(self->revoked)),
                  .limits = self->limits}};
    facts->token_is_revoked =
        memory_is_revoked(self->memory, token_id) || zhashx_lookup(self->revoked, token_id);
    if (find_chat(self, chat_id, findings) == -1 ||
        find_content(self, chat_id, message_text(command_type, command, "message_id"), facts) ==
            -1 ||
        find_account(self, "", account_concerned(type, command), &findings->account,
                     &facts->account) == -1)
        return -1;
    return find_account(self, login, "", &findings->login, &facts->login);
}

void findings_clear(struct findings *self)
{
    message_clear(chat_type, &self->ended);
    message_clear(account_type, &self->account);
    message_clear(account_type, &self->login);
}

/* ---- what changes ---- */

static void take_chat(struct stage *self, const struct event *event)
{
    const struct chat *chat = &event->chat.items[0];
    const struct message *message = event->message.count ? &event->message.items[0] : NULL;
    struct live *staged = zhashx_lookup(self->chats, chat->id);
    bool is_new = !staged && !memory_chat(self->memory, chat->id);

    if (!staged) {
        staged = own_zero(sizeof(*staged));
        zhashx_insert(self->chats, chat->id, staged);
    }
    message_clear(chat_type, &staged->chat);
    message_copy(chat_type, &staged->chat, chat);
    if (message) {
        staged->content.messages++;
        staged->content.characters += message_characters(message);
        idset_add(&staged->content.ids, message->id);
    }
    if (is_new) {
        self->tally.created = chat->created;
        self->open_chats++;
    }
    if (chat->ended)
        self->open_chats--;
}

/* Kept with its password hash, which the event does not have. */
static void take_account(struct stage *self, const struct account *account,
                         const struct account *presence)
{
    struct account *version = list_append((struct list *)&self->touched.account, account_type);

    message_copy(account_type, version, account);
    if (presence) {
        own_replace(&version->presence_status, presence->presence_status);
        version->presence_active = presence->presence_active;
    }
}

void stage_take(struct stage *self, const struct facts *facts, const struct decision *decision)
{
    const struct event *event = &decision->event;

    self->tally.time = later_of(self->tally.time, event->at);
    if (decision->writes_account)
        take_account(self, &decision->account, NULL);
    if (decision->writes_presence)
        take_account(self, facts->account, &event->account.items[0]);
    if (!event->kind)
        return;
    self->tally.seq = event->seq;
    if (event->chat.count)
        take_chat(self, event);
    if (event->revocation.count) {
        int64_t *expiry = own_zero(sizeof(*expiry));
        *expiry = event->revocation.items[0].expires_at;
        zhashx_update(self->revoked, event->revocation.items[0].token_id, expiry);
    }
}

/* ---- the end of a group ---- */

/* The two change places, which costs less than a copy: what memory had ends
 * with the stage. */
static void swap_chats(struct chat *one, struct chat *other)
{
    struct chat kept = *one;

    *one = *other;
    *other = kept;
}

static void apply_chat(struct memory *memory, struct live *staged)
{
    struct live *live = memory_chat(memory, staged->chat.id);
    bool is_new = !live;

    if (staged->chat.ended) {
        memory_drop(memory, staged->chat.id);
        return;
    }
    if (is_new)
        live = memory_put(memory, &staged->chat);
    else
        swap_chats(&live->chat, &staged->chat);
    struct content *content = &live->content;
    if (!is_new && !content->is_known)
        return; /* only claimed so far; to be counted when it matters */
    content->is_known = true;
    content->messages += staged->content.messages;
    content->characters += staged->content.characters;
    idset_add_all(&content->ids, &staged->content.ids);
}

void stage_apply(struct stage *self)
{
    struct memory *memory = self->memory;

    for (struct live *staged = zhashx_first(self->chats); staged; staged = zhashx_next(self->chats))
        apply_chat(memory, staged);
    for (const int64_t *expiry = zhashx_first(self->revoked); expiry;
         expiry = zhashx_next(self->revoked)) {
        struct revocation revocation = {.expires_at = *expiry};
        memcpy(revocation.token_id, zhashx_cursor(self->revoked), UUID_SIZE);
        memory_revoke(memory, &revocation);
    }
    memory->tally = self->tally;
}
