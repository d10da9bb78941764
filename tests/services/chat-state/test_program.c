/* The program itself, over its sockets: the story of a chat, what is left of
 * it after kill -9, and who takes over. */
#include <sys/resource.h>

#include "commands.h"
#include "json.h"
#include "own.h"
#include "reply.h"
#include "uuid.h"

#include "program.h"

enum { PATIENCE_MS = 10000, RESEND_MS = 500 };

static zsock_t *dealer, *sub, *beats;
static char database[sizeof(program_folder) + 16];
static pid_t first; /* the program that runs, 0: none */

/* ---- talking to it ---- */

/* Receives what is there within timeout_ms. Returns whether there was
 * something; reply need not be empty. */
static bool receive(zsock_t *sock, struct reply *reply, int timeout_ms)
{
    zsock_t *const socks[] = {sock, NULL};
    char *wire = NULL;
    zframe_t *body = NULL;
    char why[WHY_MAX];

    program_poll(socks, timeout_ms);
    if (!(zsock_events(sock) & ZMQ_POLLIN))
        return false;
    assert_int_equal(zsock_recv(sock, "sf", &wire, &body), 0);
    const struct message_type *type = message_type_named(wire);
    assert_non_null(type);
    reply_become(reply, (enum message_id)(type - message_types));
    if (message_decode(type, reply->body, zframe_data(body), zframe_size(body), why) == -1)
        fail_msg("%s: %s", wire, why);
    zstr_free(&wire);
    zframe_destroy(&body);
    return true;
}

/* From the second time on a command says that it may be a repeat. */
static void send_again(enum message_id type, void *request, int *times)
{
    const struct field *may_repeat = message_field(&message_types[type], "may_repeat");

    if (bus_send(dealer, NULL, type, request) == -1) {
        poll(NULL, 0, 20); /* it is not connected, and there is no event to await */
        return;
    }
    if (may_repeat)
        *((bool *)request + may_repeat->offset) = true;
    ++*times;
}

/* Sends until the answer comes, as rest-ingress would. Forgets the request.
 * Returns the answer, which lasts until the next one. */
static const struct reply *ask(enum message_id type, void *request)
{
    static struct reply reply;
    const char *request_id = message_text(&message_types[type], request, "request_id");
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    int64_t resend = 0;
    bool has_answer = false;
    int times = 0;

    while (!has_answer && clock_monotonic_ms() < end) {
        int before = times;
        if (clock_monotonic_ms() >= resend)
            send_again(type, request, &times);
        if (times > before)
            resend = clock_monotonic_ms() + RESEND_MS;
        has_answer = receive(dealer, &reply, times ? 20 : 0) &&
                     strcmp(reply_request(&reply), request_id) == 0;
    }
    if (!has_answer)
        fail_msg("%s: no answer", message_types[type].wire);
    message_clear(&message_types[type], request);
    return &reply;
}

static const struct chat *ask_chat(enum message_id type, void *request)
{
    const struct reply *reply = ask(type, request);

    if (reply->type == MESSAGE_request_refused)
        fail_msg("refused: %s", ((const struct request_refused *)reply->body)->code);
    assert_int_equal(reply->type, MESSAGE_chat_found);
    return &((const struct chat_found *)reply->body)->chat.items[0];
}

static void ask_done(enum message_id type, void *request)
{
    assert_int_equal(ask(type, request)->type, MESSAGE_command_done);
}

static void ask_refused(enum message_id type, void *request, const char *code)
{
    const struct reply *reply = ask(type, request);

    assert_int_equal(reply->type, MESSAGE_request_refused);
    assert_string_equal(((const struct request_refused *)reply->body)->code, code);
}

static const struct chat *ask_open(unsigned chat)
{
    struct chat_open command = make_open(chat, chat * 1000, "tere");

    return ask_chat(MESSAGE_chat_open, &command);
}

static const struct chat *ask_post(unsigned chat, unsigned message)
{
    struct message_post command = make_post(chat, chat * 1000 + message, "jah", "");

    return ask_chat(MESSAGE_message_post, &command);
}

/* All events, which must be without a hole. Lent until the next ask. */
static const struct event_list *ask_events(void)
{
    struct events_get query = {0};

    uuid_make(query.request_id);
    const struct reply *reply = ask(MESSAGE_events_get, &query);
    assert_int_equal(reply->type, MESSAGE_events_found);
    const struct events_found *found = reply->body;
    for (size_t i = 0; i < found->events.count; i++)
        assert_int_equal(found->events.items[i].seq, i + 1);
    assert_int_equal(found->seq, found->events.count);
    return &found->events;
}

/* Receives what is published until this event. */
static void await_event(int64_t seq, const char *kind)
{
    struct reply heard = {0};
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    bool is_there = false;

    while (!is_there && clock_monotonic_ms() < end) {
        if (!receive(sub, &heard, 100) || heard.type != MESSAGE_event)
            continue;
        const struct event *event = heard.body;
        is_there = event->seq == seq && strcmp(event->kind, kind) == 0;
    }
    reply_clear(&heard);
    if (!is_there)
        fail_msg("%s was not published", kind);
}

static void await_head(int64_t seq)
{
    struct reply heard = {0};
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    bool is_there = false;

    while (!is_there && clock_monotonic_ms() < end)
        is_there = receive(sub, &heard, 100) && heard.type == MESSAGE_log_head &&
                   ((const struct log_head *)heard.body)->seq == seq;
    reply_clear(&heard);
    assert_true(is_there);
}

/* Waits for a heartbeat that gives this reason for not being ready; "" when it
 * is ready. */
static void await_reason(const char *why)
{
    struct reply heard = {0};
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;
    bool is_there = false;

    while (!is_there && clock_monotonic_ms() < end)
        if (receive(beats, &heard, 100)) {
            const struct service_alive *alive = heard.body;
            is_there = strcmp(alive->why ? alive->why : "", why) == 0 && alive->ready == !*why;
            assert_string_equal(alive->service, "chat-state");
            assert_string_equal(alive->components.items[0].name, "RESQL");
        }
    reply_clear(&heard);
    if (!is_there)
        fail_msg("no heartbeat says \"%s\"", why);
}

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
    beats = bus_open(ZMQ_PULL, BUS_BIND, endpoints.heartbeats);
    dealer = bus_open(ZMQ_DEALER, BUS_CONNECT, endpoints.commands);
    sub = bus_open(ZMQ_SUB, BUS_CONNECT, endpoints.events);
    bus_subscribe(sub, MESSAGE_event);
    bus_subscribe(sub, MESSAGE_log_head);
    first = program_start(CHAT_STATE, NULL, -1);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const files[] = {"kratt.db", "kratt.db-wal", "kratt.db-shm",
                                        "kratt.db-writer"};
    int rc = first ? program_end(first) : 0;

    (void)state;
    zsock_destroy(&dealer);
    zsock_destroy(&sub);
    zsock_destroy(&beats);
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
    static const char *const kinds[] = {"presence.changed", "chat.opened",     "message.posted",
                                        "chat.claimed",     "chat.redirected", "chat.ended"};
    struct chat_claim claim = make_claim(1, "EE1");
    struct chat_redirect redirect = make_redirect(1, 1002, "EE2");
    struct chat_end end = make_end(1, 1003, "ACCEPTED");
    struct message_post late = make_post(1, 1004, "jah", "");

    (void)state;
    await_head(0);
    hire("EE2", "jaan");
    assert_string_equal(ask_open(1)->status, "OPEN");
    assert_string_equal(ask_post(1, 1)->last_message, "jah");
    assert_string_equal(ask_chat(MESSAGE_chat_claim, &claim)->customer_support_id, "EE1");
    assert_string_equal(ask_chat(MESSAGE_chat_redirect, &redirect)->customer_support_id, "EE2");
    assert_string_equal(ask_chat(MESSAGE_chat_end, &end)->status, "ENDED");
    ask_refused(MESSAGE_message_post, &late, "chat_has_ended");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        await_event((int64_t)i + 1, kinds[i]);
    await_head(6);
    assert_int_equal(ask_events()->count, 6);
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
    if (!receive(dealer, reply, PATIENCE_MS) || !reply->body)
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
        assert_int_equal(bus_send(dealer, NULL, MESSAGE_message_post, &post), 0);
        assert_int_equal(bus_send(dealer, NULL, MESSAGE_messages_get, &query), 0);
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
    await_head(0); /* or the first events pass before we listen */
    ask_open(1);
    for (unsigned i = 1; i <= COMMANDS; i++) {
        struct message_post post = make_post(1, 1000 + i, "jah", "");
        assert_int_equal(bus_send(dealer, NULL, MESSAGE_message_post, &post), 0);
        message_clear(&message_types[MESSAGE_message_post], &post);
    }
    for (int i = 0; i < COMMANDS; i++) {
        const struct chat_found *found = await_answer(&reply, MESSAGE_chat_found);
        const struct chat *chat = found->chat.items;
        assert_true(chat && chat->updated > updated);
        updated = chat->updated;
    }
    for (int64_t seq = 1; seq <= COMMANDS + 1; seq++) {
        do
            assert_true(receive(sub, &reply, PATIENCE_MS));
        while (reply.type != MESSAGE_event);
        assert_int_equal(((const struct event *)reply.body)->seq, seq);
    }
    reply_clear(&reply);
}

static void bad_messages_do_no_harm(void **state)
{
    (void)state;
    ask_open(1);
    zsock_send(dealer, "ss", "message.post", "no MessagePack");
    zsock_send(dealer, "ss", "no.such", "");
    zsock_send(dealer, "s", "");
    zsock_send(dealer, "sssss", "a", "b", "c", "d", "e");
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
    assert_int_equal(ask_events()->count, 2);
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
    assert_int_equal(ask_events()->count, 1 + ROUNDS * MESSAGES + 1);
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
    assert_int_equal(ask_events()->count, 3);
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
    assert_int_equal(ask_events()->count, 4);
}

static void an_address_that_is_taken_away_is_bound_again(void **state)
{
    (void)state;
    ask_open(1);
    assert_int_equal(unlink(endpoints.commands + strlen("ipc://")), 0);
    zsock_destroy(&dealer);
    dealer = bus_open(ZMQ_DEALER, BUS_CONNECT, endpoints.commands);
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
                                        "KRATT_REVOCATIONS_MAX"};
    static char help[16384];

    (void)state;
    await_head(0); /* a program that has hardly begun cannot be ended in order */
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
