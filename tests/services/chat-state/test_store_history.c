/* What a store knows of chats after their end: the list of them, labels,
 * notes, and what was said in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "own.h"
#include "stores.h"

static void clear(enum message_id type, void *message)
{
    message_clear(&message_types[type], message);
}

static void keep_ended(struct store *store, int64_t row, unsigned number, int64_t ended)
{
    const struct message_type *type = &message_types[MESSAGE_label];
    struct chat chat = {
        .status = own_copy("ENDED"), .created = 1, .updated = ended, .ended = ended};

    id_of(number, chat.id);
    message_set_text(type, list_append((struct list *)&chat.labels, type), "name", "tax, law");
    message_set_text(type, list_append((struct list *)&chat.labels, type), "name", "õ");
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_add_chat(store, row, &chat), 0);
    assert_int_equal(store_commit(store), 0);
    clear(MESSAGE_chat, &chat);
}

/* The first letters of the ids are compared with want, as decimal digits. */
static void check_ended(struct store *store, const struct store_ended *which, const char *want)
{
    struct chats_found found = {0};
    char got[20] = "";
    size_t size = 0;

    assert_int_equal(store_read_ended_chats(store, which, &found.chats), 0);
    for (size_t i = 0; i < found.chats.count; i++) {
        got[size++] = found.chats.items[i].id[7];
        assert_int_equal(found.chats.items[i].labels.count, 2);
        assert_string_equal(found.chats.items[i].labels.items[0].name, "tax, law");
        assert_string_equal(found.chats.items[i].labels.items[1].name, "õ");
    }
    assert_string_equal(got, want);
    clear(MESSAGE_chats_found, &found);
}

static void ended_chats_come_in_pages_the_last_to_end_first(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    char after[UUID_SIZE];

    keep_ended(store, 100, 1, 500);
    keep_ended(store, 101, 2, 700);
    keep_ended(store, 102, 3, 700); /* in the same millisecond */
    keep_ended(store, 103, 4, 600);
    keep_ended(store, 104, 4, 600); /* a version since its end */
    check_ended(store, &(struct store_ended){.after = "", .limit = 10}, "3241");
    check_ended(store, &(struct store_ended){.after = "", .limit = 2}, "32");
    check_ended(store, &(struct store_ended){.after = "", .from = 600, .limit = 10}, "324");
    check_ended(store, &(struct store_ended){.after = "", .to = 700, .limit = 10}, "41");
    id_of(3, after);
    check_ended(store,
                &(struct store_ended){.after = after, .after_ended = 700, .from = 600, .limit = 10},
                "24");
    id_of(4, after);
    check_ended(store, &(struct store_ended){.after = after, .after_ended = 600, .limit = 10}, "1");
}

static void an_open_chat_is_not_among_the_ended(void **state)
{
    struct testbed *bed = *state;

    testbed_open_chats(bed, 3);
    check_ended(bed->store, &(struct store_ended){.after = "", .limit = 10}, "");
}

static void the_newest_note_counts(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    struct comment comment = {.author_id = own_copy("EE1"), .created = 5}, got = {0};

    id_of(1, comment.chat_id);
    assert_int_equal(store_read_comment(store, comment.chat_id, &got), 0);
    assert_int_equal(store_begin(store), 0);
    own_replace(&comment.comment, "first");
    assert_int_equal(store_add_comment(store, 100, &comment), 0);
    own_replace(&comment.comment, "„õ“ ja veel");
    assert_int_equal(store_add_comment(store, 101, &comment), 0);
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(store_read_comment(store, comment.chat_id, &got), 1);
    assert_same(MESSAGE_comment, &got, &comment);
    struct store_head head;
    assert_int_equal(store_read_head(store, &head), 0);
    assert_int_equal(head.row, 101); /* row ids rise over all tables */
    clear(MESSAGE_comment, &got);
    clear(MESSAGE_comment, &comment);
}

static void keep_message(struct store *store, int64_t row, unsigned chat, const char *content)
{
    struct message message = {.content = own_copy(content), .author_role = own_copy("end-user")};

    id_of(chat, message.chat_id);
    id_of((unsigned)row, message.id);
    message.seq = message.created = message.updated = row;
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_add_message(store, row, &message), 0);
    assert_int_equal(store_commit(store), 0);
    clear(MESSAGE_message, &message);
}

static int64_t search(struct store *store, const char *words, int64_t before, int64_t limit,
                      const char *want)
{
    struct search_found found = {0};
    char got[20] = "";
    int64_t next = -1;

    const struct store_search which = {words, before, limit};
    assert_int_equal(store_search(store, &which, &found.matches, &next), 0);
    for (size_t i = 0; i < found.matches.count; i++)
        got[i] = found.matches.items[i].chat_id[7];
    assert_string_equal(got, want);
    clear(MESSAGE_search_found, &found);
    return next;
}

static void a_search_looks_at_the_newest_messages_part_by_part(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;

    keep_message(store, 101, 1, "TERE, KÕIK");
    keep_message(store, 102, 2, "ei midagi");
    keep_message(store, 103, 3, "tere kõigile");
    keep_message(store, 104, 1, "Tere kõik!");
    assert_int_equal(search(store, "tere kõi", 0, 10, "131"), 0);
    assert_int_equal(search(store, "kõik", 0, 10, "11"), 0);
    assert_int_equal(search(store, "tere", 0, 2, "13"), 103);
    assert_int_equal(search(store, "tere", 103, 2, "1"), 101);
    assert_int_equal(search(store, "tere", 101, 2, ""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(ended_chats_come_in_pages_the_last_to_end_first),
        ON_BOTH(an_open_chat_is_not_among_the_ended),
        ON_BOTH(the_newest_note_counts),
        ON_BOTH(a_search_looks_at_the_newest_messages_part_by_part),
    };

    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
