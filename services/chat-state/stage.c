#include "stage.h"

#include "account.h"
#include "chat.h"
#include "identity.h"
#include "own.h"

static const struct message_type *const chat_type = &message_types[MESSAGE_chat];
static const struct message_type *const account_type = &message_types[MESSAGE_account];
static const struct message_type *const profile_type = &message_types[MESSAGE_profile];

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
                           .mails = memory->mails,
                           .good_tokens = memory->tokens.count,
                           .chats = zhashx_new(),
                           .tokens = zhashx_new()};
    zhashx_set_destructor(self->chats, destroy_live);
    zhashx_set_destructor(self->tokens, destroy_expiry);
}

static void end_settings(struct stage *self)
{
    if (self->settings)
        configuration_clear(self->settings);
    free(self->settings);
    self->settings = NULL;
}

void stage_end(struct stage *self)
{
    end_settings(self);
    zhashx_destroy(&self->chats);
    zhashx_destroy(&self->tokens);
    written_clear(&self->written);
    roster_clear(&self->touched);
    deadline_list_clear(&self->deadlines);
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

/* Of an ended chat only what a mail of it adds to. */
static int find_ended_content(struct stage *self, const char *chat_id, struct facts *facts)
{
    int64_t messages = 0, characters = 0;

    if (!facts->chat || memory_chat(self->memory, chat_id))
        return 0;
    if (store_read_chat_size(self->store, chat_id, &messages, &characters) == -1)
        return -1;
    facts->messages += messages;
    facts->characters += characters;
    return 0;
}

/* The message that is to have another version. */
static int find_revised(struct stage *self, const char *chat_id, const char *id,
                        struct findings *findings)
{
    const struct message *message = written_find(&self->written, chat_id, id);
    int rc = 1;

    if (!message) {
        rc = store_read_message(self->store, chat_id, id, &findings->revised);
        message = &findings->revised;
    }
    if (rc == 1)
        findings->facts.revised = message;
    return rc == -1 ? -1 : 0;
}

/* The message that a command adds, or has another version of; "" when none. */
static const char *message_concerned(enum message_id type, const void *command, int64_t part)
{
    if (type == MESSAGE_bot_answer)
        return ((const struct bot_answer *)command)->texts.items[part].message_id;
    return message_text(&message_types[type], command,
                        message_field(&message_types[type], "id") ? "id" : "message_id");
}

/* The chat, and what it holds; of a later version the message, too. */
static int find_subject(struct stage *self, enum message_id type, const void *command,
                        struct findings *findings)
{
    bool is_later = type == MESSAGE_message_revise || type == MESSAGE_chat_pass_on;
    const char *chat_id = message_text(&message_types[type], command, "chat_id");
    const char *message_id = message_concerned(type, command, self->part);

    if (is_later && *message_id && find_revised(self, chat_id, message_id, findings) == -1)
        return -1;
    if (findings->facts.revised)
        chat_id = findings->facts.revised->chat_id;
    if (find_chat(self, chat_id, findings) == -1)
        return -1;
    if (find_content(self, chat_id, message_id, &findings->facts) == -1)
        return -1;
    return type == MESSAGE_chat_mail ? find_ended_content(self, chat_id, &findings->facts) : 0;
}

/* Its newest version in this group; NULL when there is none. */
static const struct member *touched_login(const struct stage *self, const char *login)
{
    for (size_t i = 0; i < self->touched.count; i++) {
        const struct member *member = &self->touched.items[i];
        if (!member->is_gone && text_is(member->account.login, login))
            return member;
    }
    return NULL;
}

/* Points *found at a copy of the account in space, or leaves it NULL. */
static int find_account(struct stage *self, const char *login, const char *id_code,
                        struct account *space, const struct account **found)
{
    const struct member *member =
        *login ? touched_login(self, login) : roster_find(&self->touched, id_code);

    if ((!*login && !*id_code) || (member && member->is_gone))
        return 0;
    if (member) {
        message_copy(account_type, space, &member->account);
    } else {
        int rc = store_read_account(self->store, login, id_code, space);
        if (rc != 1)
            return rc;
        if (*login && roster_find(&self->touched, space->id_code))
            return 0; /* its version in this group has another login, or it is gone */
    }
    *found = space;
    return 0;
}

static void count_accounts(const struct stage *self, enum message_id type, struct facts *facts)
{
    const struct roster *roster = &self->memory->roster;

    if (type != MESSAGE_account_add && type != MESSAGE_account_delete)
        return;
    facts->accounts = roster_total(roster, &self->touched, 0);
    facts->administrators = roster_total(roster, &self->touched, ROLE_ADMINISTRATOR);
}

/* A request that names no caller comes from no account. */
static const struct refusal *may_ask(const struct stage *self, const struct message_type *type,
                                     const void *command)
{
    const char *caller = message_text(type, command, "caller");

    if (!*caller)
        return NULL;
    return account_may_ask(roster_look(&self->memory->roster, &self->touched, caller),
                           message_number(type, command, "caller_roles"));
}

/* None is as good as any. */
static bool is_good(const struct stage *self, const char *token_id)
{
    const int64_t *expiry = zhashx_lookup(self->tokens, token_id);

    return expiry ? *expiry != 0 : memory_is_good(self->memory, token_id);
}

/* Those that were are kept with the good ones (token_rules.h). */
static bool is_spent(const struct stage *self, const char *token_id)
{
    return *token_id && is_good(self, token_id);
}

int stage_find(struct stage *self, enum message_id type, const void *command, int64_t now,
               struct findings *findings)
{
    const struct message_type *command_type = &message_types[type];
    const char *token_id = message_text(command_type, command, "token_id");
    const char *login = message_text(command_type, command, "login");
    struct facts *facts = &findings->facts;

    *findings = (struct findings){
        .facts = {.now = later_of(now, self->tally.time),
                  .seq = self->tally.seq + 1,
                  .row = self->tally.row + 1,
                  .created = self->tally.created,
                  .open_chats = (int64_t)self->open_chats,
                  .tokens = (int64_t)self->good_tokens,
                  .part = self->part,
                  .limits = self->limits,
                  .configuration = self->settings ? self->settings : &self->memory->configuration}};
    facts->token_is_revoked = !is_good(self, token_id);
    facts->token_is_spent = is_spent(self, message_text(command_type, command, "spent_id"));
    facts->caller = may_ask(self, command_type, command);
    count_accounts(self, type, facts);
    if (stage_find_deadline(self, type, command, findings) == -1 ||
        find_subject(self, type, command, findings) == -1 ||
        find_account(self, "", account_concerned(type, command, facts->chat), &findings->account,
                     &facts->account) == -1)
        return -1;
    return find_account(self, login, "", &findings->login, &facts->login);
}

void findings_clear(struct findings *self)
{
    message_clear(chat_type, &self->ended);
    message_clear(&message_types[MESSAGE_message], &self->revised);
    message_clear(account_type, &self->account);
    message_clear(account_type, &self->login);
    message_clear(&message_types[MESSAGE_deadline], &self->deadline);
}

/* ---- what changes ---- */

static void take_chat(struct stage *self, const struct event *event)
{
    const struct chat *chat = &event->chat.items[0];
    const struct message *message = event->message.count ? &event->message.items[0] : NULL;
    struct live *staged = zhashx_lookup(self->chats, chat->id);
    bool was_open = staged ? !staged->chat.ended : memory_chat(self->memory, chat->id) != NULL;

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
    self->tally.created = later_of(self->tally.created, chat->created);
    if (was_open && chat->ended)
        self->open_chats--;
    else if (!was_open && !chat->ended)
        self->open_chats++;
}

static void take_presence(struct stage *self, const struct account *account,
                          const struct account *presence)
{
    struct account *version = &roster_put(&self->touched, account)->account;

    own_replace(&version->presence_status, presence->presence_status);
    version->presence_active = presence->presence_active;
}

/* Kept with its password hash, which the event does not have. */
static void take_account(struct stage *self, const struct facts *facts,
                         const struct decision *decision)
{
    if (decision->writes_account)
        (void)roster_put(&self->touched, &decision->account);
    else if (decision->deletes_account)
        roster_put(&self->touched, &decision->account)->is_gone = true;
    else if (decision->writes_presence)
        take_presence(self, facts->account, decision->event.account.items);
    if (!decision->writes_profile)
        return;
    const struct profile *profile = decision->event.profile.items;
    struct member *member = roster_find(&self->touched, profile->id_code);
    if (!member)
        member = roster_put(&self->touched, facts->account);
    message_clear(profile_type, &member->profile);
    message_copy(profile_type, &member->profile, profile);
}

/* Their rows are given away with this: they are in the event. */
static void take_settings(struct stage *self, const struct setting_version_list *settings)
{
    if (!settings->count)
        return;
    if (!self->settings) {
        self->settings = own_zero(sizeof(*self->settings));
        configuration_copy(self->settings, &self->memory->configuration);
    }
    configuration_take_all(self->settings, settings);
    self->tally.row += (int64_t)settings->count;
}

/* expires_at 0: it is not good any more. */
static void take_token(struct stage *self, const char *token_id, int64_t expires_at)
{
    int64_t *expiry = own_zero(sizeof(*expiry));

    self->good_tokens -= is_good(self, token_id);
    self->good_tokens += expires_at != 0;
    *expiry = expires_at;
    zhashx_update(self->tokens, token_id, expiry);
}

void stage_take(struct stage *self, const struct facts *facts, const struct decision *decision)
{
    const struct event *event = &decision->event;

    self->tally.time = later_of(self->tally.time, event->at);
    take_account(self, facts, decision);
    stage_take_deadlines(self, &decision->deadlines);
    if (!event->kind)
        return;
    self->tally.seq = event->seq;
    take_settings(self, &event->settings);
    if (event->chat.count)
        take_chat(self, event);
    if (event->message.count)
        written_add(&self->written, &event->message.items[0]);
    if (event->revocation.count)
        take_token(self, event->revocation.items[0].token_id, 0);
    if (event->issuance.count)
        take_token(self, event->issuance.items[0].token_id, event->issuance.items[0].expires_at);
    if (event->spent.count)
        take_token(self, event->spent.items[0].token_id, event->spent.items[0].expires_at);
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

static void apply_member(struct memory *memory, const struct member *staged)
{
    if (staged->is_gone) {
        roster_drop(&memory->roster, staged->account.id_code);
        return;
    }
    struct member *member = roster_put(&memory->roster, &staged->account);
    own_replace(&member->account.password_hash, "");
    if (!staged->profile.id_code)
        return; /* they stay as they were */
    message_clear(profile_type, &member->profile);
    message_copy(profile_type, &member->profile, &staged->profile);
}

static void swap_settings(struct stage *self)
{
    struct configuration kept = self->memory->configuration;

    self->memory->configuration = *self->settings;
    *self->settings = kept;
}

void stage_apply(struct stage *self)
{
    struct memory *memory = self->memory;

    if (self->settings)
        swap_settings(self);
    for (struct live *staged = zhashx_first(self->chats); staged; staged = zhashx_next(self->chats))
        apply_chat(memory, staged);
    for (size_t i = 0; i < self->touched.count; i++)
        apply_member(memory, &self->touched.items[i]);
    for (const int64_t *expiry = zhashx_first(self->tokens); expiry;
         expiry = zhashx_next(self->tokens)) {
        const char *token_id = zhashx_cursor(self->tokens);
        if (*expiry)
            tokenset_add(&memory->tokens, token_id, *expiry);
        else
            tokenset_remove(&memory->tokens, token_id);
    }
    stage_apply_deadlines(self);
    memory->tally = self->tally;
}
