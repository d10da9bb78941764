/* What holds when something fails: all or nothing, one writer, and a way back. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "own.h"
#include "sample.h"
#include "statements.h"
#include "stores.h"

/* Adds a message with this row id to the transaction. */
static int add(struct store *store, int64_t row)
{
    struct message message;

    sample_fill(&message_types[MESSAGE_message], &message, (unsigned)row * 100);
    int result = store_add_message(store, row, &message);
    message_clear(&message_types[MESSAGE_message], &message);
    return result;
}

static void keep(struct store *store, int64_t row)
{
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(add(store, row), 0);
    assert_int_equal(store_commit(store), 0);
}

static int64_t newest_row(struct store *store)
{
    struct store_head head;

    assert_int_equal(store_read_head(store, &head), 0);
    return head.row;
}

/* ---- all or nothing ---- */

static void a_rollback_leaves_nothing(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;

    assert_int_equal(store_begin(store), 0);
    assert_int_equal(add(store, 100), 0);
    store_rollback(store);
    assert_int_equal(newest_row(store), 9);
    keep(store, 100);
    assert_int_equal(newest_row(store), 100);
    store_rollback(store); /* nothing to roll back */
}

static void a_group_with_one_bad_write_leaves_nothing(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;

    keep(store, 100);
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(add(store, 101), 0);
    (void)add(store, 100); /* is there; may be refused only at the commit */
    (void)add(store, 102);
    assert_int_equal(store_commit(store), -1);
    assert_int_equal(newest_row(store), 100);
    keep(store, 101);
    assert_int_equal(newest_row(store), 101);
}

static void a_bad_write_before_a_query_still_fails_the_commit(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;
    struct store_head head;

    keep(store, 100);
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(add(store, 101), 0);
    (void)add(store, 100);
    (void)store_read_head(store, &head);
    assert_int_equal(store_commit(store), -1);
    assert_int_equal(newest_row(store), 100);
}

static void a_commit_without_a_begin_fails(void **state)
{
    assert_int_equal(store_commit(((struct testbed *)*state)->store), -1);
}

static void a_query_sees_what_its_transaction_wrote(void **state)
{
    struct store *store = ((struct testbed *)*state)->store;

    assert_int_equal(store_begin(store), 0);
    assert_int_equal(add(store, 100), 0);
    assert_int_equal(newest_row(store), 100);
    assert_int_equal(add(store, 101), 0);
    assert_int_equal(store_commit(store), 0);
    assert_int_equal(newest_row(store), 101);
}

static void a_large_group_is_kept_whole(void **state)
{
    struct testbed *bed = *state;

    assert_int_equal(store_begin(bed->store), 0);
    for (int64_t row = 100; row < 5100; row++)
        assert_int_equal(add(bed->store, row), 0);
    assert_int_equal(store_commit(bed->store), 0);
    assert_int_equal(testbed_count(bed, "SELECT COUNT(*) FROM message"), 5000);
}

/* ---- one writer ---- */

static void only_one_store_has_the_lock(void **state)
{
    struct testbed *bed = *state;
    struct store *other = testbed_open(bed);
    struct store_head head;

    assert_int_equal(store_lock(other), 0);
    assert_int_equal(store_lock(bed->store), 1);
    assert_int_equal(store_read_head(other, &head), 0);
    store_close(&bed->store);
    int locked = 0; /* a server needs a moment to see that we left */
    for (int64_t end = clock_monotonic_ms() + 5000; !locked && clock_monotonic_ms() < end;)
        locked = store_lock(other);
    assert_int_equal(locked, 1);
    store_close(&other);
}

/* Says on the pipe when it has the lock, and holds it until it is killed. */
static pid_t start_holder(const struct testbed *bed, int ready[2])
{
    pid_t child = fork();

    if (child != 0)
        return child;
    char why[WHY_MAX];
    struct store *store = store_open(bed->url, why);
    if (store && store_lock(store) == 1 && write(ready[1], "1", 1) == 1)
        for (;;)
            pause();
    _exit(1);
}

static void the_lock_is_free_when_its_holder_is_killed(void **state)
{
    struct testbed *bed = *state;
    int ready[2];
    char byte;

    testbed_renew(bed);
    assert_int_equal(pipe(ready), 0);
    pid_t holder = start_holder(bed, ready);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    bed->store = testbed_open(bed);
    assert_int_equal(store_lock(bed->store), 0);
    assert_int_equal(kill(holder, SIGKILL), 0);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    int locked = 0;
    for (int64_t end = clock_monotonic_ms() + 5000; !locked && clock_monotonic_ms() < end;)
        locked = store_lock(bed->store);
    assert_int_equal(locked, 1);
    assert_int_equal(store_migrate(bed->store, 0), 0);
    keep(bed->store, 100);
}

/* As a second chat-state does: waits for its turn, then goes through the
 * whole start. Exits with 0 when all went well. */
static pid_t start_starter(const struct testbed *bed)
{
    pid_t child = fork();

    if (child != 0)
        return child;
    char why[WHY_MAX];
    struct store *store = store_open(bed->url, why);
    struct store_head head;
    int locked = 0;
    while (store && locked == 0) {
        locked = store_lock(store);
        poll(NULL, 0, 5);
    }
    if (locked != 1 || store_migrate(store, 0) < 0 || store_read_head(store, &head) < 0)
        _exit(1);
    store_close(&store);
    _exit(0);
}

static void several_starters_do_not_clash(void **state)
{
    struct testbed *bed = *state;
    pid_t starters[4];

    testbed_renew(bed);
    for (int i = 0; i < 4; i++)
        starters[i] = start_starter(bed);
    for (int i = 0; i < 4; i++) {
        int status = -1;
        assert_int_equal(waitpid(starters[i], &status, 0), starters[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(testbed_count(bed, "SELECT COUNT(*) FROM log"), 1);
    assert_int_equal(testbed_count(bed, "SELECT COUNT(*) FROM configuration"), 9);
    assert_int_equal(testbed_count(bed, "SELECT COUNT(*) FROM schema_version"), MIGRATION_COUNT);
}

/* ---- away, and back ---- */

static void a_restart_of_the_server_is_recovered_from(void **state)
{
    struct testbed *bed = *state;

    keep(bed->store, 100);
    stores_postgres("restart");
    if (store_begin(bed->store) == 0) {
        (void)add(bed->store, 101);
        assert_int_equal(store_commit(bed->store), -1);
    }
    assert_false(store_answers(bed->store));
    assert_int_equal(store_lock(bed->store), -1);
    assert_int_equal(store_recover(bed->store), 1);
    assert_true(store_answers(bed->store));
    assert_int_equal(newest_row(bed->store), 100);
    keep(bed->store, 101);
}

static void nothing_works_while_the_server_is_down(void **state)
{
    struct testbed *bed = *state;
    struct store_head head;
    struct chat chat;

    stores_postgres("kill");
    assert_false(store_answers(bed->store));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(store_recover(bed->store), -1);
        assert_int_equal(store_begin(bed->store), -1);
        assert_int_equal(store_commit(bed->store), -1);
        assert_int_equal(store_read_head(bed->store, &head), -1);
        assert_int_equal(store_read_chat(bed->store, "x", &chat), -1);
        assert_false(store_answers(bed->store));
    }
    stores_postgres("resume");
    assert_int_equal(store_recover(bed->store), 1);
    keep(bed->store, 100);
}

static void a_connection_that_dies_before_the_commit_leaves_nothing(void **state)
{
    struct testbed *bed = *state;

    assert_int_equal(store_begin(bed->store), 0);
    assert_int_equal(add(bed->store, 100), 0);
    assert_int_equal(newest_row(bed->store), 100);
    free(testbed_ask(bed, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                          " WHERE application_name = 'kratt-chat-state'"));
    assert_int_equal(store_commit(bed->store), -1);
    assert_int_equal(store_recover(bed->store), 1);
    assert_int_equal(newest_row(bed->store), 9);
}

static void a_frozen_server_blocks_for_two_seconds_at_most(void **state)
{
    struct testbed *bed = *state;
    pid_t backend = (pid_t)testbed_count(bed, "SELECT pid FROM pg_stat_activity"
                                              " WHERE application_name = 'kratt-chat-state'"
                                              " ORDER BY backend_start DESC LIMIT 1");

    assert_int_equal(kill(backend, SIGSTOP), 0);
    int64_t start = clock_monotonic_ms();
    assert_false(store_answers(bed->store));
    assert_in_range(clock_monotonic_ms() - start, 1500, 3000);
    /* The frozen one has the lock still. */
    assert_int_equal(store_recover(bed->store), 0);
    assert_int_equal(kill(backend, SIGCONT), 0);
    int locked = 0;
    for (int64_t end = clock_monotonic_ms() + 5000; !locked && clock_monotonic_ms() < end;)
        locked = store_lock(bed->store);
    assert_int_equal(locked, 1);
}

static void a_file_that_is_moved_away_takes_no_writes(void **state)
{
    struct testbed *bed = *state;
    char other[700];

    keep(bed->store, 100);
    snprintf(other, sizeof(other), "%s-moved", bed->url);
    assert_int_equal(rename(bed->url, other), 0);
    assert_int_equal(store_begin(bed->store), -1);
    assert_false(store_answers(bed->store));
    assert_int_equal(rename(other, bed->url), 0);
    assert_int_equal(store_recover(bed->store), 1);
    assert_int_equal(newest_row(bed->store), 100);
    keep(bed->store, 101);
}

/* ---- what is said ---- */

/* What is logged while the server goes and comes. */
static void go_and_come(struct store *store)
{
    stores_postgres("kill");
    for (int i = 0; i < 3; i++) {
        (void)store_answers(store);
        (void)store_recover(store);
    }
    stores_postgres("resume");
    assert_int_equal(store_recover(store), 1);
    assert_true(store_answers(store));
}

static void going_and_coming_are_logged_once(void **state)
{
    char path[] = "/tmp/kratt-log-XXXXXX";
    int file = mkstemp(path);
    int before = dup(STDERR_FILENO);
    char log[4096] = "";

    dup2(file, STDERR_FILENO);
    log_open("test", LOG_INFO);
    go_and_come(((struct testbed *)*state)->store);
    log_open("test", LOG_EMERG);
    dup2(before, STDERR_FILENO);
    assert_true(pread(file, log, sizeof(log) - 1, 0) > 0);
    char *first = strchr(log, '\n');
    assert_non_null(strstr(log, "database went away"));
    assert_non_null(first);
    char *second = strchr(first + 1, '\n');
    assert_non_null(second);
    assert_non_null(strstr(first, "database came back"));
    assert_string_equal(second, "\n");
    close(file);
    close(before);
    unlink(path);
}

static const char *const bad_urls[] = {
    "",
    "/dev/null/kratt.db",
    "/tmp",
    "postgresql://kratt:hunter2@[::1/kratt",
    "postgresql://kratt:hunter2@127.0.0.1:99999/kratt",
    "postgresql://kratt:hunter2@127.0.0.1:1/kratt",
    "postgres://kratt:hunter2@127.0.0.1/kratt?nonsense=hunter2",
};

static void a_bad_url_is_refused_and_its_password_not_repeated(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_urls) / sizeof(bad_urls[0]); i++) {
        char why[WHY_MAX] = "";
        assert_null(store_open(bad_urls[i], why));
        assert_string_not_equal(why, "");
        assert_null(strstr(why, "hunter2"));
    }
}

#define ON_POSTGRES(test) cmocka_unit_test_setup_teardown(test, testbed_postgres, testbed_close)
#define ON_SQLITE(test)   cmocka_unit_test_setup_teardown(test, testbed_sqlite, testbed_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(a_rollback_leaves_nothing),
        ON_BOTH(a_group_with_one_bad_write_leaves_nothing),
        ON_BOTH(a_bad_write_before_a_query_still_fails_the_commit),
        ON_BOTH(a_commit_without_a_begin_fails),
        ON_BOTH(a_query_sees_what_its_transaction_wrote),
        ON_BOTH(a_large_group_is_kept_whole),
        ON_BOTH(only_one_store_has_the_lock),
        ON_BOTH(the_lock_is_free_when_its_holder_is_killed),
        ON_BOTH(several_starters_do_not_clash),
        ON_POSTGRES(a_restart_of_the_server_is_recovered_from),
        ON_POSTGRES(nothing_works_while_the_server_is_down),
        ON_POSTGRES(a_connection_that_dies_before_the_commit_leaves_nothing),
        ON_POSTGRES(a_frozen_server_blocks_for_two_seconds_at_most),
        ON_SQLITE(a_file_that_is_moved_away_takes_no_writes),
        ON_POSTGRES(going_and_coming_are_logged_once),
        cmocka_unit_test(a_bad_url_is_refused_and_its_password_not_repeated),
    };

    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
