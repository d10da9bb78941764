/* search.c - cs-get-chat-ids-matching-message-search: chat-state looks at the
 * messages in parts, newest first, so that it is never kept from its other
 * work for long; here the parts become one list. */
#include <czmq.h>

#include "handlers.h"
#include "own.h"
#include "view.h"

enum { PARTS_MAX = 50 }; /* of 2,000 message versions each */

struct search {
    zhashx_t *seen; /* chat ids; the values mean nothing */
    msgpack_sbuffer rows;
    int parts;
};

static void search_destroy(void *work)
{
    struct search *search = work;

    zhashx_destroy(&search->seen);
    msgpack_sbuffer_destroy(&search->rows);
    free(search);
}

const char value_matches[] = "[{\"chatId\":\"uuid\"}]";

static void take(struct search *search, const struct search_found *found)
{
    for (size_t i = 0; i < found->matches.count; i++) {
        const char *chat_id = found->matches.items[i].chat_id;
        if (zhashx_insert(search->seen, chat_id, search) == -1)
            continue; /* it is in the list already */
        answer_comma(&search->rows, zhashx_size(search->seen) - 1);
        view_text(&search->rows, "{\"chatId\":");
        view_string(&search->rows, chat_id);
        view_text(&search->rows, "}");
    }
}

static void on_part(struct exchange *self, enum message_id type, const void *answer)
{
    const struct search_found *found = answer;
    struct search *search = self->work;
    struct search_get *get = self->message;

    if (type != MESSAGE_search_found) {
        exchange_failed(self, type, answer);
        return;
    }
    take(search, found);
    if (found->next && ++search->parts < PARTS_MAX) {
        get->before = found->next;
        exchange_ask(self, on_part, ASK_MS);
        return;
    }
    view_text(&search->rows, "]");
    exchange_done(self, &search->rows);
}

void handle_search(struct exchange *self)
{
    struct search *search = own_zero(sizeof(*search));

    search->seen = zhashx_new();
    msgpack_sbuffer_init(&search->rows);
    view_text(&search->rows, "[");
    self->work = search;
    self->destroy_work = search_destroy;
    exchange_ask(self, on_part, ASK_MS);
}
