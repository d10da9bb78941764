#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"
#include "test.h"

enum { CHATS = 5, EVENTS = 400, SMALL = 20000, LARGE = 10000000 };

/* The same every time, so that a failure comes again. */
static unsigned chance(unsigned below)
{
    static uint32_t state = 1;

    state = state * 1664525 + 1013904223;
    return (state >> 16) % below;
}

static const char *name(unsigned chat)
{
    static char text[UUID_SIZE];

    snprintf(text, sizeof(text), "00000000-0000-4000-8000-%012u", chat);
    return text;
}

/* A message in this chat, which changes it. */
static struct ring_entry *add(struct ring *ring, int64_t seq, const char *chat_id)
{
    char content[32], role[] = "end-user", status[] = "OPEN";
    struct message message = {.content = content, .author_role = role};
    struct chat chat = {.status = status};
    const struct event event = {.seq = seq, .chat = {&chat, 1}, .message = {&message, 1}};

    snprintf(content, sizeof(content), "event %lld", (long long)seq);
    memcpy(message.chat_id, chat_id, UUID_SIZE);
    memcpy(chat.id, chat_id, UUID_SIZE);
    return ring_add(ring, &event);
}

/* Returns how many entries of the chat come after, having seen that they are
 * those with the seqs that say[] has for it. */
static int walk(const struct ring *ring, const char *chat_id, int64_t after, const unsigned say[],
                unsigned chat)
{
    struct ring_entry *entry = ring_after(ring, chat_id, after);
    int count = 0;

    for (int64_t seq = after + 1; seq <= ring_newest(ring); seq++) {
        if (say[seq] != chat)
            continue;
        assert_non_null(entry);
        assert_int_equal(ring_event(entry)->seq, seq);
        entry = ring_next(ring, chat_id, entry);
        count++;
    }
    assert_null(entry);
    return count;
}

static void a_chats_events_are_found_after_any_cursor_that_is_covered(void **state)
{
    (void)state;
    static unsigned say[EVENTS + 1];
    struct ring *ring = ring_new(SMALL);
    int found = 0;

    for (int64_t seq = 1; seq <= EVENTS; seq++) {
        say[seq] = chance(CHATS);
        assert_non_null(add(ring, seq, name(say[seq])));
        assert_in_range(ring_size(ring), 1, SMALL);
        for (unsigned chat = 0; chat < CHATS; chat++) {
            int64_t after = seq - (int64_t)chance(12);
            if (after >= 0 && ring_covers(ring, after))
                found += walk(ring, name(chat), after, say, chat);
        }
    }
    assert_true(found > EVENTS);
    assert_true(ring_count(ring) < EVENTS / 2);
    ring_destroy(&ring);
}

static void what_gave_way_is_not_covered(void **state)
{
    (void)state;
    struct ring *ring = ring_new(SMALL);

    assert_false(ring_covers(ring, 0));
    for (int64_t seq = 1000; seq < 1000 + EVENTS; seq++)
        add(ring, seq, name(1));
    int64_t first = ring_event(ring_after(ring, name(1), 0))->seq;
    assert_true(first > 1000);
    assert_true(ring_covers(ring, first - 1));
    assert_false(ring_covers(ring, first - 2));
    assert_true(ring_covers(ring, ring_newest(ring)));
    assert_false(ring_covers(ring, ring_newest(ring) + 1));
    assert_null(ring_after(ring, name(1), ring_newest(ring)));
    assert_null(ring_after(ring, name(2), 0));
    ring_destroy(&ring);
}

static void before_the_first_event_nothing_is_missing(void **state)
{
    (void)state;
    struct ring *ring = ring_new(LARGE);

    add(ring, 50, name(1));
    assert_true(ring_covers(ring, 49));
    assert_false(ring_covers(ring, 48));
    ring_destroy(&ring);
}

static void events_about_no_chat_leave_no_hole(void **state)
{
    (void)state;
    const struct event presence = {.seq = 2};
    struct ring *ring = ring_new(LARGE);

    add(ring, 1, name(1));
    assert_null(ring_add(ring, &presence));
    add(ring, 3, name(1));
    assert_true(ring_covers(ring, 0));
    assert_int_equal(ring_count(ring), 2);
    ring_destroy(&ring);
}

static void after_a_hole_it_begins_anew(void **state)
{
    (void)state;
    struct ring *ring = ring_new(LARGE);

    add(ring, 1, name(1));
    add(ring, 5, name(1));
    assert_false(ring_covers(ring, 1));
    assert_true(ring_covers(ring, 4));
    assert_int_equal(ring_count(ring), 1);
    ring_clear(ring);
    assert_false(ring_covers(ring, 5));
    assert_int_equal(ring_size(ring), 0);
    ring_destroy(&ring);
}

static void the_list_is_walked_over_what_changed_it(void **state)
{
    (void)state;
    static unsigned say[EVENTS + 1];
    struct ring *ring = ring_new(LARGE);

    for (int64_t seq = 1; seq <= EVENTS; seq++) {
        struct ring_entry *entry = add(ring, seq, name(chance(CHATS)));
        say[seq] = chance(2);
        if (say[seq])
            ring_mark_listed(entry);
    }
    for (int64_t after = 0; after <= EVENTS; after += 7)
        (void)walk(ring, "", after, say, 1);
    ring_destroy(&ring);
}

static void a_value_is_written_once_and_counted(void **state)
{
    (void)state;
    struct ring *ring = ring_new(LARGE);
    struct ring_entry *entry = add(ring, 1, name(1));
    int64_t before = ring_size(ring);
    struct span text = ring_text(ring, entry, SHAPE_MESSAGE);

    assert_non_null(memmem(text.text, text.size, "\"event 1\"", 9));
    assert_true(ring_size(ring) >= before + (int64_t)text.size);
    assert_ptr_equal(ring_text(ring, entry, SHAPE_MESSAGE).text, text.text);
    assert_ptr_not_equal(ring_text(ring, entry, SHAPE_ROW).text, text.text);
    ring_destroy(&ring);
}

static void values_that_make_it_too_large_are_trimmed_but_the_newest_stays(void **state)
{
    (void)state;
    struct ring *ring = ring_new(SMALL);
    int64_t seq = 0;

    while (ring_count(ring) == seq)
        add(ring, ++seq, name(1));
    for (struct ring_entry *at = ring_after(ring, name(1), 0); at;
         at = ring_next(ring, name(1), at))
        (void)ring_text(ring, at, SHAPE_CHAT);
    assert_true(ring_size(ring) > SMALL);
    ring_trim(ring);
    assert_in_range(ring_size(ring), 1, SMALL);
    ring_destroy(&ring);
    ring = ring_new(1);
    add(ring, 1, name(1));
    add(ring, 2, name(2));
    assert_int_equal(ring_count(ring), 1);
    assert_non_null(ring_after(ring, name(2), 1));
    ring_destroy(&ring);
}

/* contract §6.4 */
static void values_of_chats_show_titles_or_hide_them(void **state)
{
    (void)state;
    char title[] = "Expert", content[] = "hello";
    struct message message = {.content = content};
    struct chat chat = {.csa_title = title};
    const struct event event = {.seq = 1, .chat = {&chat, 1}, .message = {&message, 1}};
    struct ring *ring = ring_new(LARGE);
    struct ring_entry *entry = ring_add(ring, &event);
    const char *kept = ring_text(ring, entry, SHAPE_MESSAGE).text;
    int64_t size = ring_size(ring);

    for (int hidden = 0; hidden <= 1; hidden++) {
        const char *want = hidden ? "\"csaTitle\":\"\"" : "\"csaTitle\":\"Expert\"";
        ring_hide_titles(ring, hidden);
        assert_int_equal(ring_size(ring), size);
        assert_non_null(strstr(ring_text(ring, entry, SHAPE_CHAT).text, want));
        assert_non_null(strstr(ring_text(ring, entry, SHAPE_ROW).text, want));
    }
    assert_ptr_equal(ring_text(ring, entry, SHAPE_MESSAGE).text, kept);
    ring_destroy(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chats_events_are_found_after_any_cursor_that_is_covered),
        cmocka_unit_test(what_gave_way_is_not_covered),
        cmocka_unit_test(before_the_first_event_nothing_is_missing),
        cmocka_unit_test(events_about_no_chat_leave_no_hole),
        cmocka_unit_test(after_a_hole_it_begins_anew),
        cmocka_unit_test(the_list_is_walked_over_what_changed_it),
        cmocka_unit_test(a_value_is_written_once_and_counted),
        cmocka_unit_test(values_that_make_it_too_large_are_trimmed_but_the_newest_stays),
        cmocka_unit_test(values_of_chats_show_titles_or_hide_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
