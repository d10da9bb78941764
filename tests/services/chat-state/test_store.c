/* What is stored comes back, on SQLite and on PostgreSQL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "configuration.h"
#include "json.h"
#include "own.h"
#include "sample.h"
#include "stores.h"
#include "uuid.h"

static void clear(enum message_id id, void *self)
{
    message_clear(&message_types[id], self);
}

/* A chat without what the store finds out by itself. */
static struct chat make_chat(unsigned seed)
{
    struct chat chat;

    sample_fill(&message_types[MESSAGE_chat], &chat, seed);
    chat.is_with_bot = chat.was_with_bot = false; /* this is no field of its row */
    own_replace(&chat.last_message, "");
    own_replace(&chat.contacts_message, "");
    own_replace(&chat.last_message_event, "");
    chat.last_message_timestamp = 0;
    return chat;
}

static struct message make_message(const char *chat_id, const char *content, const char *event)
{
    struct message message;
    static unsigned seed = 1000;

    sample_fill(&message_types[MESSAGE_message], &message, seed += 100);
    snprintf(message.chat_id, UUID_SIZE, "%s", chat_id);
    own_replace(&message.content, content);
    own_replace(&message.event, event);
    return message;
}

static void keep_chat(struct store *store, int64_t row, const struct chat *chat)
{
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_add_chat(store, row, chat), 0);
    assert_int_equal(store_commit(store), 0);
}

static void keep_message(struct store *store, int64_t row, const struct message *message)
{
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_add_message(store, row, message), 0);
    assert_int_equal(store_commit(store), 0);
}

/* ---- round trips ---- */

static void every_field_of_a_chat_comes_back(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;

    for (unsigned i = 0; i < 50; i++) {
        struct chat chat = make_chat(100 * i);
        struct chat got;
        if (i % 2)
            chat.ended = 0;
        keep_chat(store, 100 + i, &chat);
        assert_int_equal(store_read_chat(store, chat.id, &got), 1);
        assert_same(MESSAGE_chat, &got, &chat);
        clear(MESSAGE_chat, &got);
        clear(MESSAGE_chat, &chat);
    }
}

static void every_field_of_a_message_comes_back(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;

    for (unsigned i = 0; i < 50; i++) {
        struct message message;
        struct messages_found found = {0};
        sample_fill(&message_types[MESSAGE_message], &message, 100 * i);
        keep_message(store, 100 + i, &message);
        assert_int_equal(store_read_messages(store, message.chat_id, 0, 0, &found.messages), 0);
        assert_int_equal(found.messages.count, 1);
        assert_same(MESSAGE_message, &found.messages.items[0], &message);
        clear(MESSAGE_messages_found, &found);
        clear(MESSAGE_message, &message);
    }
}

static void every_field_of_an_event_comes_back(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;

    for (unsigned i = 1; i <= 50; i++) {
        struct event event;
        struct events_found found = {0};
        sample_fill(&message_types[MESSAGE_event], &event, 100 * i);
        event.seq = i;
        assert_int_equal(store_begin(store), 0);
        assert_int_equal(store_add_event(store, &event, "", ""), 0);
        assert_int_equal(store_commit(store), 0);
        assert_int_equal(store_read_events(store, "", i - 1, 10, &found.events), 0);
        assert_int_equal(found.events.count, 1);
        assert_same(MESSAGE_event, &found.events.items[0], &event);
        clear(MESSAGE_events_found, &found);
        clear(MESSAGE_event, &event);
    }
}

static void keep_account(struct store *store, int64_t row, const struct account *account)
{
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_add_account(store, row, account, 5), 0);
    assert_int_equal(store_add_presence(store, row, account, 5), 0);
    assert_int_equal(store_commit(store), 0);
}

static void every_field_of_an_account_comes_back(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;

    for (unsigned i = 1; i <= 20; i++) {
        struct account account, got;
        sample_fill(&message_types[MESSAGE_account], &account, 100 * i);
        keep_account(store, 100 + i, &account);
        assert_int_equal(store_read_account(store, account.login, "", &got), 1);
        assert_same(MESSAGE_account, &got, &account);
        clear(MESSAGE_account, &got);
        assert_int_equal(store_read_account(store, "", account.id_code, &got), 1);
        assert_same(MESSAGE_account, &got, &account);
        clear(MESSAGE_account, &got);
        clear(MESSAGE_account, &account);
    }
}

/* The longest content of the longest characters, and what looks like SQL. */
static void content_is_kept_whole(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    char emoji[3000 * 4 + 1] = "";
    char chat_id[UUID_SIZE];
    const char *contents[] = {emoji, "'); DROP TABLE chat; --", "$1 ?1 :a @b %s \\ \\0", " "};

    for (size_t i = 0; i < sizeof(emoji) - 1; i++)
        emoji[i] = "\xf0\x9f\x99\x82"[i % 4];
    uuid_make(chat_id);
    for (int i = 0; i < 4; i++) {
        struct message message = make_message(chat_id, contents[i], "");
        message.created = i;
        keep_message(store, 100 + i, &message);
        clear(MESSAGE_message, &message);
    }
    struct messages_found found = {0};
    assert_int_equal(store_read_messages(store, chat_id, 0, 0, &found.messages), 0);
    assert_int_equal(found.messages.count, 4);
    for (int i = 0; i < 4; i++)
        assert_string_equal(found.messages.items[i].content, contents[i]);
    clear(MESSAGE_messages_found, &found);
    int64_t versions, characters;
    assert_int_equal(store_read_chat_size(store, chat_id, &versions, &characters), 0);
    assert_int_equal(versions, 4);
    assert_int_equal(characters, 3000 + strlen(contents[1]) + strlen(contents[2]) + 1);
}

/* ---- chats ---- */

static void a_chat_that_is_not_there_is_not_found(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    struct chat chat;
    struct account account;
    struct remembered command;
    int64_t versions, characters;

    assert_int_equal(store_read_chat(store, "nothing", &chat), 0);
    assert_int_equal(store_read_account(store, "nobody", "", &account), 0);
    assert_int_equal(store_read_account(store, "", "nobody", &account), 0);
    assert_int_equal(store_read_command(store, "none", &command), 0);
    assert_int_equal(store_read_chat_size(store, "nothing", &versions, &characters), 0);
    assert_int_equal(versions, 0);
    assert_int_equal(characters, 0);
}

static void the_greatest_row_is_the_newest_version(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    struct chat chat = make_chat(7);
    struct chat got;

    own_replace(&chat.status, "OPEN");
    keep_chat(store, 300, &chat);
    own_replace(&chat.status, "ENDED");
    keep_chat(store, 200, &chat);
    assert_int_equal(store_read_chat(store, chat.id, &got), 1);
    assert_string_equal(got.status, "OPEN");
    clear(MESSAGE_chat, &got);
    clear(MESSAGE_chat, &chat);
}

static void an_older_message_row_is_hidden_by_its_newer_version(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    struct message message = make_message("22222222-2222-4222-8222-222222222222", "one", "");
    struct messages_found found = {0};

    keep_message(store, 300, &message);
    own_replace(&message.content, "two");
    message.updated++;
    keep_message(store, 301, &message);
    assert_int_equal(store_read_messages(store, message.chat_id, 0, 0, &found.messages), 0);
    assert_int_equal(found.messages.count, 1);
    assert_string_equal(found.messages.items[0].content, "two");
    clear(MESSAGE_messages_found, &found);
    clear(MESSAGE_message, &message);
}

static void assert_message(struct store *store, const char *chat_id, const char *id,
                           const char *event)
{
    struct message got = {0};

    assert_int_equal(store_read_message(store, chat_id, id, &got), event != NULL);
    if (event)
        assert_string_equal(got.event, event);
    clear(MESSAGE_message, &got);
}

static void a_message_is_found_in_its_chat_and_a_question_by_its_id_alone(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    const char *nobody = "99999999-9999-4999-8999-999999999999";
    struct message text = make_message("22222222-2222-4222-8222-222222222222", "one", "");
    struct message question =
        make_message("33333333-3333-4333-8333-333333333333", "", "ask-permission");

    keep_message(store, 300, &text);
    keep_message(store, 301, &question);
    assert_message(store, text.chat_id, text.id, "");
    assert_message(store, "", text.id, NULL);
    assert_message(store, nobody, text.id, NULL);
    assert_message(store, text.chat_id, nobody, NULL);
    assert_message(store, "", question.id, "ask-permission");
    own_replace(&question.event, "ask-permission-accepted");
    question.seq++;
    keep_message(store, 302, &question);
    assert_message(store, "", question.id, "ask-permission-accepted");
    assert_message(store, question.chat_id, question.id, "ask-permission-accepted");
    assert_message(store, nobody, question.id, NULL);
    clear(MESSAGE_message, &text);
    clear(MESSAGE_message, &question);
}

static const struct {
    const char *name;
    const char *messages[5][2]; /* content, event; oldest first */
    const char *last, *contacts, *event;
} last_messages[] = {
    {"no message", {{0}}, "", "", ""},
    {"text", {{"a", ""}, {"b", ""}}, "b", "", ""},
    {"receipts do not count",
     {{"a", ""}, {"message-read", "message-read"}},
     "a",
     "",
     "message-read"},
    {"nor do ratings and requests",
     {{"a", ""}, {"5", "rating"}, {"b", "requested-chat-forward"}},
     "a",
     "",
     "requested-chat-forward"},
    {"other events do", {{"a", ""}, {"", "ask-permission"}}, "", "", "ask-permission"},
    {"only receipts", {{"x", "message-read"}}, "", "", "message-read"},
    {"contacts are remembered",
     {{"1", "contact-information-fulfilled"},
      {"2", "contact-information-fulfilled"},
      {"c", ""},
      {"r", "message-read"}},
     "c",
     "2",
     "message-read"},
};

static void check_last_message(struct store *store, size_t i, int64_t timestamp,
                               const char *chat_id)
{
    struct chat got;

    assert_int_equal(store_read_chat(store, chat_id, &got), 1);
    if (strcmp(got.last_message, last_messages[i].last) != 0 ||
        strcmp(got.contacts_message, last_messages[i].contacts) != 0 ||
        strcmp(got.last_message_event, last_messages[i].event) != 0)
        fail_msg("%s: %s, %s, %s", last_messages[i].name, got.last_message, got.contacts_message,
                 got.last_message_event);
    assert_int_equal(got.last_message_timestamp, timestamp);
    struct chats_found found = {0};
    assert_int_equal(store_read_open_chats(store, "", 100, &found.chats), 0);
    assert_int_equal(found.chats.count, i + 1);
    for (size_t c = 0; c < found.chats.count; c++)
        if (strcmp(found.chats.items[c].id, chat_id) == 0)
            assert_same(MESSAGE_chat, &found.chats.items[c], &got);
    clear(MESSAGE_chats_found, &found);
    clear(MESSAGE_chat, &got);
}

static void the_last_message_is_the_newest_that_counts(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    int64_t row = 100;

    for (size_t i = 0; i < sizeof(last_messages) / sizeof(last_messages[0]); i++) {
        struct chat chat = make_chat(100 + (unsigned)i * 100);
        int64_t timestamp = 0;
        chat.ended = 0;
        keep_chat(store, row++, &chat);
        for (int m = 0; m < 5 && last_messages[i].messages[m][0]; m++) {
            struct message message = make_message(chat.id, last_messages[i].messages[m][0],
                                                  last_messages[i].messages[m][1]);
            keep_message(store, row++, &message);
            if (strcmp(message.content, last_messages[i].last) == 0)
                timestamp = message.author_timestamp;
            clear(MESSAGE_message, &message);
        }
        check_last_message(store, i, timestamp, chat.id);
        clear(MESSAGE_chat, &chat);
    }
}

static void open_chats_come_in_pages_until_they_end(void **state)
{
    struct testbed *bed = *state;
    struct chat chats[7];
    struct chats_found found = {0};
    char after[UUID_SIZE] = "";

    for (unsigned i = 0; i < 7; i++) {
        chats[i] = make_chat(1000 - i * 100); /* their ids fall */
        chats[i].ended = 0;
        keep_chat(bed->store, 100 + i, &chats[i]);
        keep_chat(bed->store, 200 + i, &chats[i]);
    }
    chats[3].ended = 5;
    keep_chat(bed->store, 300, &chats[3]);
    keep_chat(bed->store, 301, &chats[3]);
    for (int page = 0; page < 4; page++) {
        size_t before = found.chats.count;
        assert_int_equal(store_read_open_chats(bed->store, after, 2, &found.chats), 0);
        assert_int_equal(found.chats.count - before, page < 3 ? 2 : 0);
        memcpy(after, found.chats.items[found.chats.count - 1].id, UUID_SIZE);
    }
    for (size_t i = 0, c = 7; i < 6; i++) {
        if (--c == 3)
            c--;
        assert_string_equal(found.chats.items[i].id, chats[c].id);
    }
    assert_int_equal(testbed_count(bed, "SELECT COUNT(*) FROM open_chat"), 6);
    clear(MESSAGE_chats_found, &found);
    for (int i = 0; i < 7; i++)
        clear(MESSAGE_chat, &chats[i]);
}

/* ---- messages, events, waits ---- */

static void check_bounds(struct store *store, const char *chat_id, int64_t after, int64_t after_seq,
                         const char *want)
{
    struct messages_found found = {0};
    char got[20] = "";
    size_t size = 0;

    assert_int_equal(store_read_messages(store, chat_id, after, after_seq, &found.messages), 0);
    for (size_t i = 0; i < found.messages.count; i++)
        got[size++] = *found.messages.items[i].content;
    if (strcmp(got, want) != 0)
        fail_msg("updated > %d or seq > %d: %s, want %s", (int)after, (int)after_seq, got, want);
    clear(MESSAGE_messages_found, &found);
}

static void messages_are_bounded_by_time_or_event(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    static const char id[] = "11111111-1111-4111-8111-111111111111";
    struct message messages[5];

    for (int i = 0; i < 5; i++) {
        char content[2] = {(char)('a' + i), 0};
        messages[i] = make_message(id, content, "");
        messages[i].created = messages[i].updated = 1000 + 10 * i;
        messages[i].seq = 10 + i;
        keep_message(store, 100 + i, &messages[i]);
    }
    messages[1].updated = 2000; /* b again, later */
    messages[1].seq = 20;
    keep_message(store, 200, &messages[1]);
    check_bounds(store, id, 0, 0, "abcde");
    check_bounds(store, id, 1029, 0, "bde");
    check_bounds(store, id, 1030, 0, "be");
    check_bounds(store, id, 0, 13, "be");
    check_bounds(store, id, 1999, 13, "be");
    check_bounds(store, id, 1029, 20, "bde");
    check_bounds(store, id, 2000, 0, "");
    check_bounds(store, id, 2000, 20, "");
    check_bounds(store, "11111111-1111-4111-8111-111111111112", 0, 0, "");
    for (int i = 0; i < 5; i++)
        clear(MESSAGE_message, &messages[i]);
}

static void keep_events(struct store *store, const char chat_ids[2][UUID_SIZE])
{
    assert_int_equal(store_begin(store), 0);
    for (int64_t seq = 1; seq <= 30; seq++) {
        struct event event = {.seq = seq, .at = seq, .kind = own_copy("token.revoked")};
        if (seq % 3) {
            struct message message = make_message(chat_ids[seq % 3 - 1], "x", "");
            own_replace(&event.kind, "message.posted");
            memcpy(list_append((struct list *)&event.message, &message_types[MESSAGE_message]),
                   &message, sizeof(message));
        }
        assert_int_equal(store_add_event(store, &event, "", ""), 0);
        clear(MESSAGE_event, &event);
    }
    assert_int_equal(store_commit(store), 0);
}

static void events_are_read_by_range_and_by_chat(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    char chat_ids[2][UUID_SIZE];
    struct events_found all = {0}, some = {0};
    struct store_head head;

    uuid_make(chat_ids[0]);
    uuid_make(chat_ids[1]);
    keep_events(store, chat_ids);
    assert_int_equal(store_read_events(store, "", 7, 5, &all.events), 0);
    assert_int_equal(all.events.count, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(all.events.items[i].seq, 8 + i);
    assert_int_equal(store_read_events(store, chat_ids[1], 7, 100, &some.events), 0);
    assert_int_equal(some.events.count, 8);
    for (int i = 0; i < 8; i++)
        assert_int_equal(some.events.items[i].seq, 8 + 3 * i);
    assert_int_equal(store_read_events(store, chat_ids[1], 29, 100, &some.events), 0);
    assert_int_equal(some.events.count, 8);
    assert_int_equal(store_read_head(store, &head), 0);
    assert_int_equal(head.seq, 30);
    assert_int_equal(head.first_seq, 1);
    clear(MESSAGE_events_found, &all);
    clear(MESSAGE_events_found, &some);
}

/* One version of a chat, by whom it is had. */
static void keep_owner(struct store *store, struct chat *chat, const char *owner, int64_t updated)
{
    static int64_t row = 1000;

    own_replace(&chat->customer_support_id, owner);
    chat->created = 1000;
    chat->updated = updated;
    keep_chat(store, ++row, chat);
}

/* Its end user waited for an agent, but not since the chat was opened. */
static void what_a_bot_had_first_is_no_wait_and_is_known_by_that(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    struct chat bots = make_chat(100), peoples = make_chat(200);
    struct waits_found waits = {0};
    struct chats_found open = {0};

    bots.ended = peoples.ended = 0;
    keep_owner(store, &peoples, "", 1000);
    keep_owner(store, &bots, "bot", 1000);
    keep_owner(store, &bots, "", 2000);
    assert_int_equal(store_read_open_chats(store, "", 10, &open.chats), 0);
    assert_int_equal(open.chats.count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(open.chats.items[i].was_with_bot,
                         strcmp(open.chats.items[i].id, bots.id) == 0);
    keep_owner(store, &bots, "EE1", 3000);
    assert_int_equal(store_read_waits(store, 10, &waits.waits), 0);
    assert_int_equal(waits.waits.count, 0);
    clear(MESSAGE_waits_found, &waits);
    clear(MESSAGE_chats_found, &open);
    clear(MESSAGE_chat, &bots);
    clear(MESSAGE_chat, &peoples);
}

static void waits_are_from_creation_to_the_first_owner(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    struct chat one = make_chat(100), two = make_chat(200), never = make_chat(300);
    struct waits_found found = {0};

    keep_owner(store, &one, "", 1000);
    keep_owner(store, &two, "", 1000);
    keep_owner(store, &never, "", 1000);
    keep_owner(store, &two, "EE1", 1500);
    keep_owner(store, &one, "EE1", 4000);
    keep_owner(store, &one, "EE2", 5000);
    keep_owner(store, &two, "EE1", 6000);
    keep_owner(store, &never, "", 7000);
    assert_int_equal(store_read_waits(store, 10, &found.waits), 0);
    assert_int_equal(found.waits.count, 2);
    assert_int_equal(found.waits.items[0].milliseconds, 3000);
    assert_int_equal(found.waits.items[1].milliseconds, 500);
    assert_int_equal(store_read_waits(store, 1, &found.waits), 0);
    assert_int_equal(found.waits.count, 3);
    assert_int_equal(found.waits.items[2].milliseconds, 3000);
    clear(MESSAGE_waits_found, &found);
    clear(MESSAGE_chat, &one);
    clear(MESSAGE_chat, &two);
    clear(MESSAGE_chat, &never);
}

/* ---- accounts, tokens, commands ---- */

static void an_account_is_its_newest_version(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    struct account account, got;

    sample_fill(&message_types[MESSAGE_account], &account, 1);
    own_replace(&account.login, "before");
    keep_account(store, 100, &account);
    own_replace(&account.login, "after");
    own_replace(&account.roles.items[0].name, "ROLE_ANALYST");
    keep_account(store, 101, &account);
    account.presence_active = false;
    own_replace(&account.presence_status, "offline");
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_add_presence(store, 102, &account, 6), 0);
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(store_read_account(store, "before", "", &got), 0);
    assert_int_equal(store_read_account(store, "after", "", &got), 1);
    assert_same(MESSAGE_account, &got, &account);
    clear(MESSAGE_account, &got);
    clear(MESSAGE_account, &account);
}

static void keep_roles(struct store *store, int64_t row, const char *id_code, const char *role)
{
    struct account account = {.id_code = own_copy(id_code), .login = own_copy(id_code)};

    if (*role)
        ((struct role *)list_append((struct list *)&account.roles, &message_types[MESSAGE_role]))
            ->name = own_copy(role);
    keep_account(store, row, &account);
    clear(MESSAGE_account, &account);
}

static void a_deleted_account_is_not_found_and_comes_back_when_it_is_added(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    struct account account, got;

    sample_fill(&message_types[MESSAGE_account], &account, 100);
    keep_account(store, 100, &account);
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_delete_account(store, 101, &account, 6), 0);
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(store_read_account(store, account.login, "", &got), 0);
    assert_int_equal(store_read_account(store, "", account.id_code, &got), 0);
    keep_account(store, 102, &account);
    assert_int_equal(store_read_account(store, "", account.id_code, &got), 1);
    clear(MESSAGE_account, &got);
    clear(MESSAGE_account, &account);
}

static void the_newest_settings_of_each_agent_come_back(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    struct store_head head;
    struct profile_list profiles = {0};
    struct profile profile;

    assert_int_equal(store_begin(store), 0);
    for (unsigned i = 1; i <= 3; i++) {
        sample_fill(&message_types[MESSAGE_profile], &profile, 100 * i);
        own_replace(&profile.id_code, "EE1");
        assert_int_equal(store_add_profile(store, 1000 + i, &profile, 5), 0);
        if (i < 3)
            clear(MESSAGE_profile, &profile);
    }
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(store_read_profiles(store, "", 10, &profiles), 0);
    assert_int_equal(profiles.count, 1);
    assert_same(MESSAGE_profile, &profiles.items[0], &profile);
    assert_int_equal(store_read_head(store, &head), 0);
    assert_int_equal(head.row, 1003);
    clear(MESSAGE_profile, &profiles.items[0]);
    clear(MESSAGE_profile, &profile);
    free(profiles.items);
}

static void keep_setting(struct store *store, int64_t id, const char *key, const char *value)
{
    struct setting_version version = {.id = id,
                                      .key = own_copy(key),
                                      .value = own_copy(value ? value : ""),
                                      .deleted = !value,
                                      .created = id};

    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_add_setting(store, &version), 0);
    assert_int_equal(store_commit(store), 0);
    clear(MESSAGE_setting_version, &version);
}

/* Returns what is the newest of all in a new store. */
static struct configuration read_settings(struct store *store)
{
    struct settings_found found = {0};
    struct configuration configuration = {0};

    assert_int_equal(store_read_settings(store, &found.settings), 0);
    configuration_take_all(&configuration, &found.settings);
    clear(MESSAGE_settings_found, &found);
    return configuration;
}

static void the_configuration_is_the_newest_version_of_each_key(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;

    keep_setting(store, 20, "widgetColor", "red");
    keep_setting(store, 21, "session_length", "60");
    keep_setting(store, 22, "widgetColor", "Küla \"sinine\"");
    keep_setting(store, 23, "session_length", NULL);
    struct configuration configuration = read_settings(store);
    const struct setting_version *color =
        configuration_get(&configuration, CONFIGURATION_widgetColor);
    assert_int_equal(color->id, 22);
    assert_int_equal(color->created, 22);
    assert_string_equal(color->value, "Küla \"sinine\"");
    assert_null(configuration_get(&configuration, CONFIGURATION_session_length));
    assert_int_equal(configuration_seq(&configuration), 23);
    configuration_clear(&configuration);
}

/* The migration has its own copy of them, as a migration never changes. */
static void a_new_database_has_the_defaults_of_the_keys(void **state)
{
    struct configuration configuration = read_settings(((struct testbed *)*state)->store);
    int count = 0;

    for (int i = 0; i < CONFIGURATION_COUNT; i++) {
        const struct setting_version *version =
            configuration_get(&configuration, (enum configuration_id)i);
        if (!version)
            continue;
        count++;
        assert_string_equal(version->value, configuration_keys[i].fallback);
    }
    assert_int_equal(count, 9);
    configuration_clear(&configuration);
}

static void accounts_come_in_pages_with_their_newest_roles(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    struct agents_found found = {0};
    const struct account_list *accounts = &found.agents;

    keep_roles(store, 100, "EE2", "ROLE_ANALYST");
    keep_roles(store, 101, "EE3", "ROLE_ANALYST");
    keep_roles(store, 102, "EE1", "");
    keep_roles(store, 103, "EE2", "ROLE_ADMINISTRATOR");
    assert_int_equal(store_read_accounts(store, "", 2, &found.agents), 0);
    assert_int_equal(accounts->count, 2);
    assert_int_equal(store_read_accounts(store, accounts->items[1].id_code, 2, &found.agents), 0);
    assert_int_equal(accounts->count, 3);
    assert_string_equal(accounts->items[0].id_code, "EE1");
    assert_int_equal(accounts->items[0].roles.count, 0);
    assert_string_equal(accounts->items[1].id_code, "EE2");
    assert_int_equal(accounts->items[1].roles.count, 1);
    assert_string_equal(accounts->items[1].roles.items[0].name, "ROLE_ADMINISTRATOR");
    assert_string_equal(accounts->items[2].id_code, "EE3");
    assert_null(accounts->items[2].password_hash);
    clear(MESSAGE_agents_found, &found);
}

static void a_deleted_account_is_not_found(void **state)
{
    struct testbed *bed = *state;
    struct account account, got;

    sample_fill(&message_types[MESSAGE_account], &account, 1);
    keep_account(bed->store, 100, &account);
    free(testbed_ask(bed, "INSERT INTO \"user\" (id, id_code, login, password_hash, first_name,"
                          " last_name, display_name, csa_title, csa_email, status, created)"
                          " SELECT 101, id_code, login, '', '', '', '', '', '', 'deleted', 6"
                          " FROM \"user\""));
    assert_int_equal(store_read_account(bed->store, account.login, "", &got), 0);
    assert_int_equal(store_read_account(bed->store, "", account.id_code, &got), 0);
    clear(MESSAGE_account, &account);
}

static void an_account_without_roles_and_presence_has_none(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    struct account account = {.id_code = own_copy("EE1"), .login = own_copy("kasutaja")};
    struct account got;

    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_add_account(store, 100, &account, 5), 0);
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(store_read_account(store, "kasutaja", "", &got), 1);
    assert_same(MESSAGE_account, &got, &account);
    clear(MESSAGE_account, &got);
    clear(MESSAGE_account, &account);
}

static void cause_event(struct store *store, int64_t seq, const char *command_id,
                        const char *fingerprint)
{
    struct event event = {.seq = seq, .at = 500 + seq, .kind = "token.revoked"};

    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_add_event(store, &event, command_id, fingerprint), 0);
    assert_int_equal(store_commit(store), 0);
}

/* Remembered with the event of this number. */
static void assert_caused(struct store *store, const char *command_id, const char *fingerprint,
                          int64_t seq)
{
    struct remembered got;
    struct event event;
    char why[WHY_MAX];

    assert_int_equal(store_read_command(store, command_id, &got), 1);
    assert_string_equal(got.fingerprint, fingerprint);
    assert_string_equal(got.wire, "event.committed");
    assert_int_equal(message_from_json(&message_types[MESSAGE_event], &event, got.body, why), 0);
    assert_int_equal(event.seq, seq);
    clear(MESSAGE_event, &event);
    remembered_clear(&got);
}

static void forget(struct store *store, const struct store_passing *passing)
{
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(store_forget(store, passing), 0);
    assert_int_equal(store_commit(store), 0);
}

static void assert_forgotten(struct store *store, const char *command_id)
{
    struct remembered command;

    assert_int_equal(store_read_command(store, command_id, &command), 0);
}

/* All of the log up to event 5 goes, as it is over its number. */
static void a_command_outlives_its_event_while_it_is_young(void **state)
{
    struct testbed *bed = *state;
    struct store *store = bed->store;
    struct store_passing passing = {.events_to = 5, .events_over = 5, .commands_before = 503};
    struct store_oldest oldest;

    cause_event(store, 1, "", "");
    cause_event(store, 2, "old", "");
    cause_event(store, 3, "twice", "f00d");
    cause_event(store, 4, "twice", "beef");
    cause_event(store, 5, "young", "");
    cause_event(store, 6, "twice", "");
    cause_event(store, 7, "there", "");
    assert_caused(store, "old", "", 2);
    assert_caused(store, "twice", "f00d", 3);
    assert_forgotten(store, "");
    forget(store, &passing);
    assert_int_equal(testbed_count(bed, "SELECT COUNT(*) FROM event"), 2);
    assert_forgotten(store, "old");
    assert_caused(store, "twice", "f00d", 3);
    assert_caused(store, "young", "", 5);
    assert_caused(store, "there", "", 7);
    assert_int_equal(store_read_oldest(store, &oldest), 0);
    assert_int_equal(oldest.command, 503);
    passing.commands_before = 505;
    forget(store, &passing);
    assert_caused(store, "twice", "", 6);
    assert_caused(store, "young", "", 5);
}

/* What was answered before events remembered it. */
static void a_stored_answer_is_still_told(void **state)
{
    struct testbed *bed = *state;
    struct remembered got;

    free(testbed_ask(bed, "INSERT INTO command (id, wire, body, created, fingerprint)"
                          " VALUES ('old', 'command.done', '{}', 500, 'f00d')"));
    assert_int_equal(store_read_command(bed->store, "old", &got), 1);
    assert_string_equal(got.fingerprint, "f00d");
    assert_string_equal(got.wire, "command.done");
    assert_string_equal(got.body, "{}");
    remembered_clear(&got);
}

static void tokens_leave_when_they_are_removed_or_expire(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    struct issuance tokens[4];
    struct issuance_list found = {0};
    const struct store_passing passing = {.tokens_before = 1001};
    struct store_oldest oldest;

    assert_int_equal(store_begin(store), 0);
    for (int i = 0; i < 4; i++) {
        tokens[i] = (struct issuance){
            .cookie = own_copy("chatJwt"), .subject = own_copy("õ"), .expires_at = 1000 + i};
        snprintf(tokens[i].token_id, UUID_SIZE, "%08d-0000-4000-8000-000000000000", i);
        assert_int_equal(store_add_token(store, &tokens[i], 7), 0);
        assert_int_equal(store_add_token(store, &tokens[i], 7), 0);
    }
    assert_int_equal(store_remove_token(store, tokens[3].token_id), 0);
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(store_read_tokens(store, "", 1000, 10, &found), 0);
    assert_int_equal(found.count, 2);
    assert_same(MESSAGE_issuance, &found.items[1], &tokens[2]);
    assert_int_equal(store_read_tokens(store, tokens[1].token_id, 1000, 10, &found), 0);
    assert_int_equal(found.count, 3);
    assert_int_equal(store_read_tokens(store, "", 0, 1, &found), 0);
    assert_int_equal(found.count, 4);
    assert_string_equal(found.items[3].token_id, tokens[0].token_id);
    assert_int_equal(store_read_oldest(store, &oldest), 0);
    assert_int_equal(oldest.token, 1000);
    forget(store, &passing);
    assert_int_equal(store_read_tokens(store, "", 0, 10, &found), 0);
    assert_int_equal(found.count, 5);
    for (size_t i = 0; i < found.count; i++)
        clear(MESSAGE_issuance, &found.items[i]);
    free(found.items);
    for (int i = 0; i < 4; i++)
        clear(MESSAGE_issuance, &tokens[i]);
}

/* ---- the start ---- */

static void a_new_database_has_its_name_and_the_default_settings(void **state)
{
    struct testbed *bed = *state;
    struct store_head head;
    struct account account = {.id_code = own_copy("EE1"), .login = own_copy("kasutaja")};

    assert_int_equal(store_read_head(bed->store, &head), 0);
    assert_true(uuid_is_valid(head.log_id));
    assert_int_equal(head.seq, 0);
    assert_int_equal(head.first_seq, 1);
    assert_int_equal(head.row, 9);
    assert_false(head.has_accounts);
    assert_int_equal(testbed_count(bed, "SELECT COUNT(*) FROM configuration"), 9);
    assert_int_equal(testbed_count(bed, "SELECT COUNT(*) FROM configuration"
                                        " WHERE value = 'K\xc3\xbcsi minult!'"),
                     1);
    assert_int_equal(store_begin(bed->store), 0);
    assert_int_equal(store_add_account(bed->store, 77, &account, 5), 0);
    assert_int_equal(store_commit(bed->store), 0);
    assert_int_equal(store_read_head(bed->store, &head), 0);
    assert_int_equal(head.row, 77);
    assert_true(head.has_accounts);
    clear(MESSAGE_account, &account);
}

static void migrating_again_changes_nothing(void **state)
{
    struct testbed *bed = *state;
    struct store_head before, after;

    assert_int_equal(store_read_head(bed->store, &before), 0);
    assert_int_equal(store_migrate(bed->store, 0), 0);
    store_close(&bed->store);
    bed->store = testbed_open(bed);
    assert_int_equal(store_lock(bed->store), 1);
    assert_int_equal(store_migrate(bed->store, 0), 0);
    assert_int_equal(store_read_head(bed->store, &after), 0);
    assert_memory_equal(&before, &after, sizeof(after));
}

static void the_database_of_a_newer_program_is_refused(void **state)
{
    struct testbed *bed = *state;

    free(testbed_ask(bed, "INSERT INTO schema_version (version, name, applied)"
                          " VALUES (1000, 'later', 0)"));
    assert_int_equal(store_migrate(bed->store, 0), -1);
}

static void only_the_owner_can_read_the_file(void **state)
{
    struct testbed *bed = *state;
    struct chat chat = make_chat(1);
    static const char *const endings[] = {"", "-wal", "-shm", "-writer"};

    keep_chat(bed->store, 100, &chat);
    for (int i = 0; i < 4; i++) {
        char path[700];
        struct stat file;
        snprintf(path, sizeof(path), "%s%s", bed->url, endings[i]);
        assert_int_equal(stat(path, &file), 0);
        assert_int_equal(file.st_mode & 0777, 0600);
    }
    clear(MESSAGE_chat, &chat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(every_field_of_a_chat_comes_back),
        ON_BOTH(every_field_of_a_message_comes_back),
        ON_BOTH(every_field_of_an_event_comes_back),
        ON_BOTH(every_field_of_an_account_comes_back),
        ON_BOTH(content_is_kept_whole),
        ON_BOTH(a_chat_that_is_not_there_is_not_found),
        ON_BOTH(the_greatest_row_is_the_newest_version),
        ON_BOTH(an_older_message_row_is_hidden_by_its_newer_version),
        ON_BOTH(a_message_is_found_in_its_chat_and_a_question_by_its_id_alone),
        ON_BOTH(the_last_message_is_the_newest_that_counts),
        ON_BOTH(open_chats_come_in_pages_until_they_end),
        ON_BOTH(messages_are_bounded_by_time_or_event),
        ON_BOTH(events_are_read_by_range_and_by_chat),
        ON_BOTH(waits_are_from_creation_to_the_first_owner),
        ON_BOTH(what_a_bot_had_first_is_no_wait_and_is_known_by_that),
        ON_BOTH(an_account_is_its_newest_version),
        ON_BOTH(the_configuration_is_the_newest_version_of_each_key),
        ON_BOTH(a_new_database_has_the_defaults_of_the_keys),
        ON_BOTH(a_deleted_account_is_not_found_and_comes_back_when_it_is_added),
        ON_BOTH(the_newest_settings_of_each_agent_come_back),
        ON_BOTH(accounts_come_in_pages_with_their_newest_roles),
        ON_BOTH(a_deleted_account_is_not_found),
        ON_BOTH(an_account_without_roles_and_presence_has_none),
        ON_BOTH(a_command_outlives_its_event_while_it_is_young),
        ON_BOTH(a_stored_answer_is_still_told),
        ON_BOTH(tokens_leave_when_they_are_removed_or_expire),
        ON_BOTH(a_new_database_has_its_name_and_the_default_settings),
        ON_BOTH(migrating_again_changes_nothing),
        ON_BOTH(the_database_of_a_newer_program_is_refused),
        cmocka_unit_test_setup_teardown(only_the_owner_can_read_the_file, testbed_sqlite,
                                        testbed_close),
    };

    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
