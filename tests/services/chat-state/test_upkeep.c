/* What passes is forgotten, a little at a time, and not what is still needed. */
#include "upkeep.h"

#include "commands.h"
#include "own.h"
#include "stores.h"

enum { HOUR = 60 * 60 * 1000, DAY = 24 * HOUR, START = 5000 };

static const struct upkeep_settings settings = {.log_hours = 48, .log_events = 3000};
static const struct upkeep_now now = {1700000000000, 50000};

static struct upkeep upkeep;
static struct memory memory;

static void forget_everything_known(void)
{
    upkeep = (struct upkeep){.settings = &settings};
    memory = (struct memory){.first_seq = START + 1};
}

static void hear(unsigned follower, int64_t position, int64_t at)
{
    char id[UUID_SIZE];

    id_of(follower, id);
    followers_hear(&upkeep.followers, id, position, at);
}

/* ---- the plan ---- */

static const struct {
    const char *name;
    int64_t oldest, age_ms, newest;
    int64_t to; /* up to which event may go, 0: none */
} cases[] = {
    {"an empty log", 0, 0, 100, 0},
    {"a young and short log", 1, HOUR, 100, 0},
    {"an old log goes by batches", 1, 49 * (int64_t)HOUR, 2500, UPKEEP_BATCH},
    {"an old and short log keeps its newest event", 11, 49 * (int64_t)HOUR, 100, 99},
    {"an old log of one event stays", 100, 49 * (int64_t)HOUR, 100, 0},
    {"a log as long as it may be stays", 1, HOUR, 3000, 0},
    {"a longer one goes by its number", 1, HOUR, 3001, UPKEEP_BATCH},
};

static void the_log_goes_by_age_and_by_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct store_oldest oldest = {.event = cases[i].oldest,
                                            .event_at = now.wall - cases[i].age_ms};
        struct store_passing plan;
        forget_everything_known();
        bool any = upkeep_plan(&upkeep, &oldest, cases[i].newest, &now, &plan);
        if (any != (cases[i].to > 0) || plan.events_to != cases[i].to)
            fail_msg("%s: %lld", cases[i].name, (long long)plan.events_to);
    }
}

static int64_t planned_to(int64_t at)
{
    const struct store_oldest oldest = {.event = 1, .event_at = now.wall};
    const struct upkeep_now then = {now.wall, at};
    struct store_passing plan;

    (void)upkeep_plan(&upkeep, &oldest, 1000000, &then, &plan);
    return plan.events_to;
}

static void the_log_is_kept_for_who_reads_it(void **state)
{
    (void)state;
    forget_everything_known();
    hear(1, 900, 0);
    hear(2, 400, 0);
    assert_int_equal(planned_to(0), 400);
    hear(2, 5000, 10);
    assert_int_equal(planned_to(10), 900);
    assert_int_equal(planned_to(FOLLOWER_SILENT_MS), UPKEEP_BATCH); /* the first fell silent */
    assert_int_equal(upkeep.followers.count, 1);
    assert_int_equal(upkeep.held, 2);
}

static void who_is_behind_for_too_long_is_given_up_once(void **state)
{
    int64_t at = 0;

    (void)state;
    forget_everything_known();
    for (; at < FOLLOWER_HOLD_MS; at += 2000) {
        hear(1, 10, at);
        assert_int_equal(planned_to(at), 10);
    }
    for (int i = 0; i < 3; i++, at += 2000) {
        hear(1, 10, at);
        assert_int_equal(planned_to(at), UPKEEP_BATCH);
    }
    assert_int_equal(upkeep.followers.given_up, 1);
    hear(1, 5000, at); /* it has caught up */
    assert_int_equal(planned_to(at), UPKEEP_BATCH);
    hear(1, 10, at);
    assert_int_equal(planned_to(at), 10);
}

static void followers_are_bounded_and_counted(void **state)
{
    (void)state;
    forget_everything_known();
    for (unsigned i = 1; i <= FOLLOWERS_MAX + 3; i++)
        hear(i, 5000, 0);
    assert_int_equal(upkeep.followers.count, FOLLOWERS_MAX);
    assert_int_equal(upkeep.followers.refused, 3);
    hear(FOLLOWERS_MAX + 1, 5000, FOLLOWER_SILENT_MS); /* the others are gone */
    assert_int_equal(upkeep.followers.count, 1);
}

/* ---- on real databases ---- */

static void keep_events(struct store *store, int64_t count, int64_t at)
{
    assert_int_equal(store_begin(store), 0);
    for (int64_t i = 1; i <= count; i++) {
        struct event event = {.seq = START + i, .at = at + i, .kind = "token.revoked"};
        assert_int_equal(store_add_event(store, &event, "", ""), 0);
    }
    assert_int_equal(store_commit(store), 0);
    memory.tally.seq = START + count;
}

/* Steps until nothing is left to do. Returns how many steps it took. */
static int finish(struct store *store)
{
    int steps = 0;
    int rc = 1;

    for (; rc == 1; steps++)
        rc = upkeep_step(&upkeep, &memory, store, &now);
    assert_int_equal(rc, 0);
    return steps - 1;
}

static void assert_log(struct store *store, int64_t first, int64_t last)
{
    struct store_head head;

    assert_int_equal(store_read_head(store, &head), 0);
    assert_int_equal(head.first_seq, START + first);
    assert_int_equal(head.seq, START + last);
    assert_int_equal(memory.first_seq, START + first);
}

static void a_long_log_is_cut_in_small_steps(void **state)
{
    struct testbed *bed = *state;

    forget_everything_known();
    keep_events(bed->store, 5500, now.wall - HOUR);
    hear(1, START + 1200, now.monotonic);
    assert_int_equal(finish(bed->store), 2);
    assert_log(bed->store, 1201, 5500);
    hear(1, START + 5500, now.monotonic);
    assert_int_equal(finish(bed->store), 2);
    assert_log(bed->store, 2501, 5500);
    assert_int_equal(upkeep.trimmed, 2500);
    assert_int_equal(testbed_count(bed, "SELECT COUNT(*) FROM event"), 3000);
}

static void an_old_log_is_cut_to_its_newest_event(void **state)
{
    struct testbed *bed = *state;

    forget_everything_known();
    keep_events(bed->store, 1500, now.wall - 3 * (int64_t)DAY);
    assert_int_equal(finish(bed->store), 2);
    assert_log(bed->store, 1500, 1500);
}

static void old_events_go_and_young_ones_stay(void **state)
{
    struct testbed *bed = *state;

    forget_everything_known();
    keep_events(bed->store, 50, now.wall - 2 * (int64_t)DAY - 20);
    assert_int_equal(finish(bed->store), 1);
    assert_log(bed->store, 20, 50); /* the 20th is just as old as it may be */
}

/* Before events remembered them, commands had rows of their own. */
static void keep_old_commands(struct testbed *bed, int count)
{
    char sql[400];

    snprintf(sql, sizeof(sql),
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
             " INSERT INTO command (id, wire, body, created)"
             " SELECT 'command' || i, 'command.done', '{}',"
             " %lld - CASE WHEN i = 1 THEN 0 ELSE 1 END FROM n",
             count, (long long)(now.wall - DAY));
    free(testbed_ask(bed, sql));
}

static void commands_and_tokens_go_by_batches_until_none_is_left(void **state)
{
    struct testbed *bed = *state;

    forget_everything_known();
    keep_old_commands(bed, 2500);
    assert_int_equal(store_begin(bed->store), 0);
    for (unsigned i = 0; i < 2500; i++) {
        struct issuance token = {.expires_at = now.wall - i % 2};
        id_of(i, token.token_id);
        assert_int_equal(store_add_token(bed->store, &token, 1), 0);
    }
    assert_int_equal(store_commit(bed->store), 0);
    assert_int_equal(finish(bed->store), 3);
    assert_int_equal(testbed_count(bed, "SELECT COUNT(*) FROM command"), 1);
    assert_int_equal(testbed_count(bed, "SELECT COUNT(*) FROM token"), 0);
}

/* The way back from a backup: the log gets a new name and a new start. */
static void a_log_that_is_named_anew_begins_anew(void **state)
{
    struct testbed *bed = *state;
    struct store_head before, after;

    forget_everything_known();
    keep_events(bed->store, 50, now.wall);
    assert_int_equal(store_read_head(bed->store, &before), 0);
    free(testbed_ask(bed, "DELETE FROM log"));
    assert_int_equal(store_migrate(bed->store, 9000), 0);
    assert_int_equal(store_read_head(bed->store, &after), 0);
    assert_string_not_equal(before.log_id, after.log_id);
    assert_int_equal(after.seq, 9000);
    assert_int_equal(after.first_seq, 9001);
    assert_int_equal(after.time, now.wall + 50); /* time goes on */
    struct event event = {.seq = 9001, .at = now.wall + 60, .kind = "token.revoked"};
    assert_int_equal(store_begin(bed->store), 0);
    assert_int_equal(store_add_event(bed->store, &event, "", ""), 0);
    assert_int_equal(store_commit(bed->store), 0);
    assert_int_equal(store_read_head(bed->store, &after), 0);
    assert_int_equal(after.seq, 9001);
    assert_int_equal(after.first_seq, 9001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_log_goes_by_age_and_by_number),
        cmocka_unit_test(the_log_is_kept_for_who_reads_it),
        cmocka_unit_test(who_is_behind_for_too_long_is_given_up_once),
        cmocka_unit_test(followers_are_bounded_and_counted),
        ON_BOTH(a_long_log_is_cut_in_small_steps),
        ON_BOTH(an_old_log_is_cut_to_its_newest_event),
        ON_BOTH(old_events_go_and_young_ones_stay),
        ON_BOTH(commands_and_tokens_go_by_batches_until_none_is_left),
        ON_BOTH(a_log_that_is_named_anew_begins_anew),
    };

    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
