#include "names.h"
#include "store_db.h"
#include "words.h"

static void on_chat(void *to, const struct db_row *row)
{
    struct record_reader *reader = to;
    struct list *chats = reader->list;

    record_on_row(reader, row);
    struct chat *chat = &((struct chat *)chats->items)[chats->count - 1];
    names_split(row_text(row, "labels"), '\n', (struct list *)&chat->labels, MESSAGE_label);
}

int store_query_chats(struct store *self, enum statement statement, const struct db_values *values,
                      struct list *chats)
{
    struct record_reader reader = {.record = MESSAGE_chat, .list = chats};

    return store_query(self, statement, values, on_chat, &reader);
}

int store_read_ended_chats(struct store *self, const struct store_ended *which,
                           struct chat_list *chats)
{
    int64_t to = which->to ? which->to : INT64_MAX;
    int64_t last = which->after_ended ? which->after_ended : INT64_MAX;
    struct db_values values = {5,
                               {db_number(which->from), db_number(last < to ? last + 1 : to),
                                db_number(last), db_text(which->after), db_number(which->limit)}};

    return store_query_chats(self, SQL_read_ended_chats, &values, (struct list *)chats);
}

struct part {
    const char *words;
    struct match_list *matches;
    int64_t count, last; /* rows so far, and the last one */
};

static void on_content(void *to, const struct db_row *row)
{
    struct part *self = to;
    const struct message_type *type = &message_types[MESSAGE_match];

    self->count++;
    self->last = row_number(row, "row_id");
    if (words_are_in(self->words, row_text(row, "content")))
        message_set_text(type, list_append((struct list *)self->matches, type), "chat_id",
                         row_text(row, "chat_base_id"));
}

int store_search(struct store *self, const struct store_search *search, struct match_list *matches,
                 int64_t *next)
{
    struct db_values values = {
        2, {db_number(search->before ? search->before : INT64_MAX), db_number(search->limit)}};
    struct part part = {.words = search->words, .matches = matches};

    if (store_query(self, SQL_read_contents, &values, on_content, &part) < 0)
        return -1;
    *next = part.count == search->limit ? part.last : 0;
    return 0;
}

int store_read_comment(struct store *self, const char *chat_id, struct comment *comment)
{
    const struct message_type *type = &message_types[MESSAGE_comment];
    struct db_values values = {1, {db_text(chat_id)}};
    struct comment_found found = {0};
    int result = store_query_list(self, SQL_read_comment, &values, MESSAGE_comment,
                                  (struct list *)&found.comment);

    if (result == 0 && found.comment.count > 0) {
        message_copy(type, comment, found.comment.items);
        result = 1;
    }
    message_clear(&message_types[MESSAGE_comment_found], &found);
    return result;
}
