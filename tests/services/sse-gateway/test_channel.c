#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "own.h"
#include "test.h"

enum { READERS = 50, FRAMES = 400 };

/* The same every time, so that a failure comes again. */
static unsigned chance(unsigned below)
{
    static uint32_t state = 1;

    state = state * 1664525 + 1013904223;
    return (state >> 16) % below;
}

static struct frame *frame(const char *text, int64_t seq)
{
    return frame_new(text, strlen(text), seq);
}

static size_t count_frames(const struct channel *channel)
{
    size_t count = 0;

    for (const struct frame *at = channel->oldest; at; at = at->next)
        count++;
    return count;
}

/* A reader of random speed, and what it has read. */
struct reader {
    struct subscriber subscriber;
    char *text;
    size_t size;
};

/* Reads at most limit bytes. Returns the seq of the last whole frame. */
static int64_t read_some(struct reader *self, size_t limit)
{
    const struct frame *frame = subscriber_next(&self->subscriber);
    size_t begun = self->subscriber.written;
    size_t taken = 0;

    while (frame && taken < limit) {
        size_t rest = frame->size - begun;
        size_t size = rest < limit - taken ? rest : limit - taken;
        self->text = own_grow(self->text, self->size + size + 1);
        memcpy(self->text + self->size, frame->bytes + begun, size);
        self->size += size;
        self->text[self->size] = '\0';
        taken += size;
        begun = 0;
        frame = self->subscriber.channel->keeps_last ? NULL
                                                     : subscriber_after(&self->subscriber, frame);
    }
    return subscriber_wrote(&self->subscriber, taken);
}

static void all_readers_see_every_frame_once_and_in_order(void **state)
{
    (void)state;
    static struct reader readers[READERS];
    struct channel channel;
    char *sent = own_copy("");
    size_t size = 0;

    channel_init(&channel, false);
    for (int i = 0; i < READERS; i++)
        channel_join(&channel, &readers[i].subscriber);
    for (int64_t seq = 1; seq <= FRAMES; seq++) {
        char text[64];
        snprintf(text, sizeof(text), "<%d:%.*s>", (int)seq, (int)chance(40),
                 "........................................");
        sent = own_grow(sent, size + strlen(text) + 1);
        memcpy(sent + size, text, strlen(text) + 1);
        size += strlen(text);
        channel_add(&channel, frame(text, seq));
        if (chance(3))
            channel_offer(&channel);
        for (int i = 0; i < READERS; i++)
            if (chance(4) == 0)
                (void)read_some(&readers[i], (size_t)chance(60) * (size_t)(i + 1) / 8);
    }
    channel_offer(&channel);
    for (int i = 0; i < READERS; i++) {
        while (subscriber_behind(&readers[i].subscriber))
            (void)read_some(&readers[i], 100);
        assert_string_equal(readers[i].text, sent);
    }
    assert_int_equal(count_frames(&channel), 0);
    for (int i = 0; i < READERS; i++) {
        channel_leave(&readers[i].subscriber);
        free(readers[i].text);
    }
    channel_clear(&channel);
    free(sent);
}

static void a_frame_is_freed_when_its_last_reader_has_it_or_leaves(void **state)
{
    (void)state;
    struct channel channel;
    struct reader slow = {0}, fast = {0};

    channel_init(&channel, false);
    channel_join(&channel, &slow.subscriber);
    channel_join(&channel, &fast.subscriber);
    channel_add(&channel, frame("one", 1));
    channel_add(&channel, frame("two", 2));
    channel_offer(&channel);
    assert_int_equal(read_some(&fast, 100), 2);
    assert_int_equal(count_frames(&channel), 2);
    assert_int_equal(subscriber_behind(&slow.subscriber), 6);
    assert_int_equal(read_some(&slow, 4), 1);
    assert_int_equal(subscriber_behind(&slow.subscriber), 2);
    assert_int_equal(count_frames(&channel), 1);
    channel_leave(&slow.subscriber);
    assert_int_equal(count_frames(&channel), 0);
    channel_leave(&fast.subscriber);
    channel_leave(&fast.subscriber);
    free(slow.text);
    free(fast.text);
}

static void a_newcomer_gets_what_comes_after_it(void **state)
{
    (void)state;
    struct channel channel;
    struct reader old = {0}, new = {0};

    channel_init(&channel, false);
    channel_join(&channel, &old.subscriber);
    channel_add(&channel, frame("before", 1));
    channel_join(&channel, &new.subscriber);
    channel_add(&channel, frame("after", 2));
    channel_offer(&channel);
    (void)read_some(&old, 100);
    (void)read_some(&new, 100);
    assert_string_equal(old.text, "beforeafter");
    assert_string_equal(new.text, "after");
    channel_leave(&old.subscriber);
    channel_leave(&new.subscriber);
    channel_clear(&channel);
    free(old.text);
    free(new.text);
}

static void a_catch_up_passes_over_what_it_has_and_what_comes_late(void **state)
{
    (void)state;
    struct channel channel;
    struct reader reader = {0};

    channel_init(&channel, false);
    channel_join(&channel, &reader.subscriber);
    for (int64_t seq = 1; seq <= 4; seq++)
        channel_add(&channel, frame(seq == 4 ? "new" : "known", seq));
    channel_offer(&channel);
    subscriber_skip(&reader.subscriber, 3);
    assert_int_equal(count_frames(&channel), 1);
    (void)read_some(&reader, 100);
    assert_string_equal(reader.text, "new");
    subscriber_skip(&reader.subscriber, 10);
    for (int64_t seq = 9; seq <= 11; seq++) /* the answer was faster than the events */
        channel_add(&channel, frame(seq == 11 ? "er" : "known", seq));
    channel_offer(&channel);
    (void)read_some(&reader, 100);
    assert_string_equal(reader.text, "newer");
    channel_leave(&reader.subscriber);
    free(reader.text);
}

static void where_only_the_last_counts_the_rest_is_passed_over(void **state)
{
    (void)state;
    struct channel channel;
    struct reader slow = {0}, idle = {0}, late = {0};

    channel_init(&channel, true);
    channel_join(&channel, &slow.subscriber);
    channel_join(&channel, &idle.subscriber);
    channel_add(&channel, frame("[one]", 0));
    channel_offer(&channel);
    (void)read_some(&slow, 2);
    for (int i = 0; i < 5; i++) {
        channel_add(&channel, frame(i == 4 ? "[last]" : "[between]", 0));
        channel_offer(&channel);
    }
    assert_int_equal(count_frames(&channel), 2); /* the one it is in, and the newest */
    while (subscriber_behind(&slow.subscriber))
        (void)read_some(&slow, 3);
    assert_string_equal(slow.text, "[one][last]");
    (void)read_some(&idle, 100);
    assert_string_equal(idle.text, "[last]");
    assert_int_equal(count_frames(&channel), 1); /* kept for who comes */
    channel_join(&channel, &late.subscriber);
    subscriber_repeat(&late.subscriber);
    (void)read_some(&late, 100);
    assert_string_equal(late.text, "[last]");
    channel_leave(&slow.subscriber);
    channel_leave(&idle.subscriber);
    channel_leave(&late.subscriber);
    channel_clear(&channel);
    free(slow.text);
    free(idle.text);
    free(late.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_readers_see_every_frame_once_and_in_order),
        cmocka_unit_test(a_frame_is_freed_when_its_last_reader_has_it_or_leaves),
        cmocka_unit_test(a_newcomer_gets_what_comes_after_it),
        cmocka_unit_test(a_catch_up_passes_over_what_it_has_and_what_comes_late),
        cmocka_unit_test(where_only_the_last_counts_the_rest_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
