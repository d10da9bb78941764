#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "subscription.h"
#include "test.h"

enum { TOPICS = 4, EVENTS = 500, LIMIT = 8 };

/* The same every time, so that a failure comes again. */
static unsigned chance(unsigned below)
{
    static uint32_t state = 1;

    state = state * 1664525 + 1013904223;
    return (state >> 16) % below;
}

/* Two chats' messages, a chat and the list. */
static const char *const names[TOPICS] = {"get-new-messages", "cs-get-new-messages",
                                          "get-chat-by-id", "cs-get-all-active-chats"};

struct reader {
    struct channel channels[TOPICS];
    struct subscription topics[TOPICS];
    char *text;
    size_t size;
};

static void open_reader(struct reader *self)
{
    *self = (struct reader){0};
    for (int i = 0; i < TOPICS; i++) {
        channel_init(&self->channels[i], false);
        channel_join(&self->channels[i], &self->topics[i].subscriber);
        self->topics[i].view =
            stream_named((struct span){names[i], strlen(names[i])})->views[DOOR_EVENTS];
    }
}

static void close_reader(struct reader *self)
{
    for (int i = 0; i < TOPICS; i++) {
        subscription_drop_missed(&self->topics[i]);
        channel_leave(&self->topics[i].subscriber);
        channel_clear(&self->channels[i]);
    }
    free(self->text);
}

static struct frame *make_frame(int64_t seq, int topic)
{
    char text[64];
    int size = snprintf(text, sizeof(text), "%lld.%d\n", (long long)seq, topic);

    return frame_new(text, (size_t)size, seq);
}

/* Writes at most so many bytes of what is due. */
static void write_some(struct reader *self, size_t most)
{
    struct due due[LIMIT];
    struct iovec vectors[LIMIT];
    int count = subscriptions_due(self->topics, TOPICS, due, vectors, LIMIT);
    size_t taken = 0;

    for (int i = 0; i < count && taken < most; i++) {
        size_t size = vectors[i].iov_len < most - taken ? vectors[i].iov_len : most - taken;
        self->text = own_grow(self->text, self->size + size + 1);
        memcpy(self->text + self->size, vectors[i].iov_base, size);
        self->size += size;
        self->text[self->size] = '\0';
        taken += size;
    }
    (void)subscriptions_wrote(due, count, taken);
}

static void frames_go_in_the_order_of_ids_whatever_is_written_at_once(void **state)
{
    (void)state;
    struct reader reader;
    char expected[EVENTS * TOPICS * 16] = "";
    size_t size = 0;

    open_reader(&reader);
    for (int64_t seq = 1; seq <= EVENTS; seq++) {
        int chat = (int)chance(2);
        for (int topic = 0; topic < TOPICS; topic++) {
            if (topic == 1 - chat)
                continue; /* the messages are one chat's, or the other's */
            channel_add(&reader.channels[topic], make_frame(seq, topic));
            size += (size_t)snprintf(expected + size, sizeof(expected) - size, "%lld.%d\n",
                                     (long long)seq, topic);
        }
        if (chance(3))
            continue;
        for (int topic = 0; topic < TOPICS; topic++)
            channel_offer(&reader.channels[topic]);
        write_some(&reader, chance(60));
    }
    for (int topic = 0; topic < TOPICS; topic++)
        channel_offer(&reader.channels[topic]);
    while (reader.size < size)
        write_some(&reader, 1000);
    assert_string_equal(reader.text, expected);
    close_reader(&reader);
}

static void what_one_has_missed_holds_back_what_is_later(void **state)
{
    (void)state;
    struct reader reader;
    struct due due[LIMIT];
    struct iovec vectors[LIMIT];

    open_reader(&reader);
    reader.topics[0].owed = OWED_MISSED;
    channel_add(&reader.channels[3], make_frame(5, 3));
    channel_offer(&reader.channels[3]);
    assert_int_equal(subscriptions_due(reader.topics, TOPICS, due, vectors, LIMIT), 0);
    subscription_add_missed(&reader.topics[0], make_frame(4, 0));
    assert_int_equal(subscriptions_due(reader.topics, TOPICS, due, vectors, LIMIT), 1);
    assert_int_equal(subscriptions_wrote(due, 1, vectors[0].iov_len), 4);
    subscription_add_missed(&reader.topics[0], make_frame(6, 0));
    assert_int_equal(subscriptions_due(reader.topics, TOPICS, due, vectors, LIMIT), 2);
    assert_int_equal(due[0].frame->seq, 5);
    assert_int_equal(due[1].frame->seq, 6);
    reader.topics[0].owed = OWED_NOTHING;
    close_reader(&reader);
}

static void a_frame_that_is_begun_is_ended_before_any_other(void **state)
{
    (void)state;
    struct reader reader;
    struct due due[LIMIT];
    struct iovec vectors[LIMIT];

    open_reader(&reader);
    subscription_add_missed(&reader.topics[3], make_frame(9, 3));
    assert_int_equal(subscriptions_due(reader.topics, TOPICS, due, vectors, LIMIT), 1);
    assert_int_equal(subscriptions_wrote(due, 1, 2), 0);
    channel_add(&reader.channels[0], make_frame(1, 0));
    channel_offer(&reader.channels[0]);
    assert_ptr_equal(subscriptions_begun(reader.topics, TOPICS), &reader.topics[3]);
    assert_int_equal(subscriptions_due(reader.topics, TOPICS, due, vectors, LIMIT), 2);
    assert_int_equal(due[0].frame->seq, 9);
    assert_int_equal(vectors[0].iov_len, strlen("9.3\n") - 2);
    close_reader(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_go_in_the_order_of_ids_whatever_is_written_at_once),
        cmocka_unit_test(what_one_has_missed_holds_back_what_is_later),
        cmocka_unit_test(a_frame_that_is_begun_is_ended_before_any_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
