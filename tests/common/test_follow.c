#include "follow.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"

static const char log_one[] = "11111111-1111-4111-8111-111111111111";
static const char log_two[] = "22222222-2222-4222-8222-222222222222";

enum { LIMIT = 8, SEEN_MAX = 4096 };

static int64_t seen[SEEN_MAX];
static size_t seen_count;

static void on_seen(void *self, const struct event *event)
{
    (void)self;
    assert_true(seen_count < SEEN_MAX);
    seen[seen_count++] = event->seq;
}

static int64_t now = 1000;

static struct log_head place(const char *log_id, int64_t seq)
{
    struct log_head at = {.seq = seq};

    memcpy(at.log_id, log_id, UUID_SIZE);
    return at;
}

static enum follow_step begin(struct follow *follow, const char *log_id, int64_t position,
                              int64_t newest)
{
    const struct log_head at = place(log_id, position);

    return follow_begin(follow, &at, newest, now);
}

static struct follow *begin_at(int64_t position)
{
    struct follow *follow = follow_new(LIMIT, on_seen, NULL);

    seen_count = 0;
    assert_int_equal(begin(follow, log_one, position, position), FOLLOW_GO_ON);
    return follow;
}

static enum follow_step hear(struct follow *follow, int64_t seq)
{
    const struct event event = {.seq = seq};

    return follow_event(follow, &event, now);
}

static enum follow_step head(struct follow *follow, const char *log_id, int64_t seq)
{
    const struct log_head message = place(log_id, seq);

    return follow_head(follow, &message, now);
}

/* An answer to events.get: count events after position, of a log that goes
 * from first to last. */
struct range {
    const char *log_id;
    int64_t first, last, count;
};

static enum follow_step answer(struct follow *follow, struct range range)
{
    struct events_found found = {.seq = range.last, .first_seq = range.first};
    struct event events[SEEN_MAX] = {0};

    memcpy(found.log_id, range.log_id, UUID_SIZE);
    found.events.items = events;
    int64_t seq = follow_position(follow) + 1;
    if (seq < range.first)
        seq = range.first;
    for (; seq <= range.last && (int64_t)found.events.count < range.count; seq++)
        events[found.events.count++].seq = seq;
    return follow_found(follow, &found, now);
}

/* Everything from the position to last, once, in order. */
static void assert_seen(int64_t position, int64_t last)
{
    assert_int_equal(seen_count, last - position);
    for (size_t i = 0; i < seen_count; i++)
        assert_int_equal(seen[i], position + (int64_t)i + 1);
}

static void events_in_order_pass_and_doubles_do_not(void **state)
{
    struct follow *follow = begin_at(10);

    (void)state;
    assert_int_equal(hear(follow, 9), FOLLOW_GO_ON);
    assert_int_equal(hear(follow, 11), FOLLOW_GO_ON);
    assert_int_equal(hear(follow, 11), FOLLOW_GO_ON);
    assert_int_equal(hear(follow, 12), FOLLOW_GO_ON);
    assert_seen(10, 12);
    assert_int_equal(follow_counts(follow)->gaps, 0);
    follow_destroy(&follow);
    assert_null(follow);
}

static void what_arrives_before_the_state_is_kept_for_later(void **state)
{
    struct follow *follow = follow_new(LIMIT, on_seen, NULL);

    (void)state;
    seen_count = 0;
    for (int64_t seq = 4; seq <= 8; seq++)
        assert_int_equal(hear(follow, seq), FOLLOW_GO_ON);
    assert_int_equal(seen_count, 0);
    assert_int_equal(begin(follow, log_one, 5, 7), FOLLOW_GO_ON);
    assert_seen(5, 8);
    follow_destroy(&follow);
}

static void more_than_can_be_kept_is_asked_for(void **state)
{
    struct follow *follow = follow_new(LIMIT, on_seen, NULL);

    (void)state;
    seen_count = 0;
    for (int64_t seq = 1; seq <= 30; seq++)
        assert_int_equal(hear(follow, seq), FOLLOW_GO_ON);
    assert_int_equal(begin(follow, log_one, 0, 0), FOLLOW_ASK);
    assert_int_equal(follow_position(follow), LIMIT);
    assert_int_equal(answer(follow, (struct range){log_one, 1, 30, 10}), FOLLOW_ASK);
    assert_int_equal(answer(follow, (struct range){log_one, 1, 30, 1000}), FOLLOW_GO_ON);
    assert_seen(0, 30);
    follow_destroy(&follow);
}

static void a_state_that_is_behind_its_own_answers_is_asked_forward(void **state)
{
    struct follow *follow = follow_new(LIMIT, on_seen, NULL);

    (void)state;
    seen_count = 0;
    assert_int_equal(begin(follow, log_one, 5, 7), FOLLOW_ASK);
    assert_int_equal(answer(follow, (struct range){log_one, 1, 7, 1000}), FOLLOW_GO_ON);
    assert_seen(5, 7);
    follow_destroy(&follow);
}

static void a_hole_is_repaired_before_what_follows_it(void **state)
{
    struct follow *follow = begin_at(10);

    (void)state;
    assert_int_equal(hear(follow, 13), FOLLOW_ASK);
    assert_int_equal(hear(follow, 14), FOLLOW_GO_ON); /* asked already */
    assert_int_equal(head(follow, log_one, 14), FOLLOW_GO_ON);
    assert_int_equal(seen_count, 0);
    assert_int_equal(answer(follow, (struct range){log_one, 1, 13, 1000}), FOLLOW_GO_ON);
    assert_seen(10, 14);
    assert_int_equal(follow_counts(follow)->gaps, 1);
    follow_destroy(&follow);
}

static void a_lost_last_event_is_uncovered_by_the_head(void **state)
{
    struct follow *follow = begin_at(10);

    (void)state;
    assert_int_equal(head(follow, log_one, 10), FOLLOW_GO_ON);
    assert_int_equal(head(follow, log_one, 12), FOLLOW_ASK);
    assert_int_equal(answer(follow, (struct range){log_one, 1, 12, 1000}), FOLLOW_GO_ON);
    assert_seen(10, 12);
    follow_destroy(&follow);
}

static void an_answer_that_never_came_is_asked_for_again(void **state)
{
    struct follow *follow = begin_at(10);

    (void)state;
    assert_int_equal(hear(follow, 12), FOLLOW_ASK);
    follow_lost(follow, now);
    assert_int_equal(head(follow, log_one, 12), FOLLOW_GO_ON); /* not at once */
    now += 100;
    assert_int_equal(head(follow, log_one, 12), FOLLOW_ASK);
    /* An answer without what was asked for is as none. */
    assert_int_equal(answer(follow, (struct range){log_one, 1, 12, 0}), FOLLOW_GO_ON);
    now += 200;
    assert_int_equal(head(follow, log_one, 12), FOLLOW_ASK);
    assert_int_equal(answer(follow, (struct range){log_one, 1, 12, 1000}), FOLLOW_GO_ON);
    assert_seen(10, 12);
    follow_destroy(&follow);
}

static void another_log_means_to_start_over(void **state)
{
    struct follow *follow = begin_at(10);

    (void)state;
    assert_int_equal(head(follow, log_two, 3), FOLLOW_RESTART);
    assert_int_equal(hear(follow, 12), FOLLOW_ASK);
    assert_int_equal(answer(follow, (struct range){log_two, 1, 12, 1000}), FOLLOW_RESTART);
    follow_reset(follow);
    assert_int_equal(head(follow, log_two, 3), FOLLOW_GO_ON);
    assert_int_equal(hear(follow, 4), FOLLOW_GO_ON);
    assert_int_equal(begin(follow, log_two, 3, 3), FOLLOW_GO_ON);
    assert_int_equal(seen_count, 1);
    assert_int_equal(seen[0], 4);
    follow_destroy(&follow);
}

static void a_log_that_was_cut_behind_us_means_to_start_over(void **state)
{
    struct follow *follow = begin_at(10);

    (void)state;
    assert_int_equal(hear(follow, 20), FOLLOW_ASK);
    assert_int_equal(answer(follow, (struct range){log_one, 15, 20, 1000}), FOLLOW_RESTART);
    assert_int_equal(seen_count, 0);
    follow_destroy(&follow);
}

static void an_old_word_of_the_head_is_looked_into_and_does_no_harm(void **state)
{
    struct follow *follow = begin_at(10);

    (void)state;
    assert_int_equal(head(follow, log_one, 9), FOLLOW_ASK);
    assert_int_equal(hear(follow, 11), FOLLOW_GO_ON); /* nobody waits for the answer */
    assert_int_equal(seen_count, 1);
    assert_int_equal(answer(follow, (struct range){log_one, 1, 10, 1000}), FOLLOW_GO_ON);
    assert_int_equal(hear(follow, 12), FOLLOW_GO_ON);
    assert_seen(10, 12);
    assert_int_equal(follow_counts(follow)->gaps, 0);
    follow_destroy(&follow);
}

static void a_log_that_went_back_means_to_start_over(void **state)
{
    struct follow *follow = begin_at(10);

    (void)state;
    assert_int_equal(head(follow, log_one, 4), FOLLOW_ASK);
    assert_int_equal(answer(follow, (struct range){log_one, 1, 4, 1000}), FOLLOW_RESTART);
    follow_reset(follow);
    assert_int_equal(begin(follow, log_one, 4, 4), FOLLOW_GO_ON);
    assert_int_equal(hear(follow, 5), FOLLOW_GO_ON);
    assert_int_equal(head(follow, log_one, 5), FOLLOW_GO_ON);
    assert_int_equal(seen_count, 1);
    assert_int_equal(seen[0], 5);
    follow_destroy(&follow);
}

/* Questions in ten seconds of a head every 10 ms, each answered by a log that
 * goes from 1 to last, with count events; count -1: not answered. */
static int64_t questions_in_ten_seconds(struct follow *follow, int64_t last, int64_t count)
{
    int64_t before = follow_counts(follow)->asked;

    for (int i = 0; i < 1000; i++, now += 10) {
        enum follow_step step = head(follow, log_one, last);
        while (step == FOLLOW_ASK && count >= 0)
            step = answer(follow, (struct range){log_one, 1, last, count});
        if (step == FOLLOW_ASK)
            follow_lost(follow, now);
    }
    return follow_counts(follow)->asked - before;
}

static void questions_are_bounded_whatever_the_answers_are(void **state)
{
    struct follow *follow = begin_at(0);

    (void)state;
    assert_in_range(questions_in_ten_seconds(follow, 4000, 1), 200, 221);
    assert_in_range(questions_in_ten_seconds(follow, 4000, 0), 7, 10);
    assert_in_range(questions_in_ten_seconds(follow, 4000, -1), 5, 10);
    assert_true(follow_counts(follow)->held_back > 0);
    assert_in_range(questions_in_ten_seconds(follow, 4000, 100), 38, 41);
    assert_seen(0, 4000);
    assert_int_equal(questions_in_ten_seconds(follow, 4000, 100), 0);
    follow_destroy(&follow);
}

/* A network that loses, and answers late or not at all, but a head each
 * while: whatever happens, each event passes once and in order. */
struct network {
    struct follow *follow;
    int64_t last; /* newest event of the log */
    bool asked;
    bool ends; /* only heads and answers from now on */
    unsigned seed;
};

static enum follow_step any_answer(struct network *self, unsigned dice)
{
    self->asked = false;
    if (dice < 3)
        return answer(self->follow, (struct range){log_one, 1, self->last, 1 + dice});
    follow_lost(self->follow, now);
    return FOLLOW_GO_ON;
}

static enum follow_step any_news(struct network *self)
{
    self->seed = self->seed * 1103515245 + 12345;
    unsigned dice = self->seed / 65536 % 10;

    now += (int64_t)dice * 10;
    if (self->asked && dice < 4)
        return any_answer(self, dice);
    if (self->ends || dice == 4)
        return head(self->follow, log_one, self->last - (dice == 6));
    self->last++;
    return dice == 5 ? FOLLOW_GO_ON : hear(self->follow, self->last); /* 5: it is lost */
}

static void no_loss_gets_past_it(void **state)
{
    struct network network = {.seed = 3};

    (void)state;
    for (int round = 0; round < 200; round++) {
        network.follow = begin_at(0);
        network.asked = network.ends = false;
        network.last = 0;
        for (int i = 0; !network.ends || follow_position(network.follow) < network.last; i++) {
            network.ends = i >= 400;
            enum follow_step next = any_news(&network);
            assert_int_not_equal(next, FOLLOW_RESTART);
            assert_false(network.asked && next == FOLLOW_ASK);
            network.asked = network.asked || next == FOLLOW_ASK;
        }
        assert_seen(0, network.last);
        assert_true(follow_counts(network.follow)->gaps > 0);
        follow_destroy(&network.follow);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_in_order_pass_and_doubles_do_not),
        cmocka_unit_test(what_arrives_before_the_state_is_kept_for_later),
        cmocka_unit_test(more_than_can_be_kept_is_asked_for),
        cmocka_unit_test(a_state_that_is_behind_its_own_answers_is_asked_forward),
        cmocka_unit_test(a_hole_is_repaired_before_what_follows_it),
        cmocka_unit_test(a_lost_last_event_is_uncovered_by_the_head),
        cmocka_unit_test(an_answer_that_never_came_is_asked_for_again),
        cmocka_unit_test(another_log_means_to_start_over),
        cmocka_unit_test(a_log_that_was_cut_behind_us_means_to_start_over),
        cmocka_unit_test(an_old_word_of_the_head_is_looked_into_and_does_no_harm),
        cmocka_unit_test(a_log_that_went_back_means_to_start_over),
        cmocka_unit_test(questions_are_bounded_whatever_the_answers_are),
        cmocka_unit_test(no_loss_gets_past_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
