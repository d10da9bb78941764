/* active.c - cs-get-all-active-chats: chat-state gives the open chats in pages,
 * by id; the answer has them all, oldest first. */
#include <stdlib.h>
#include <string.h>

#include "handlers.h"
#include "own.h"
#include "view.h"

enum { PAGE = 1000 };

/* A row that is written already, in rows.text. */
struct row {
    int64_t created;
    size_t start, size;
};

struct rows {
    msgpack_sbuffer text;
    struct row *items;
    size_t count, capacity;
};

static void rows_destroy(void *work)
{
    struct rows *rows = work;

    msgpack_sbuffer_destroy(&rows->text);
    free(rows->items);
    free(rows);
}

static void rows_add(struct rows *rows, const struct chat *chat)
{
    size_t start = rows->text.size;

    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity * 2 + PAGE;
        rows->items = own_grow(rows->items, rows->capacity * sizeof(*rows->items));
    }
    view_chat_row(&rows->text, chat);
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

static void on_page(struct exchange *self, enum message_id type, const void *answer)
{
    const struct chats_found *found = answer;
    struct chats_get *get = self->message;

    if (type != MESSAGE_chats_found) {
        exchange_failed(self, type, answer);
        return;
    }
    for (size_t i = 0; i < found->chats.count; i++)
        rows_add(self->work, &found->chats.items[i]);
    if (!found->more || found->chats.count == 0) {
        answer_rows(self, self->work);
        return;
    }
    memcpy(get->after, found->chats.items[found->chats.count - 1].id, UUID_SIZE);
    exchange_ask(self, on_page, ASK_MS);
}

void handle_active_chats(struct exchange *self)
{
    struct chats_get *get = self->message;
    struct rows *rows = own_zero(sizeof(*rows));

    msgpack_sbuffer_init(&rows->text);
    self->work = rows;
    self->destroy_work = rows_destroy;
    get->limit = PAGE;
    exchange_ask(self, on_page, ASK_MS);
}
