/* Being the one that writes, on real databases: who leads, who waits, and
 * what happens when the database fails. */
#include "writer.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>

#include "commands.h"
#include "own.h"
#include "password.h"
#include "picture.h"
#include "stores.h"

enum { NOW = 1700000000 };

/* The number before the first event: the clock, in microseconds. */
static const int64_t LOG_START = NOW * (int64_t)1000;

static struct writer_settings settings;

/* An empty database, which nobody has open. */
static struct testbed *prepare(void **state)
{
    struct testbed *bed = *state;

    testbed_renew(bed);
    settings = (struct writer_settings){.database = bed->url,
                                        .admin_login = "",
                                        .admin_password = "",
                                        .admin_id_code = "",
                                        .limits = {.open_chats = 100,
                                                   .messages = 1000,
                                                   .characters = 1000000,
                                                   .tokens = 100,
                                                   .accounts = 100}};
    return bed;
}

/* Steps until it has this role, for a few seconds at most: that a connection
 * has ended is no event that the other side could wait for. */
static void step_until(struct writer *writer, enum writer_role role)
{
    for (int i = 0; i < 250 && writer->role != role; i++) {
        if (i > 2)
            poll(NULL, 0, 20);
        writer_step(writer, NOW);
    }
    if (writer->role != role)
        fail_msg("role %d: %s", (int)writer->role, writer->why);
}

static void start(struct writer *writer)
{
    *writer = (struct writer){.settings = &settings};
    step_until(writer, WRITER_LEADING);
}

static void add(struct writer *writer, enum message_id type, void *command)
{
    batch_add(writer->batch, NULL, type, command, NOW);
    message_clear(&message_types[type], command);
}

/* Opens a chat. Returns as writer_commit, with the verdict of the command. */
static int open_chat(struct writer *writer, unsigned chat, enum verdict *verdict)
{
    struct chat_open command = make_open(chat, chat + 100, "tere");

    add(writer, MESSAGE_chat_open, &command);
    int rc = writer_commit(writer);
    *verdict = batch_outcome(writer->batch, 0)->verdict;
    batch_clear(writer->batch);
    return rc;
}

/* ---- the first administrator ---- */

static void the_first_administrator_is_made_once(void **state)
{
    struct account account = {0};

    (void)prepare(state);
    settings.admin_login = "root";
    settings.admin_password = "saladus";
    settings.admin_id_code = "EE1";
    for (int round = 0; round < 2; round++) {
        struct writer writer;
        start(&writer);
        assert_int_equal(writer.memory.tally.seq, LOG_START + 1);
        assert_int_equal(store_read_account(writer.store, "root", "", &account), 1);
        assert_string_equal(account.id_code, "EE1");
        assert_int_equal(account.roles.count, 1);
        assert_string_equal(account.roles.items[0].name, "ROLE_ADMINISTRATOR");
        assert_true(password_matches("saladus", account.password_hash));
        message_clear(&message_types[MESSAGE_account], &account);
        assert_int_equal(writer.memory.tally.row, 11); /* 9 are settings, and one its own */
        assert_int_equal(writer.memory.first_seq, LOG_START + 1);
        writer_close(&writer);
    }
}

static void without_one_it_leads_all_the_same(void **state)
{
    struct store_head head;

    (void)prepare(state);
    struct writer writer;
    start(&writer);
    assert_int_equal(store_read_head(writer.store, &head), 0);
    assert_false(head.has_accounts);
    writer_close(&writer);
}

static void half_a_first_administrator_is_refused(void **state)
{
    static const struct {
        const char *login, *password, *id_code;
        const char *why; /* "" when it is accepted */
    } cases[] = {
        {"", "", "", ""},
        {"root", "saladus", "", ""},
        {"root", "saladus", "EE1", ""},
        {"root", "", "", "KRATT_ADMIN_LOGIN is set, but KRATT_ADMIN_PASSWORD is not"},
        {"", "saladus", "", "KRATT_ADMIN_PASSWORD is set, but KRATT_ADMIN_LOGIN is not"},
        {"", "", "EE1", "KRATT_ADMIN_ID_CODE is set, but KRATT_ADMIN_LOGIN is not"},
        {"123456789012345678901234567890123456789012345678901", "saladus", "",
         "KRATT_ADMIN_LOGIN is no text of at most 50 characters"},
        {"\xff", "saladus", "", "KRATT_ADMIN_LOGIN is no text of at most 50 characters"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct writer_settings given = {.admin_login = cases[i].login,
                                              .admin_password = cases[i].password,
                                              .admin_id_code = cases[i].id_code};
        char why[WHY_MAX] = "";
        assert_int_equal(writer_check(&given, why), *cases[i].why ? -1 : 0);
        assert_string_equal(why, cases[i].why);
    }
}

/* ---- who leads ---- */

static void a_second_one_waits_and_takes_over(void **state)
{
    struct writer second = {.settings = &settings};
    enum verdict verdict;

    (void)prepare(state);
    struct writer first;
    start(&first);
    writer_step(&second, NOW);
    assert_int_equal(second.role, WRITER_WAITING);
    assert_string_equal(second.why, "another chat-state has the lock");
    assert_true(second.database_answers);
    assert_null(second.batch);
    assert_int_equal(writer_pause(&second), 250);
    assert_int_equal(open_chat(&first, 1, &verdict), 0);
    writer_close(&first);
    step_until(&second, WRITER_LEADING);
    assert_int_equal(second.memory.tally.seq, LOG_START + 1);
    assert_int_equal(second.memory.count, 1);
    writer_close(&second);
}

static void one_whose_log_has_moved_on_reads_it_anew(void **state)
{
    struct testbed *bed = prepare(state);
    struct message message = {.created = 1, .updated = 1, .author_role = "end-user"};
    enum verdict verdict;

    struct writer writer;
    start(&writer);
    assert_int_equal(open_chat(&writer, 1, &verdict), 0);
    writer_lost(&writer);
    assert_false(writer.database_answers);
    writer_step(&writer, NOW); /* nothing has happened */
    assert_int_equal(writer.role, WRITER_LEADING);
    assert_true(writer.database_answers);

    struct store *other = testbed_open(bed);
    id_of(1, message.chat_id);
    id_of(9, message.id);
    assert_int_equal(store_begin(other), 0);
    assert_int_equal(store_add_message(other, 1000, &message), 0);
    assert_int_equal(store_commit(other), 0);
    store_close(&other);
    writer_lost(&writer);
    writer_step(&writer, NOW);
    assert_int_equal(writer.role, WRITER_WAITING);
    assert_null(writer.batch);
    step_until(&writer, WRITER_LEADING);
    assert_int_equal(writer.memory.tally.row, 1000);
    writer_close(&writer);
}

static void what_is_read_at_start_is_what_was_known(void **state)
{
    (void)prepare(state);
    struct writer writer;
    start(&writer);
    for (unsigned chat = 1; chat <= 6; chat++) {
        static const char *const events[] = {"",           "message-read",
                                             "rating",     "requested-chat-forward",
                                             "redirected", "contact-information-fulfilled"};
        struct chat_open open = make_open(chat, chat * 100, "tere õ 🙂");
        add(&writer, MESSAGE_chat_open, &open);
        for (unsigned i = 1; i < chat; i++) {
            struct message_post post = make_post(chat, chat * 100 + i, "jah", events[i]);
            add(&writer, MESSAGE_message_post, &post);
        }
        struct chat_claim claim = make_claim(chat, chat % 2 ? "EE1" : "EE2");
        add(&writer, MESSAGE_chat_claim, &claim);
    }
    struct token_issue issue = make_issue(78, NOW + 5000);
    add(&writer, MESSAGE_token_issue, &issue);
    struct token_issue issue_too = make_issue(77, NOW + 5000);
    add(&writer, MESSAGE_token_issue, &issue_too);
    struct chat_end end = make_end(3, 399, "answered");
    id_of(77, end.token_id);
    end.token_expires_at = NOW + 5000;
    add(&writer, MESSAGE_chat_end, &end);
    assert_int_equal(writer_commit(&writer), 0);
    batch_clear(writer.batch);
    char *before = picture_of(&writer.memory, PICTURE_READ);
    writer_close(&writer);
    start(&writer);
    char *after = picture_of(&writer.memory, PICTURE_READ);
    assert_string_equal(before, after);
    assert_int_equal(writer.memory.count, 5);
    assert_int_equal(writer.memory.tokens.count, 1);
    free(before);
    free(after);
    writer_close(&writer);
}

/* ---- failure ---- */

static void a_database_that_is_not_there_yet_is_waited_for(void **state)
{
    struct writer writer = {.settings = &settings};
    int64_t last = 0;

    (void)prepare(state);
    settings.database = "postgresql://127.0.0.1:1/none";
    for (int i = 0; i < 8; i++) {
        writer_step(&writer, NOW);
        assert_int_equal(writer.role, WRITER_WAITING);
        assert_false(writer.database_answers);
        assert_true(writer_pause(&writer) >= last);
        last = writer_pause(&writer);
    }
    assert_int_equal(last, 5000);
    assert_true(strlen(writer.why) > 0);
    writer_close(&writer);
}

static void a_full_disk_fails_the_group_and_the_next_one_works(void **state)
{
    const struct rlimit none = {0, RLIM_INFINITY};
    struct rlimit before;
    enum verdict verdict;

    (void)prepare(state);
    struct writer writer;
    start(&writer);
    assert_int_equal(open_chat(&writer, 1, &verdict), 0);
    char *known = picture_of(&writer.memory, PICTURE_ALL);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    int rc = open_chat(&writer, 2, &verdict);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(rc, -1);
    assert_int_equal(verdict, VERDICT_FAILED);
    assert_int_equal(writer.role, WRITER_CUT_OFF);
    char *after = picture_of(&writer.memory, PICTURE_ALL);
    assert_string_equal(known, after);
    step_until(&writer, WRITER_LEADING);
    assert_int_equal(open_chat(&writer, 2, &verdict), 0);
    assert_int_equal(verdict, VERDICT_ACCEPTED);
    assert_int_equal(writer.memory.tally.seq, LOG_START + 2);
    free(known);
    free(after);
    writer_close(&writer);
}

static void a_database_that_goes_away_and_comes_back_is_found_again(void **state)
{
    enum verdict verdict;

    (void)prepare(state);
    struct writer writer;
    start(&writer);
    assert_int_equal(open_chat(&writer, 1, &verdict), 0);
    char *known = picture_of(&writer.memory, PICTURE_ALL);
    stores_postgres("kill");
    assert_int_equal(open_chat(&writer, 2, &verdict), -1);
    assert_int_equal(verdict, VERDICT_FAILED);
    assert_int_equal(writer.role, WRITER_CUT_OFF);
    for (int i = 0; i < 3; i++)
        writer_step(&writer, NOW);
    assert_int_equal(writer.role, WRITER_CUT_OFF);
    assert_true(writer_pause(&writer) > 250);
    char *after = picture_of(&writer.memory, PICTURE_ALL);
    assert_string_equal(known, after);
    stores_postgres("resume");
    step_until(&writer, WRITER_LEADING);
    assert_int_equal(open_chat(&writer, 2, &verdict), 0);
    assert_int_equal(writer.memory.tally.seq, LOG_START + 2);
    free(known);
    free(after);
    writer_close(&writer);
}

static void a_leader_notices_without_a_command_that_the_database_is_away(void **state)
{
    (void)prepare(state);
    struct writer writer;
    start(&writer);
    writer_step(&writer, NOW);
    assert_int_equal(writer.role, WRITER_LEADING);
    stores_postgres("kill");
    writer_step(&writer, NOW);
    assert_int_equal(writer.role, WRITER_CUT_OFF);
    stores_postgres("resume");
    step_until(&writer, WRITER_LEADING);
    writer_close(&writer);
}

int main(void)
{
#define ON_SQLITE(test)   cmocka_unit_test_setup_teardown(test, testbed_sqlite, testbed_close)
#define ON_POSTGRES(test) cmocka_unit_test_setup_teardown(test, testbed_postgres, testbed_close)
    const struct CMUnitTest tests[] = {
        ON_BOTH(the_first_administrator_is_made_once),
        ON_BOTH(without_one_it_leads_all_the_same),
        cmocka_unit_test(half_a_first_administrator_is_refused),
        ON_BOTH(a_second_one_waits_and_takes_over),
        ON_BOTH(one_whose_log_has_moved_on_reads_it_anew),
        ON_BOTH(what_is_read_at_start_is_what_was_known),
        ON_SQLITE(a_database_that_is_not_there_yet_is_waited_for),
        ON_SQLITE(a_full_disk_fails_the_group_and_the_next_one_works),
        ON_POSTGRES(a_database_that_goes_away_and_comes_back_is_found_again),
        ON_POSTGRES(a_leader_notices_without_a_command_that_the_database_is_away),
    };
    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
