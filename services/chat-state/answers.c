#include "answers.h"

#include <assert.h>

#include "own.h"

enum { PAGE_MAX = 1000 };

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

static const struct refusal *get_chat(const struct source *source, const void *query, void *answer)
{
    const struct chat_get *get = query;
    struct chat_found *found = answer;
    const struct message_type *type = &message_types[MESSAGE_chat];
    const struct live *live = memory_chat(source->memory, get->chat_id);

    found->seq = source->memory->tally.seq;
    if (live) {
        message_copy(type, list_append((struct list *)&found->chat, type), &live->chat);
        return NULL;
    }
    if (!source->store)
        return &database_is_away;
    switch (store_read_chat(source->store, get->chat_id,
                            list_append((struct list *)&found->chat, type))) {
    case 1:
        return NULL;
    case 0:
        return &chat_not_found;
    default:
        return &database_is_away;
    }
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

/* One more is read than is told, to know whether there are more. */
static const struct refusal *get_accounts(const struct source *source, const void *query,
                                          void *answer)
{
    const struct message_type *type = &message_types[MESSAGE_account_roles];
    const struct accounts_get *get = query;
    struct accounts_found *found = answer;
    size_t limit = (size_t)page_size(get->limit);

    found->seq = source->memory->tally.seq;
    if (!source->store || store_read_accounts(source->store, get->after ? get->after : "",
                                              (int64_t)limit + 1, &found->accounts) == -1)
        return &database_is_away;
    found->more = found->accounts.count > limit;
    while (found->accounts.count > limit)
        message_clear(type, &found->accounts.items[--found->accounts.count]);
    return NULL;
}

/* That the token is not revoked was seen before this. */
static const struct refusal *check_token(const struct source *source, const void *query,
                                         void *answer)
{
    const struct token_check *check = query;

    (void)source;
    (void)answer;
    return *check->token_id ? NULL : &token_is_missing;
}

static const struct refusal *get_revocations(const struct source *source, const void *query,
                                             void *answer)
{
    struct revocations_found *found = answer;

    (void)query;
    found->seq = source->memory->tally.seq;
    memory_revocations(source->memory, source->now, &found->revocations);
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
    {MESSAGE_messages_get, MESSAGE_messages_found, get_messages},
    {MESSAGE_events_get, MESSAGE_events_found, get_events},
    {MESSAGE_account_get, MESSAGE_account_found, get_account},
    {MESSAGE_accounts_get, MESSAGE_accounts_found, get_accounts},
    {MESSAGE_token_check, MESSAGE_command_done, check_token},
    {MESSAGE_revocations_get, MESSAGE_revocations_found, get_revocations},
    {MESSAGE_waits_get, MESSAGE_waits_found, get_waits},
};

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
    const struct refusal *refusal = &token_is_revoked;

    *reply = (struct reply){0};
    void *answer = reply_become(reply, answerers[i].answer);
    if (!memory_is_revoked(source->memory, message_text(query_type, query, "token_id")))
        refusal = answerers[i].fill(source, query, answer);
    if (refusal)
        reply_refuse(reply, refusal, request_id);
    else
        reply_address(reply, request_id);
    return source->store && refusal == &database_is_away ? -1 : 0;
}
