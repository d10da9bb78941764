/* Who takes over, and how soon, on real databases with 100,000 open chats. */
#include "own.h"
#include "peer.h"
#include "stores.h"

#include "program.h"

enum {
    CHATS = 100000,
/* Sanitizers make all that is not the database several times slower. */
#if defined(__SANITIZE_ADDRESS__)
    START_MS = 25000,
    TAKEOVER_MS = 9000,
#else
    START_MS = 5000,
    TAKEOVER_MS = 3000,
#endif
};

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

/* Open chats with a message each, written as chat-state would. */
static const char fill[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
    " INSERT INTO chat (id, base_id, seq, customer_support_id, customer_support_display_name,"
    " csa_title, end_user_id, end_user_first_name, end_user_last_name, status, created, updated,"
    " ended, end_user_email, end_user_phone, end_user_os, end_user_url, external_id, forwarded_to,"
    " forwarded_to_name, received_from, received_from_name, feedback_rating, feedback_text)"
    " SELECT 100 + i, CAST(10000000 + i AS TEXT) || '-0000-4000-8000-000000000000', 1, '', '', '',"
    " '', '', '', 'OPEN', i, i, 0, '', '', 'Linux', 'https://example.ee/', '', '', '', '', '', '',"
    " '' FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
    " INSERT INTO message (id, base_id, chat_base_id, seq, content, event, author_id,"
    " author_timestamp, author_first_name, author_last_name, author_role, forwarded_by_user,"
    " forwarded_from_csa, forwarded_to_csa, rating, created, updated)"
    " SELECT 200000 + i, CAST(10000000 + i AS TEXT) || '-0000-4000-9000-000000000000',"
    " CAST(10000000 + i AS TEXT) || '-0000-4000-8000-000000000000', 1, 'tere', '', '', i, '', '',"
    " 'end-user', '', '', '', '', i, i FROM n;"
    "INSERT INTO open_chat (base_id) SELECT base_id FROM chat";

static void say(const char *what, const struct testbed *bed, int64_t took_ms)
{
    print_message("%s, %s: %lld ms\n", what, bed->is_postgres ? "PostgreSQL" : "SQLite",
                  (long long)took_ms);
}

static void a_hundred_thousand_chats_are_there_soon_after_the_start(void **state)
{
    struct testbed *bed = *state;
    int64_t start;

    free(testbed_ask(bed, fill));
    start = clock_monotonic_ms();
    first = program_start(CHAT_STATE, NULL, -1);
    await_reason("");
    int64_t started = clock_monotonic_ms() - start;
    assert_string_equal(ask_post(0x10000001, 1)->last_message, "jah");

    second = program_start(CHAT_STATE, NULL, -1);
    await_reason("another chat-state has the lock");
    start = clock_monotonic_ms();
    kill_first();
    await_reason("");
    int64_t taken = clock_monotonic_ms() - start;
    say("start with 100,000 chats", bed, started);
    say("takeover with 100,000 chats", bed, taken);
    assert_in_range(started, 0, START_MS);
    assert_in_range(taken, 0, TAKEOVER_MS + START_MS);
}

static void the_second_one_answers_soon_after_the_first_was_killed(void **state)
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
    int64_t took = clock_monotonic_ms() - start;
    say("answered after kill -9", bed, took);
    assert_in_range(took, 0, TAKEOVER_MS);
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
    assert_in_range(clock_monotonic_ms() - start, 0, TAKEOVER_MS + 2000);
    assert_int_equal(kill(first, SIGCONT), 0);
    await_reason("another chat-state has the lock");
    ask_post(1, 3);
    assert_int_equal(ask_events()->count, 4);
}

int main(void)
{
#define ON(store, test) cmocka_unit_test_setup_teardown(test, set_up_##store, tear_down)
    const struct CMUnitTest tests[] = {
        ON(sqlite, a_hundred_thousand_chats_are_there_soon_after_the_start),
        ON(postgres, a_hundred_thousand_chats_are_there_soon_after_the_start),
        ON(sqlite, the_second_one_answers_soon_after_the_first_was_killed),
        ON(postgres, the_second_one_answers_soon_after_the_first_was_killed),
        ON(postgres, a_leader_that_is_frozen_loses_the_lock_and_knows_it),
    };

    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
