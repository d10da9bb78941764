/* The program itself, over its sockets: the story of a chat, what is left of
 * it after kill -9, and who takes over. */
#include <sys/resource.h>

#include "own.h"
#include "peer.h"
#include "uuid.h"

#include "program.h"

enum { ADMINISTRATOR = 1 }; /* the event that made the first one */

static char database[sizeof(program_folder) + 16];
static pid_t first; /* the program that runs, 0: none */

/* ---- around each test ---- */

static int set_up(void **state)
{
    (void)state;
    program_bus_open();
    snprintf(database, sizeof(database), "%s/kratt.db", program_folder);
    setenv("KRATT_DATABASE", database, 1);
    setenv("KRATT_LOG_LEVEL", "error", 1);
    setenv("KRATT_ADMIN_LOGIN", "root", 1);
    setenv("KRATT_ADMIN_PASSWORD", "saladus", 1);
    peer_open();
    first = program_start(CHAT_STATE, NULL, -1);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const files[] = {"kratt.db", "kratt.db-wal", "kratt.db-shm",
                                        "kratt.db-writer"};
    int rc = first ? program_end(first) : 0;

    (void)state;
    peer_close();
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[sizeof(program_folder) + 32];
        snprintf(path, sizeof(path), "%s/%s", program_folder, files[i]);
        unlink(path);
    }
    program_bus_close();
    return rc;
}

static void kill_now(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(program_wait(pid), -1);
}

/* ---- the story ---- */

static void hire(const char *agent, const char *login)
{
    struct account_add account = make_account(agent, login);
    struct presence_set presence = make_presence(agent, "online");

    ask_done(MESSAGE_account_add, &account);
    ask_done(MESSAGE_presence_set, &presence);
}

static void a_chat_lives_and_every_step_is_published(void **state)
{
    static const char *const kinds[] = {"account.changed", "presence.changed", "chat.opened",
                                        "message.posted",  "chat.claimed",     "chat.redirected",
                                        "chat.ended"};
    struct chat_claim claim = make_claim(1, "EE1");
    struct chat_redirect redirect = make_redirect(1, 1002, "EE2");
    struct chat_end end = make_end(1, 1003, "ACCEPTED");
    struct message_post late = make_post(1, 1004, "jah", "");

    (void)state;
    int64_t before = await_head();
    hire("EE2", "jaan");
    assert_string_equal(ask_open(1)->status, "OPEN");
    assert_string_equal(ask_post(1, 1)->last_message, "jah");
    assert_string_equal(ask_chat(MESSAGE_chat_claim, &claim)->customer_support_id, "EE1");
    assert_string_equal(ask_chat(MESSAGE_chat_redirect, &redirect)->customer_support_id, "EE2");
    assert_string_equal(ask_chat(MESSAGE_chat_end, &end)->status, "ENDED");
    ask_refused(MESSAGE_message_post, &late, "chat_has_ended");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        await_event(before + 1 + (int64_t)i, kinds[i]);
    assert_int_equal(await_head(), before + 7);
    assert_int_equal(ask_events()->count, ADMINISTRATOR + 7);
}

static void the_first_administrator_can_be_asked_for(void **state)
{
    struct account_get query = {.login = own_copy("root")};

    (void)state;
    uuid_make(query.request_id);
    const struct reply *reply = ask(MESSAGE_account_get, &query);
    assert_int_equal(reply->type, MESSAGE_account_found);
    const struct account *account = ((const struct account_found *)reply->body)->account.items;
    if (!account)
        abort(); /* the codec would have refused such an answer */
    assert_string_equal(account->id_code, "root");
    assert_memory_equal(account->password_hash, "$y$", 3);
}

/* Receives the next answer, which must be of this type. Lent by reply. */
static const void *await_answer(struct reply *reply, enum message_id type)
{
    if (!receive(peer.dealer, reply, PATIENCE_MS) || !reply->body)
        fail_msg("no answer");
    assert_int_equal(reply->type, type);
    if (!reply->body)
        abort(); /* which the analyser does not know to be impossible */
    return reply->body;
}

static void a_query_sees_the_commands_sent_before_it(void **state)
{
    enum { ROUNDS = 50 };
    struct reply reply = {0};

    (void)state;
    ask_open(1);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        struct message_post post = make_post(1, 1000 + i, "jah", "");
        struct messages_get query = {0};
        id_of(1, query.chat_id);
        uuid_make(query.request_id);
        assert_int_equal(bus_send(peer.dealer, NULL, MESSAGE_message_post, &post), 0);
        assert_int_equal(bus_send(peer.dealer, NULL, MESSAGE_messages_get, &query), 0);
        (void)await_answer(&reply, MESSAGE_chat_found);
        const struct messages_found *found = await_answer(&reply, MESSAGE_messages_found);
        assert_int_equal(found->messages.count, i + 1);
        message_clear(&message_types[MESSAGE_message_post], &post);
    }
    reply_clear(&reply);
}

static void many_commands_at_once_are_all_answered_in_order(void **state)
{
    enum { COMMANDS = 900 };
    struct reply reply = {0};
    int64_t updated = 0;

    (void)state;
    int64_t before = await_head(); /* or the first events pass before we listen */
    ask_open(1);
    for (unsigned i = 1; i <= COMMANDS; i++) {
        struct message_post post = make_post(1, 1000 + i, "jah", "");
        assert_int_equal(bus_send(peer.dealer, NULL, MESSAGE_message_post, &post), 0);
        message_clear(&message_types[MESSAGE_message_post], &post);
    }
    for (int i = 0; i < COMMANDS; i++) {
        const struct chat_found *found = await_answer(&reply, MESSAGE_chat_found);
        const struct chat *chat = found->chat.items;
        assert_true(chat && chat->updated > updated);
        updated = chat->updated;
    }
    for (int64_t seq = before + 1; seq <= before + COMMANDS + 1; seq++) {
        do
            assert_true(receive(peer.sub, &reply, PATIENCE_MS));
        while (reply.type != MESSAGE_event);
        assert_int_equal(((const struct event *)reply.body)->seq, seq);
    }
    reply_clear(&reply);
}

static void bad_messages_do_no_harm(void **state)
{
    (void)state;
    ask_open(1);
    zsock_send(peer.dealer, "ss", "message.post", "no MessagePack");
    zsock_send(peer.dealer, "ss", "no.such", "");
    zsock_send(peer.dealer, "s", "");
    zsock_send(peer.dealer, "sssss", "a", "b", "c", "d", "e");
    assert_string_equal(ask_post(1, 1)->last_message, "jah");
}

static void a_full_disk_refuses_what_writes_and_answers_what_reads(void **state)
{
    const struct rlimit none = {0, RLIM_INFINITY};
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    struct message_post post = make_post(1, 1001, "jah", "");
    struct chat_get query = {0};

    (void)state;
    await_reason("");
    ask_open(1);
    assert_int_equal(prlimit(first, RLIMIT_FSIZE, &none, NULL), 0);
    ask_refused(MESSAGE_message_post, &post, "database_unavailable");
    await_reason("the database does not answer");
    id_of(1, query.chat_id);
    uuid_make(query.request_id);
    assert_string_equal(ask_chat(MESSAGE_chat_get, &query)->last_message, "tere");
    assert_int_equal(prlimit(first, RLIMIT_FSIZE, &all, NULL), 0);
    await_reason(""); /* ready again */
    ask_post(1, 1);
    assert_int_equal(ask_events()->count, ADMINISTRATOR + 2);
}

/* ---- death and succession ---- */

static void nothing_acknowledged_is_lost_by_kill_9(void **state)
{
    enum { ROUNDS = 4, MESSAGES = 20 };
    struct message_post repeat = make_post(1, 1500, "kord", "");
    int64_t updated = 0;

    (void)state;
    ask_open(1);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 1; i <= MESSAGES; i++) {
            const struct chat *chat = ask_post(1, round * MESSAGES + i);
            assert_true(chat->updated > updated);
            updated = chat->updated;
        }
        kill_now(first);
        first = program_start(CHAT_STATE, NULL, -1);
    }
    struct message_post again = {0}, known = {0};
    message_copy(&message_types[MESSAGE_message_post], &again, &repeat);
    message_copy(&message_types[MESSAGE_message_post], &known, &repeat);
    int64_t seq = ask_chat(MESSAGE_message_post, &repeat)->seq;
    kill_now(first);
    first = program_start(CHAT_STATE, NULL, -1);
    again.may_repeat = true;
    assert_int_equal(ask_chat(MESSAGE_message_post, &again)->seq, seq);
    assert_int_equal(ask_chat(MESSAGE_message_post, &known)->seq, seq); /* by its message id */
    assert_int_equal(ask_events()->count, ADMINISTRATOR + 1 + ROUNDS * MESSAGES + 1);
}

static void a_second_one_waits_and_takes_over_when_the_first_is_killed(void **state)
{
    (void)state;
    ask_open(1);
    pid_t second = program_start(CHAT_STATE, NULL, -1);
    await_reason("another chat-state has the lock");
    ask_post(1, 1);
    kill_now(first);
    first = second;
    ask_post(1, 2);
    assert_int_equal(ask_events()->count, ADMINISTRATOR + 3);
}

static void a_second_one_takes_over_when_the_first_ends(void **state)
{
    (void)state;
    ask_open(1);
    for (unsigned i = 1; i <= 3; i++) {
        pid_t second = program_start(CHAT_STATE, NULL, -1);
        await_reason("another chat-state has the lock");
        assert_int_equal(program_end(first), 0);
        first = second;
        ask_post(1, i);
    }
    assert_int_equal(ask_events()->count, ADMINISTRATOR + 4);
}

static void an_address_that_is_taken_away_is_bound_again(void **state)
{
    (void)state;
    ask_open(1);
    assert_int_equal(unlink(endpoints.commands + strlen("ipc://")), 0);
    zsock_destroy(&peer.dealer);
    peer.dealer = bus_open(ZMQ_DEALER, BUS_CONNECT, endpoints.commands);
    ask_post(1, 1);
}

/* ---- settings ---- */

static void half_a_first_administrator_is_no_start(void **state)
{
    (void)state;
    kill_now(first);
    setenv("KRATT_ADMIN_PASSWORD", "", 1);
    setenv("KRATT_LOG_LEVEL", "error", 1);
    assert_int_equal(program_wait(program_start(CHAT_STATE, NULL, -1)), EXIT_FAILURE);
    first = 0;
}

static void its_help_names_every_setting(void **state)
{
    static const char *const names[] = {"KRATT_DATABASE",
                                        "KRATT_ADMIN_LOGIN",
                                        "KRATT_ADMIN_PASSWORD",
                                        "KRATT_ADMIN_ID_CODE",
                                        "KRATT_OPEN_CHATS_MAX",
                                        "KRATT_CHAT_MESSAGES_MAX",
                                        "KRATT_CHAT_CHARACTERS_MAX",
                                        "KRATT_TOKENS_MAX"};
    static char help[16384];

    (void)state;
    (void)await_head(); /* a program that has hardly begun cannot be ended in order */
    program_says(CHAT_STATE, "--help", help, sizeof(help));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_non_null(strstr(help, names[i]));
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_chat_lives_and_every_step_is_published),
        CASE(the_first_administrator_can_be_asked_for),
        CASE(a_query_sees_the_commands_sent_before_it),
        CASE(many_commands_at_once_are_all_answered_in_order),
        CASE(bad_messages_do_no_harm),
        CASE(a_full_disk_refuses_what_writes_and_answers_what_reads),
        CASE(nothing_acknowledged_is_lost_by_kill_9),
        CASE(a_second_one_waits_and_takes_over_when_the_first_is_killed),
        CASE(a_second_one_takes_over_when_the_first_ends),
        CASE(an_address_that_is_taken_away_is_bound_again),
        CASE(half_a_first_administrator_is_no_start),
        CASE(its_help_names_every_setting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
