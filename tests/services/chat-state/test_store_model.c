/* Whatever is written in whatever order, the store answers as a model does
 * that keeps every row in an array and looks through all of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "sample.h"
#include "stores.h"

enum { CHATS = 5, ROWS = 200, ROUNDS = 6 };

static struct chat chats[ROWS];
static struct message messages[ROWS];
static size_t chat_count, message_count;
static int64_t last_row, last_seq;
static unsigned random_state;

static unsigned pick(unsigned below)
{
    random_state = random_state * 1103515245 + 12345;
    return (random_state >> 16) % below;
}

static const char *const events[] = {
    "",
    "",
    "",
    "rating",
    "requested-chat-forward",
    "message-read",
    "ask-permission",
    "contact-information-fulfilled",
};

static const struct chat *newest_chat(const char *id)
{
    for (size_t i = chat_count; i-- > 0;)
        if (strcmp(chats[i].id, id) == 0)
            return &chats[i];
    return NULL;
}

/* ---- writing to both ---- */

static void write_chat(struct store *store, const char *id)
{
    struct chat *chat = &chats[chat_count++];

    sample_fill(&message_types[MESSAGE_chat], chat, (unsigned)last_row * 100);
    chat->is_with_bot = chat->was_with_bot = false; /* no field of its row */
    snprintf(chat->id, UUID_SIZE, "%s", id);
    chat->seq = ++last_seq;
    chat->ended = pick(4) ? 0 : 77;
    assert_int_equal(store_add_chat(store, ++last_row, chat), 0);
}

/* A new message, or a new version of one that is there. */
static void write_message(struct store *store, const char *chat_id)
{
    bool again = message_count && pick(3) == 0;
    struct message old = again ? messages[pick((unsigned)message_count)] : (struct message){0};
    struct message *message = &messages[message_count++];

    sample_fill(&message_types[MESSAGE_message], message, (unsigned)last_row * 100);
    message->seq = ++last_seq;
    message->created = message->updated = 1000 + last_seq;
    memcpy(message->chat_id, again ? old.chat_id : chat_id, UUID_SIZE);
    if (again) {
        memcpy(message->id, old.id, UUID_SIZE);
        message->created = old.created;
    }
    own_replace(&message->event, events[pick(sizeof(events) / sizeof(events[0]))]);
    assert_int_equal(store_add_message(store, ++last_row, message), 0);
}

static void write_rows(struct store *store, const char ids[CHATS][UUID_SIZE])
{
    for (size_t written = 0; written < ROWS - 10;) {
        bool keeps = pick(5);
        size_t group = written + 1 + pick(6);
        size_t chats_before = chat_count, messages_before = message_count;
        assert_int_equal(store_begin(store), 0);
        for (; written < group; written++)
            (pick(3) ? write_message : write_chat)(store, ids[pick(CHATS)]);
        if (keeps) {
            assert_int_equal(store_commit(store), 0);
            continue;
        }
        store_rollback(store);
        while (chat_count > chats_before)
            message_clear(&message_types[MESSAGE_chat], &chats[--chat_count]);
        while (message_count > messages_before)
            message_clear(&message_types[MESSAGE_message], &messages[--message_count]);
    }
}

/* ---- what the model says ---- */

static bool counts_as_last(const struct message *message)
{
    return strcmp(message->event, "rating") != 0 &&
           strcmp(message->event, "requested-chat-forward") != 0 &&
           strcmp(message->event, "message-read") != 0;
}

static void fill_in(struct chat *chat)
{
    own_replace(&chat->last_message, "");
    own_replace(&chat->contacts_message, "");
    own_replace(&chat->last_message_event, "");
    chat->last_message_timestamp = 0;
    for (size_t i = 0; i < message_count; i++) {
        const struct message *message = &messages[i];
        if (strcmp(message->chat_id, chat->id) != 0)
            continue;
        chat->seq = message->seq > chat->seq ? message->seq : chat->seq;
        chat->updated = message->updated > chat->updated ? message->updated : chat->updated;
        if (counts_as_last(message)) {
            own_replace(&chat->last_message, message->content);
            chat->last_message_timestamp = message->author_timestamp;
        }
        if (strcmp(message->event, "contact-information-fulfilled") == 0)
            own_replace(&chat->contacts_message, message->content);
        if (*message->event)
            own_replace(&chat->last_message_event, message->event);
    }
}

static bool is_newest(size_t place)
{
    for (size_t i = place + 1; i < message_count; i++)
        if (strcmp(messages[i].id, messages[place].id) == 0)
            return false;
    return true;
}

/* ---- comparing ---- */

static void check_chat(struct store *store, const char *id, size_t *open)
{
    const struct chat *newest = newest_chat(id);
    struct chat got, want;

    assert_int_equal(store_read_chat(store, id, &got), newest != NULL);
    if (!newest)
        return;
    message_copy(&message_types[MESSAGE_chat], &want, newest);
    fill_in(&want);
    assert_same(MESSAGE_chat, &got, &want);
    *open += want.ended == 0;
    message_clear(&message_types[MESSAGE_chat], &got);
    message_clear(&message_types[MESSAGE_chat], &want);
}

static void check_open(struct store *store, size_t want)
{
    struct chats_found found = {0};

    assert_int_equal(store_read_open_chats(store, "", 100, &found.chats), 0);
    assert_int_equal(found.chats.count, want);
    for (size_t i = 0; i < found.chats.count; i++) {
        struct chat chat;
        assert_int_equal(found.chats.items[i].ended, 0);
        assert_int_equal(store_read_chat(store, found.chats.items[i].id, &chat), 1);
        assert_same(MESSAGE_chat, &found.chats.items[i], &chat);
        message_clear(&message_types[MESSAGE_chat], &chat);
    }
    message_clear(&message_types[MESSAGE_chats_found], &found);
}

static bool is_within(const struct message *message, int64_t after, int64_t after_seq)
{
    if (!after && !after_seq)
        return true;
    return (after && message->updated > after) || (after_seq && message->seq > after_seq);
}

static void check_messages(struct store *store, const char *chat_id, int64_t after,
                           int64_t after_seq)
{
    struct messages_found found = {0};
    size_t want = 0;

    assert_int_equal(store_read_messages(store, chat_id, after, after_seq, &found.messages), 0);
    for (size_t i = 0; i < message_count; i++) {
        const struct message *message = &messages[i];
        if (strcmp(message->chat_id, chat_id) != 0 || !is_newest(i) ||
            !is_within(message, after, after_seq))
            continue;
        want++;
        size_t g = 0;
        while (g < found.messages.count && strcmp(found.messages.items[g].id, message->id) != 0)
            g++;
        assert_true(g < found.messages.count);
        assert_same(MESSAGE_message, &found.messages.items[g], message);
    }
    assert_int_equal(found.messages.count, want);
    for (size_t i = 1; i < found.messages.count; i++)
        assert_true(found.messages.items[i - 1].created <= found.messages.items[i].created);
    message_clear(&message_types[MESSAGE_messages_found], &found);
}

static void check_all(struct store *store, const char ids[CHATS][UUID_SIZE])
{
    size_t open = 0;

    for (int i = 0; i < CHATS; i++) {
        check_chat(store, ids[i], &open);
        check_messages(store, ids[i], 0, 0);
        for (int round = 0; round < 10; round++)
            check_messages(store, ids[i], pick(3) ? 1000 + pick((unsigned)last_seq) : 0,
                           pick(3) ? pick((unsigned)last_seq) : 0);
    }
    check_open(store, open);
}

static void forget_all(void)
{
    while (chat_count)
        message_clear(&message_types[MESSAGE_chat], &chats[--chat_count]);
    while (message_count)
        message_clear(&message_types[MESSAGE_message], &messages[--message_count]);
    last_row = 100;
    last_seq = 0;
}

static void the_store_answers_as_the_model_does(void **state)
{
    struct testbed *bed = *state;
    char ids[CHATS][UUID_SIZE];

    for (unsigned seed = 1; seed <= ROUNDS; seed++) {
        random_state = seed;
        forget_all();
        for (unsigned i = 0; i < CHATS; i++)
            snprintf(ids[i], UUID_SIZE, "%08x-0000-4000-8000-00000000abcd", 97 * i * seed);
        testbed_renew(bed);
        bed->store = testbed_open(bed);
        assert_int_equal(store_lock(bed->store), 1);
        assert_int_equal(store_migrate(bed->store, 0), 0);
        write_rows(bed->store, ids);
        check_all(bed->store, ids);
    }
    forget_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {ON_BOTH(the_store_answers_as_the_model_does)};

    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
