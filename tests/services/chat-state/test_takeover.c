/* Who takes over, and what it knows then, on real databases. How long it takes
 * is printed; tests/bench/takeover measures it. */
#include "own.h"
#include "peer.h"
#include "picture.h"
#include "stores.h"
#include "writer.h"

#include "program.h"

enum { CHATS = 100000 };

static pid_t first, second;

/* An empty database with its schema, and nobody who has the lock. */
static int set_up(void **state)
{
    struct testbed *bed = *state;

    store_close(&bed->store);
    program_bus_open();
    setenv("KRATT_DATABASE", bed->url, 1);
    setenv("KRATT_LOG_LEVEL", "error", 1);
    peer_open();
    return 0;
}

static int set_up_sqlite(void **state)
{
    return testbed_sqlite(state) ? -1 : set_up(state);
}

static int set_up_postgres(void **state)
{
    return testbed_postgres(state) ? -1 : set_up(state);
}

static void end(pid_t *pid)
{
    if (*pid)
        assert_int_equal(program_end(*pid), 0);
    *pid = 0;
}

static int tear_down(void **state)
{
    end(&second);
    end(&first);
    peer_close();
    program_bus_close();
    return testbed_close(state);
}

static void kill_first(void)
{
    kill(first, SIGKILL);
    assert_int_equal(program_wait(first), -1);
    first = 0;
}

static void say(const char *what, const struct testbed *bed, int64_t took_ms)
{
    print_message("%s, %s: %lld ms\n", what, bed->is_postgres ? "PostgreSQL" : "SQLite",
                  (long long)took_ms);
}

/* Steps until it leads, or knows all that is to be known while it waits. */
static void step_until(struct writer *writer, enum writer_role role)
{
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;

    while (writer->role != role || (role == WRITER_WAITING && !writer->standby.is_whole)) {
        writer_step(writer, clock_wall_ms());
        if (clock_monotonic_ms() > end)
            fail_msg("role %d: %s", (int)writer->role, writer->why);
    }
}

static void assert_knows_what_is_stored(const struct writer *writer)
{
    struct memory stored;

    assert_int_equal(memory_load(&stored, writer->store, clock_wall_ms()), 0);
    char *got = picture_of(&writer->memory, PICTURE_ALL);
    char *want = picture_of(&stored, PICTURE_ALL);
    assert_true(streq(got, want)); /* too long to be shown */
    free(got);
    free(want);
    memory_clear(&stored);
}

static void with_a_hundred_thousand_chats_open_the_next_one_reads_only_what_is_missing(void **state)
{
    struct testbed *bed = *state;
    const struct writer_settings settings = {
        .database = bed->url, .admin_login = "", .admin_password = "", .admin_id_code = ""};
    struct writer next = {.settings = &settings};

    testbed_open_chats(bed, CHATS);
    int64_t start = clock_monotonic_ms();
    first = program_start(CHAT_STATE, NULL, -1);
    await_reason("");
    say("start with 100,000 chats", bed, clock_monotonic_ms() - start);
    assert_string_equal(ask_post(0x10000001, 1)->last_message, "jah");

    step_until(&next, WRITER_WAITING);
    ask_post(0x10000001, 2); /* events that it has not read */
    ask_open(1);
    start = clock_monotonic_ms();
    kill_first();
    step_until(&next, WRITER_LEADING);
    say("takeover with 100,000 chats", bed, clock_monotonic_ms() - start);
    assert_true(next.was_ready);
    assert_int_equal(next.memory.count, CHATS + 1);
    assert_knows_what_is_stored(&next);
    writer_close(&next);
}

static void the_second_one_answers_after_the_first_was_killed(void **state)
{
    struct testbed *bed = *state;

    first = program_start(CHAT_STATE, NULL, -1);
    ask_open(1);
    second = program_start(CHAT_STATE, NULL, -1);
    await_reason("another chat-state has the lock");
    ask_post(1, 1);
    int64_t start = clock_monotonic_ms();
    kill_first();
    ask_post(1, 2);
    say("answered after kill -9", bed, clock_monotonic_ms() - start);
    assert_int_equal(ask_events()->count, 3);
}

/* What a heartbeat does over tcp: over ipc, one that is frozen keeps its
 * connections. */
static void reconnect(void)
{
    peer_close();
    peer_open();
}

/* The server ends a session that says nothing for two seconds; a leader looks
 * every second. */
static void a_leader_that_is_frozen_loses_the_lock_and_knows_it(void **state)
{
    struct testbed *bed = *state;

    first = program_start(CHAT_STATE, NULL, -1);
    ask_open(1);
    second = program_start(CHAT_STATE, NULL, -1);
    await_reason("another chat-state has the lock");
    ask_post(1, 1);
    assert_int_equal(kill(first, SIGSTOP), 0);
    int64_t start = clock_monotonic_ms();
    await_reason("");
    reconnect();
    ask_post(1, 2);
    say("answered after SIGSTOP", bed, clock_monotonic_ms() - start);
    assert_int_equal(kill(first, SIGCONT), 0);
    await_reason("another chat-state has the lock");
    ask_post(1, 3);
    assert_int_equal(ask_events()->count, 4);
}

int main(void)
{
#define ON(store, test) cmocka_unit_test_setup_teardown(test, set_up_##store, tear_down)
    const struct CMUnitTest tests[] = {
        ON(sqlite, with_a_hundred_thousand_chats_open_the_next_one_reads_only_what_is_missing),
        ON(postgres, with_a_hundred_thousand_chats_open_the_next_one_reads_only_what_is_missing),
        ON(sqlite, the_second_one_answers_after_the_first_was_killed),
        ON(postgres, the_second_one_answers_after_the_first_was_killed),
        ON(postgres, a_leader_that_is_frozen_loses_the_lock_and_knows_it),
    };

    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
