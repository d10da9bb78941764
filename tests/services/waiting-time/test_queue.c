#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue.h"
#include "schema.h"
#include "test.h"
#include "uuid.h"

enum { CHATS = 400, STEPS = 20000 };

/* The same thing as an array, sorted when it is looked at. */
struct entry {
    int64_t created;
    char id[UUID_SIZE];
    bool in;
};

static struct entry entries[CHATS];

static unsigned long state = 1;

static unsigned long any(unsigned long below)
{
    state = state * 6364136223846793005UL + 1442695040888963407UL;
    return (state >> 33) % below;
}

static int by_order(const void *a, const void *b)
{
    const struct entry *one = *(const struct entry *const *)a;
    const struct entry *two = *(const struct entry *const *)b;

    if (one->created != two->created)
        return one->created < two->created ? -1 : 1;
    return strcmp(one->id, two->id);
}

static size_t sorted(const struct entry **list)
{
    size_t count = 0;

    for (size_t i = 0; i < CHATS; i++) {
        if (entries[i].in)
            list[count++] = &entries[i];
    }
    qsort(list, count, sizeof(const struct entry *), by_order);
    return count;
}

struct expected {
    const struct entry **list;
    size_t seen;
};

static void on_visit(void *context, const char *chat_id, int64_t position)
{
    struct expected *expected = context;

    assert_int_equal(position, expected->seen + 1);
    assert_string_equal(chat_id, expected->list[expected->seen]->id);
    expected->seen++;
}

static void compare(const struct queue *queue)
{
    const struct entry *list[CHATS] = {NULL};
    size_t count = sorted(list);
    struct expected expected = {list, 0};

    assert_int_equal(queue_size(queue), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(queue_position(queue, list[i]->id), i + 1);
    for (size_t i = 0; i < CHATS; i++) {
        if (!entries[i].in)
            assert_int_equal(queue_position(queue, entries[i].id), 0);
    }
    queue_walk(queue, count / 2, on_visit, &expected);
    assert_int_equal(expected.seen, count / 2);
    expected.seen = 0;
    queue_walk(queue, CHATS, on_visit, &expected);
    assert_int_equal(expected.seen, count);
}

/* Few different times, so that many are equal and the id decides. */
static void step(struct queue *queue)
{
    struct entry *entry = &entries[any(CHATS)];
    int64_t created = 1000 + (int64_t)any(50);

    if (any(5) < 3) {
        bool changes = !entry->in || entry->created != created;
        assert_int_equal(queue_add(queue, entry->id, created), changes);
        entry->in = true;
        entry->created = created;
    } else {
        assert_int_equal(queue_remove(queue, entry->id), entry->in);
        entry->in = false;
    }
}

static void the_queue_agrees_with_a_sorted_array(void **context)
{
    struct queue *queue = queue_new(CHATS);

    (void)context;
    for (size_t i = 0; i < CHATS; i++)
        uuid_make(entries[i].id);
    for (int i = 0; i < STEPS; i++) {
        step(queue);
        if (i % 97 == 0)
            compare(queue);
    }
    compare(queue);
    queue_destroy(&queue);
    assert_null(queue);
}

static void number_id(char id[UUID_SIZE], unsigned long number)
{
    snprintf(id, UUID_SIZE, "00000000-0000-4000-8000-%012lx", number);
}

static void a_full_queue_takes_no_more_until_one_leaves(void **context)
{
    struct queue *queue = queue_new(3);
    char id[UUID_SIZE];

    (void)context;
    for (unsigned long i = 0; i < 3; i++) {
        number_id(id, i);
        assert_true(queue_add(queue, id, (int64_t)i));
    }
    number_id(id, 3);
    assert_true(queue_is_full(queue));
    assert_false(queue_add(queue, id, 3));
    assert_int_equal(queue_position(queue, id), 0);
    number_id(id, 0);
    assert_true(queue_remove(queue, id));
    number_id(id, 3);
    assert_true(queue_add(queue, id, 3));
    assert_int_equal(queue_position(queue, id), 3);
    queue_destroy(&queue);
}

/* In order of arrival, which makes a list of a naive tree: a position in a
 * list of 200,000 would take the test minutes. */
static void chats_that_come_in_order_keep_it_fast(void **context)
{
    enum { MANY = 200000 };
    struct queue *queue = queue_new(MANY);
    char id[UUID_SIZE];

    (void)context;
    for (unsigned long i = 0; i < MANY; i++) {
        number_id(id, i);
        assert_true(queue_add(queue, id, (int64_t)i));
    }
    for (unsigned long i = 0; i < MANY; i++) {
        number_id(id, i);
        assert_int_equal(queue_position(queue, id), i + 1);
    }
    for (unsigned long i = 0; i < MANY; i++) {
        number_id(id, i);
        assert_true(queue_remove(queue, id));
    }
    assert_int_equal(queue_size(queue), 0);
    queue_destroy(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_queue_agrees_with_a_sorted_array),
        cmocka_unit_test(a_full_queue_takes_no_more_until_one_leaves),
        cmocka_unit_test(chats_that_come_in_order_keep_it_fast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
