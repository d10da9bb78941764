#include "answers.h"

#include <assert.h>

#include "account.h"
#include "event_value.h"
#include "own.h"
#include "words.h"

enum {
    PAGE_MAX = 1000,
    FORWARDED_MAX = 100, /* messages that go with a chat: more than a request can name */
    SEARCH_ROWS = 2000,  /* message versions that one search.get looks at */
};

/* Fills the answer, which is zeroed. Returns NULL, or why not. */
typedef const struct refusal *answerer(const struct source *source, const void *query,
                                       void *answer);

static int64_t page_size(int64_t limit)
{
    return limit > 0 && limit < PAGE_MAX ? limit : PAGE_MAX;
}

/* ---- lists that end early ---- */

static size_t text_size(const struct message_type *type, const void *self)
{
    size_t size = 0;

    for (const struct field *field = type->fields(); field->name; field++) {
        const void *at = (const char *)self + field->offset;
        if (field->type == FIELD_STRING && *(char *const *)at)
            size += strlen(*(char *const *)at);
        if (field->type != FIELD_LIST)
            continue;
        const struct list *list = at;
        for (size_t i = 0; i < list->count; i++)
            size += text_size(&message_types[field->record],
                              (const char *)list->items + i * message_types[field->record].size);
    }
    return size;
}

/* Drops what is beyond ANSWER_TEXT_MAX, though never the first entry. Returns
 * whether it dropped anything. */
static bool shorten(struct list *list, const struct message_type *record)
{
    size_t size = 0;
    size_t keep = 0;

    while (keep < list->count && (keep == 0 || size <= ANSWER_TEXT_MAX))
        size += text_size(record, (const char *)list->items + keep++ * record->size);
    bool is_shortened = keep < list->count;
    while (list->count > keep)
        message_clear(record, (char *)list->items + --list->count * record->size);
    return is_shortened;
}

/* ---- questions ---- */

/* Appends the chat, open or ended. */
static const struct refusal *find_chat(const struct source *source, const char *chat_id,
                                       struct list *chats)
{
    const struct message_type *type = &message_types[MESSAGE_chat];
    const struct live *live = memory_chat(source->memory, chat_id);

    if (live) {
        message_copy(type, list_append(chats, type), &live->chat);
        return NULL;
    }
    if (!source->store)
        return &database_is_away;
    switch (store_read_chat(source->store, chat_id, list_append(chats, type))) {
    case 1:
        return NULL;
    case 0:
        return &chat_not_found;
    default:
        return &database_is_away;
    }
}

static const struct refusal *get_chat(const struct source *source, const void *query, void *answer)
{
    const struct chat_get *get = query;
    struct chat_found *found = answer;

    found->seq = source->memory->tally.seq;
    return find_chat(source, get->chat_id, (struct list *)&found->chat);
}

static const struct refusal *get_chats(const struct source *source, const void *query, void *answer)
{
    const struct chats_get *get = query;
    struct chats_found *found = answer;

    memcpy(found->log_id, source->memory->log_id, UUID_SIZE);
    found->seq = source->memory->tally.seq;
    found->more =
        memory_page(source->memory, get->after, (size_t)page_size(get->limit), &found->chats);
    if (shorten((struct list *)&found->chats, &message_types[MESSAGE_chat]))
        found->more = true;
    return NULL;
}

/* One more is read than is told, to know whether there are more. */
static const struct refusal *get_ended(const struct source *source, const void *query, void *answer)
{
    const struct message_type *type = &message_types[MESSAGE_chat];
    const struct ended_get *get = query;
    struct chats_found *found = answer;
    size_t limit = (size_t)page_size(get->limit);
    const struct store_ended which = {get->from, get->to, get->after_ended, get->after,
                                      (int64_t)limit + 1};

    memcpy(found->log_id, source->memory->log_id, UUID_SIZE);
    found->seq = source->memory->tally.seq;
    if (!source->store || store_read_ended_chats(source->store, &which, &found->chats) == -1)
        return &database_is_away;
    found->more = found->chats.count > limit;
    while (found->chats.count > limit)
        message_clear(type, &found->chats.items[--found->chats.count]);
    if (shorten((struct list *)&found->chats, type))
        found->more = true;
    return NULL;
}

/* The whole history would take too long for one question, as nothing is
 * written meanwhile. */
static const struct refusal *search(const struct source *source, const void *query, void *answer)
{
    const struct search_get *get = query;
    struct search_found *found = answer;
    char *words = words_fold(get->words);
    const struct store_search which = {words, get->before, SEARCH_ROWS};
    int rc = -1;

    found->seq = source->memory->tally.seq;
    if (source->store)
        rc = store_search(source->store, &which, &found->matches, &found->next);
    free(words);
    return rc == -1 ? &database_is_away : NULL;
}

/* A chat without a note has an empty one. */
static const struct refusal *get_comment(const struct source *source, const void *query,
                                         void *answer)
{
    const struct message_type *type = &message_types[MESSAGE_comment];
    const struct comment_get *get = query;
    struct comment_found *found = answer;
    struct comment *comment = list_append((struct list *)&found->comment, type);
    struct chat chat = {0};
    int rc = source->store ? store_read_comment(source->store, get->chat_id, comment) : -1;

    if (rc == 0) {
        rc = store_read_chat(source->store, get->chat_id, &chat);
        message_clear(&message_types[MESSAGE_chat], &chat);
        if (rc == 0)
            return &chat_not_found;
        message_set_text(type, comment, "chat_id", get->chat_id);
    }
    return rc == -1 ? &database_is_away : NULL;
}

static const struct refusal *get_messages(const struct source *source, const void *query,
                                          void *answer)
{
    const struct messages_get *get = query;
    struct messages_found *found = answer;

    found->seq = source->memory->tally.seq;
    if (!source->store || store_read_messages(source->store, get->chat_id, get->after,
                                              get->after_seq, &found->messages) == -1)
        return &database_is_away;
    return NULL;
}

/* Leaves the messages that the request names, as the JSON of a list of ids, and
 * that may be copied; at most as many as the answer may have. */
static void keep_named(struct message_list *messages, const struct message *request)
{
    const struct message_type *type = &message_types[MESSAGE_message];
    size_t kept = 0;

    for (size_t i = 0; i < messages->count; i++) {
        struct message *message = &messages->items[i];
        if (kept < FORWARDED_MAX && strstr(request->content, message->id) &&
            event_may_be_copied(message->event))
            messages->items[kept++] = *message;
        else
            message_clear(type, message);
    }
    messages->count = kept;
}

static const struct refusal *get_forward(const struct source *source, const void *query,
                                         void *answer)
{
    const struct forward_get *get = query;
    struct forward_found *found = answer;
    struct message request = {0};
    const struct refusal *refusal = find_chat(source, get->chat_id, (struct list *)&found->chat);

    if (refusal)
        return refusal;
    int rc = source->store ? store_read_forward_request(source->store, get->chat_id, &request) : -1;
    if (rc == 1) {
        memcpy(found->question, request.id, UUID_SIZE);
        rc = store_read_messages(source->store, get->chat_id, 0, 0, &found->messages);
        if (rc == 0)
            keep_named(&found->messages, &request);
        message_clear(&message_types[MESSAGE_message], &request);
    }
    return rc == -1 ? &database_is_away : NULL;
}

static const struct refusal *get_events(const struct source *source, const void *query,
                                        void *answer)
{
    const struct events_get *get = query;
    struct events_found *found = answer;

    memcpy(found->log_id, source->memory->log_id, UUID_SIZE);
    found->seq = source->memory->tally.seq;
    found->first_seq = source->memory->first_seq;
    if (!source->store || store_read_events(source->store, get->chat_id, get->after_seq,
                                            page_size(get->limit), &found->events) == -1)
        return &database_is_away;
    (void)shorten((struct list *)&found->events, &message_types[MESSAGE_event]);
    return NULL;
}

static const struct refusal *get_account(const struct source *source, const void *query,
                                         void *answer)
{
    const struct account_get *get = query;
    struct account_found *found = answer;
    struct account *account =
        list_append((struct list *)&found->account, &message_types[MESSAGE_account]);
    const char *login = get->login ? get->login : "";
    const char *id_code = get->id_code ? get->id_code : "";

    if (!*login && !*id_code)
        return &agent_not_found;
    if (!source->store)
        return &database_is_away;
    switch (store_read_account(source->store, login, *login ? "" : id_code, account)) {
    case 1:
        return NULL;
    case 0:
        return &agent_not_found;
    default:
        return &database_is_away;
    }
}

static void tell_roles(const struct account *account, struct account_roles *told)
{
    const struct message_type *type = &message_types[MESSAGE_role];

    told->id_code = own_copy(account->id_code);
    for (size_t i = 0; i < account->roles.count; i++)
        message_copy(type, list_append((struct list *)&told->roles, type),
                     &account->roles.items[i]);
}

static const struct refusal *get_accounts(const struct source *source, const void *query,
                                          void *answer)
{
    const struct accounts_get *get = query;
    struct accounts_found *found = answer;
    const struct roster *roster = &source->memory->roster;
    size_t limit = (size_t)page_size(get->limit);
    size_t place = roster_place_after(roster, get->after ? get->after : "");

    found->seq = source->memory->tally.seq;
    for (; place < roster->count && found->accounts.count < limit; place++)
        tell_roles(
            &roster->items[place].account,
            list_append((struct list *)&found->accounts, &message_types[MESSAGE_account_roles]));
    found->more = place < roster->count;
    return NULL;
}

static bool is_asked_for(const struct agents_get *get, const struct account *account)
{
    bool is_present =
        text_is(account->presence_status, "online") || text_is(account->presence_status, "idle");

    return (text_is_empty(get->id_code) || text_is(get->id_code, account->id_code)) &&
           account_has_role(account, (unsigned)get->roles) && (is_present || !get->is_present);
}

static const struct refusal *get_agents(const struct source *source, const void *query,
                                        void *answer)
{
    const struct message_type *type = &message_types[MESSAGE_account];
    const struct agents_get *get = query;
    struct agents_found *found = answer;
    const struct roster *roster = &source->memory->roster;
    size_t limit = (size_t)page_size(get->limit);
    size_t place = roster_place_after(roster, get->after ? get->after : "");

    found->seq = source->memory->tally.seq;
    for (; place < roster->count && found->agents.count < limit; place++)
        if (is_asked_for(get, &roster->items[place].account))
            message_copy(type, list_append((struct list *)&found->agents, type),
                         &roster->items[place].account);
    found->more = place < roster->count;
    return NULL;
}

static const struct refusal *get_profile(const struct source *source, const void *query,
                                         void *answer)
{
    const struct message_type *type = &message_types[MESSAGE_profile];
    const struct profile_get *get = query;
    struct profile_found *found = answer;
    struct profile *told = list_append((struct list *)&found->profile, type);
    const struct member *member = roster_find(&source->memory->roster, get->id_code);

    found->is_known = member != NULL;
    if (member && member->profile.id_code)
        message_copy(type, told, &member->profile);
    else
        profile_make(told, get->id_code);
    return NULL;
}

/* That the token is good was seen before this. */
static const struct refusal *check_token(const struct source *source, const void *query,
                                         void *answer)
{
    const struct token_check *check = query;

    (void)source;
    (void)answer;
    return *check->token_id ? NULL : &token_is_missing;
}

static const struct refusal *get_settings(const struct source *source, const void *query,
                                          void *answer)
{
    const struct memory *memory = source->memory;
    struct settings_found *found = answer;

    (void)query;
    memcpy(found->log_id, memory->log_id, UUID_SIZE);
    found->settings_seq = configuration_seq(&memory->configuration);
    configuration_list(&memory->configuration, &found->settings);
    return NULL;
}

static const struct refusal *get_waits(const struct source *source, const void *query, void *answer)
{
    const struct waits_get *get = query;
    struct waits_found *found = answer;

    found->seq = source->memory->tally.seq;
    if (!source->store || store_read_waits(source->store, get->limit, &found->waits) == -1)
        return &database_is_away;
    return NULL;
}

/* ---- all of them ---- */

static const struct {
    enum message_id query, answer;
    answerer *fill;
} answerers[] = {
    {MESSAGE_chat_get, MESSAGE_chat_found, get_chat},
    {MESSAGE_chats_get, MESSAGE_chats_found, get_chats},
    {MESSAGE_ended_get, MESSAGE_chats_found, get_ended},
    {MESSAGE_search_get, MESSAGE_search_found, search},
    {MESSAGE_comment_get, MESSAGE_comment_found, get_comment},
    {MESSAGE_messages_get, MESSAGE_messages_found, get_messages},
    {MESSAGE_forward_get, MESSAGE_forward_found, get_forward},
    {MESSAGE_events_get, MESSAGE_events_found, get_events},
    {MESSAGE_account_get, MESSAGE_account_found, get_account},
    {MESSAGE_accounts_get, MESSAGE_accounts_found, get_accounts},
    {MESSAGE_agents_get, MESSAGE_agents_found, get_agents},
    {MESSAGE_profile_get, MESSAGE_profile_found, get_profile},
    {MESSAGE_token_check, MESSAGE_command_done, check_token},
    {MESSAGE_waits_get, MESSAGE_waits_found, get_waits},
    {MESSAGE_settings_get, MESSAGE_settings_found, get_settings},
};

static const struct refusal *may_ask(const struct source *source, const struct message_type *type,
                                     const void *query)
{
    const char *caller = message_text(type, query, "caller");

    if (!memory_is_good(source->memory, message_text(type, query, "token_id")))
        return &token_is_revoked;
    if (!*caller)
        return NULL;
    return account_may_ask(roster_find(&source->memory->roster, caller),
                           message_number(type, query, "caller_roles"));
}

static size_t find_answerer(enum message_id query)
{
    size_t i = 0;

    while (i < sizeof(answerers) / sizeof(answerers[0]) && answerers[i].query != query)
        i++;
    assert(i < sizeof(answerers) / sizeof(answerers[0]));
    return i;
}

int answer_query(const struct source *source, enum message_id type, const void *query,
                 struct reply *reply)
{
    const struct message_type *query_type = &message_types[type];
    const char *request_id = message_text(query_type, query, "request_id");
    size_t i = find_answerer(type);
    const struct refusal *refusal = may_ask(source, query_type, query);

    *reply = (struct reply){0};
    void *answer = reply_become(reply, answerers[i].answer);
    if (!refusal)
        refusal = answerers[i].fill(source, query, answer);
    if (refusal)
        reply_refuse(reply, refusal, request_id);
    else
        reply_address(reply, request_id);
    return source->store && refusal == &database_is_away ? -1 : 0;
}
