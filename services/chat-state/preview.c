#include "preview.h"

#include <czmq.h>

#include "own.h"

/* What is remembered of a chat. */
struct typing {
    char chat_id[UUID_SIZE];
    bool is_shown;   /* what was told last is not empty */
    bool is_in_line; /* it was told less than a pause ago */
    int64_t told_at;
    char *waiting; /* NULL: nothing */
    struct typing *previous, *next;
};

struct previews {
    zhashx_t *chats;               /* chat id to struct typing * */
    struct typing *first, *newest; /* those that were told just now, in order */
};

static void destroy_typing(void **item)
{
    struct typing *typing = *item;

    free(typing->waiting);
    free(typing);
    *item = NULL;
}

struct previews *previews_new(void)
{
    struct previews *self = own_zero(sizeof(*self));

    self->chats = zhashx_new();
    zhashx_set_destructor(self->chats, destroy_typing);
    return self;
}

void previews_destroy(struct previews **self)
{
    if (!*self)
        return;
    zhashx_destroy(&(*self)->chats);
    free(*self);
    *self = NULL;
}

size_t previews_count(const struct previews *self)
{
    return zhashx_size(self->chats);
}

/* ---- the line ---- */

static void leave_line(struct previews *self, struct typing *typing)
{
    if (!typing->is_in_line)
        return;
    if (typing->previous)
        typing->previous->next = typing->next;
    else
        self->first = typing->next;
    if (typing->next)
        typing->next->previous = typing->previous;
    else
        self->newest = typing->previous;
    typing->previous = typing->next = NULL;
    typing->is_in_line = false;
}

static void join_line(struct previews *self, struct typing *typing)
{
    typing->previous = self->newest;
    if (self->newest)
        self->newest->next = typing;
    else
        self->first = typing;
    self->newest = typing;
    typing->is_in_line = true;
}

static void note_told(struct previews *self, struct typing *typing, const char *content,
                      int64_t now)
{
    leave_line(self, typing);
    typing->is_shown = *content;
    typing->told_at = now;
    join_line(self, typing);
}

static void forget(struct previews *self, struct typing *typing)
{
    leave_line(self, typing);
    zhashx_delete(self->chats, typing->chat_id);
}

/* ---- what comes and goes ---- */

static bool is_too_soon(const struct typing *typing, int64_t now)
{
    return now - typing->told_at < PREVIEW_PAUSE_MS;
}

static struct typing *add(struct previews *self, const char *chat_id)
{
    struct typing *typing = own_zero(sizeof(*typing));

    memcpy(typing->chat_id, chat_id, UUID_SIZE);
    zhashx_insert(self->chats, chat_id, typing);
    return typing;
}

enum preview_verdict previews_set(struct previews *self, const char *chat_id, const char *content,
                                  int64_t now)
{
    struct typing *typing = zhashx_lookup(self->chats, chat_id);
    const char *text = content ? content : "";

    if (typing && is_too_soon(typing, now)) {
        own_replace(&typing->waiting, text);
        return PREVIEW_WAITS;
    }
    if (!*text && (!typing || !typing->is_shown))
        return PREVIEW_NOTHING;
    if (!typing && previews_count(self) >= PREVIEWS_MAX)
        return PREVIEW_TOO_MANY;
    if (!typing)
        typing = add(self, chat_id);
    free(typing->waiting);
    typing->waiting = NULL;
    note_told(self, typing, text, now);
    return PREVIEW_TELL;
}

void previews_drop(struct previews *self, const char *chat_id)
{
    struct typing *typing = zhashx_lookup(self->chats, chat_id);

    if (!typing)
        return;
    typing->is_shown = false;
    free(typing->waiting);
    typing->waiting = NULL;
    if (!typing->is_in_line)
        forget(self, typing);
}

bool previews_next(struct previews *self, int64_t now, struct preview *due)
{
    struct typing *typing;

    while ((typing = self->first) && !is_too_soon(typing, now)) {
        char *text = typing->waiting;
        typing->waiting = NULL;
        if (text && (*text || typing->is_shown)) {
            *due = (struct preview){.content = text};
            memcpy(due->chat_id, typing->chat_id, UUID_SIZE);
            note_told(self, typing, text, now);
            return true;
        }
        free(text);
        if (typing->is_shown)
            leave_line(self, typing);
        else
            forget(self, typing);
    }
    return false;
}

int64_t previews_due(const struct previews *self)
{
    return self->first ? self->first->told_at + PREVIEW_PAUSE_MS : INT64_MAX;
}
