/* chat_lists.c - cs-get-all-active-chats and cs-get-all-ended-chats: chat-state
 * gives the chats in pages; the answer has them all, in the order in which they
 * were opened, but for those that the bot has. Of the ended ones it has those that ended last, so
 * that it does not grow with history. */
#include <stdlib.h>
#include <string.h>

#include "handlers.h"
#include "own.h"
#include "view.h"

enum {
    PAGE = 1000,
    ENDED_PAGE = 200, /* these are read from the database, which takes longer */
    ENDED_MAX = 10000,
};

/* A row that is written already, in rows.text. */
struct row {
    int64_t created;
    size_t start, size;
};

struct rows {
    msgpack_sbuffer text;
    struct row *items;
    size_t count, capacity;
    size_t most; /* of ended chats */
};

static void rows_destroy(void *work)
{
    struct rows *rows = work;

    msgpack_sbuffer_destroy(&rows->text);
    free(rows->items);
    free(rows);
}

static void rows_add(const struct exchange *self, struct rows *rows, const struct chat *chat)
{
    size_t start = rows->text.size;

    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity * 2 + PAGE;
        rows->items = own_grow(rows->items, rows->capacity * sizeof(*rows->items));
    }
    if (chat->ended)
        show_ended_row(self, chat, &rows->text);
    else
        show_chat_row(self, chat, &rows->text);
    rows->items[rows->count++] = (struct row){chat->created, start, rows->text.size - start};
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *one = a, *other = b;

    if (one->created != other->created)
        return one->created < other->created ? -1 : 1;
    return one->start < other->start ? -1 : 1;
}

static void answer_rows(struct exchange *self, struct rows *rows)
{
    msgpack_sbuffer value;

    msgpack_sbuffer_init(&value);
    if (rows->count > 0)
        qsort(rows->items, rows->count, sizeof(*rows->items), compare_rows);
    view_text(&value, "[");
    for (size_t i = 0; i < rows->count; i++) {
        answer_comma(&value, i);
        msgpack_sbuffer_write(&value, rows->text.data + rows->items[i].start, rows->items[i].size);
    }
    view_text(&value, "]");
    exchange_done(self, &value);
    msgpack_sbuffer_destroy(&value);
}

static struct rows *begin(struct exchange *self)
{
    struct rows *rows = own_zero(sizeof(*rows));

    msgpack_sbuffer_init(&rows->text);
    self->work = rows;
    self->destroy_work = rows_destroy;
    return rows;
}

/* Takes the rows of a page. Returns the last chat of it, NULL when no page
 * comes after it; then the exchange has ended. */
static const struct chat *take_page(struct exchange *self, enum message_id type, const void *answer)
{
    const struct chats_found *found = answer;

    if (type != MESSAGE_chats_found) {
        exchange_failed(self, type, answer);
        return NULL;
    }
    for (size_t i = 0; i < found->chats.count; i++)
        if (!found->chats.items[i].is_with_bot)
            rows_add(self, self->work, &found->chats.items[i]);
    if (found->more && found->chats.count > 0)
        return &found->chats.items[found->chats.count - 1];
    answer_rows(self, self->work);
    return NULL;
}

/* ---- open chats ---- */

static void on_page(struct exchange *self, enum message_id type, const void *answer)
{
    const struct chat *last = take_page(self, type, answer);

    if (!last)
        return;
    struct chats_get *get = self->message;
    memcpy(get->after, last->id, UUID_SIZE);
    exchange_ask(self, on_page, ASK_MS);
}

void handle_active_chats(struct exchange *self)
{
    struct chats_get *get = self->message;

    (void)begin(self);
    get->limit = PAGE;
    exchange_ask(self, on_page, ASK_MS);
}

/* ---- ended chats ---- */

static int64_t next_limit(const struct rows *rows)
{
    size_t left = rows->most - rows->count;

    return (int64_t)(left < ENDED_PAGE ? left : ENDED_PAGE);
}

static void on_ended_page(struct exchange *self, enum message_id type, const void *answer)
{
    const struct chat *last = take_page(self, type, answer);

    if (!last)
        return;
    struct ended_get *get = self->message;
    get->limit = next_limit(self->work);
    if (get->limit == 0) {
        answer_rows(self, self->work);
        return;
    }
    memcpy(get->after, last->id, UUID_SIZE);
    get->after_ended = last->ended;
    exchange_ask(self, on_ended_page, ASK_MS);
}

void handle_ended_chats(struct exchange *self)
{
    struct ended_get *get = self->message;
    struct rows *rows = begin(self);

    rows->most = get->limit ? (size_t)get->limit : ENDED_MAX;
    get->limit = next_limit(rows);
    exchange_ask(self, on_ended_page, ASK_MS);
}
