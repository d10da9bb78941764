/* waiting-time as a program, with a chat-state that the test plays. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own.h"
#include "program.h"
#include "uuid.h"

enum { CHATS_MAX = 300, EVENTS_MAX = 1000, PAGE = 3, PATIENCE_MS = 20000 };

/* ---- the chat-state that the test plays ---- */

static struct {
    zsock_t *router, *pub;
    char log_id[UUID_SIZE];
    struct chat chats[CHATS_MAX]; /* in order of id */
    size_t chat_count;
    struct event events[EVENTS_MAX];
    int64_t seq;
    int64_t waits[EVENTS_MAX]; /* oldest first */
    int64_t wait_count;
    int64_t now;
    bool loses; /* events are stored, but do not arrive */
    bool is_mute;
    void (*before_waits)(void); /* called once */
} store;

/* What the test has heard of waiting-time. */
static struct {
    zsock_t *sub, *dealer;
    struct waiting last; /* published */
    int count;           /* of those published */
    struct waiting answer;
    bool answered;
    int64_t refused; /* the status of a refusal */
} heard;

static pid_t program;

static void store_change(size_t i, const char *agent, bool ended)
{
    struct chat *chat = &store.chats[i];
    struct event *event = &store.events[store.seq++];

    store.now += 10;
    if (!*chat->customer_support_id && *agent && !chat->ended)
        store.waits[store.wait_count++] = store.now - chat->created;
    own_replace(&chat->customer_support_id, agent);
    if (ended)
        chat->ended = store.now;
    chat->updated = store.now;
    chat->seq = store.seq;
    event->seq = store.seq;
    event->at = store.now;
    event->kind = own_copy("chat.claimed");
    message_copy(&message_types[MESSAGE_chat],
                 list_append((struct list *)&event->chat, &message_types[MESSAGE_chat]), chat);
    if (!store.loses)
        bus_send(store.pub, NULL, MESSAGE_event, event);
}

static void store_open_chat(const char *agent)
{
    size_t i = store.chat_count++;

    snprintf(store.chats[i].id, UUID_SIZE, "00000000-0000-4000-8000-%012zx", i);
    store.chats[i].created = store.now + 1;
    store.chats[i].status = own_copy("OPEN");
    store.chats[i].customer_support_id = own_copy("");
    store_change(i, agent, false);
}

static void send_head(void)
{
    struct log_head head = {.seq = store.seq};

    memcpy(head.log_id, store.log_id, UUID_SIZE);
    bus_send(store.pub, NULL, MESSAGE_log_head, &head);
}

static void on_chats_get(void *self, const zframe_t *peer, const void *message)
{
    const struct chats_get *question = message;
    struct chats_found found = {.seq = store.seq};

    (void)self;
    if (store.is_mute)
        return;
    memcpy(found.request_id, question->request_id, UUID_SIZE);
    memcpy(found.log_id, store.log_id, UUID_SIZE);
    for (size_t i = 0; i < store.chat_count; i++) {
        const struct chat *chat = &store.chats[i];
        if (chat->ended || strcmp(chat->id, question->after) <= 0)
            continue;
        found.more = found.chats.count == PAGE;
        if (found.more)
            break;
        message_copy(&message_types[MESSAGE_chat],
                     list_append((struct list *)&found.chats, &message_types[MESSAGE_chat]), chat);
    }
    assert_int_equal(bus_send(store.router, peer, MESSAGE_chats_found, &found), 0);
    message_clear(&message_types[MESSAGE_chats_found], &found);
}

static void on_waits_get(void *self, const zframe_t *peer, const void *message)
{
    const struct waits_get *question = message;
    struct waits_found found = {0};
    void (*before)(void) = store.before_waits;

    (void)self;
    store.before_waits = NULL;
    if (before)
        before();
    found.seq = store.seq;
    memcpy(found.request_id, question->request_id, UUID_SIZE);
    for (int64_t i = store.wait_count; i > 0 && (int64_t)found.waits.count < question->limit; i--) {
        struct wait *wait = list_append((struct list *)&found.waits, &message_types[MESSAGE_wait]);
        wait->milliseconds = store.waits[i - 1];
    }
    assert_int_equal(bus_send(store.router, peer, MESSAGE_waits_found, &found), 0);
    message_clear(&message_types[MESSAGE_waits_found], &found);
}

static void on_events_get(void *self, const zframe_t *peer, const void *message)
{
    const struct events_get *question = message;
    struct events_found found = {.seq = store.seq, .first_seq = 1};

    (void)self;
    memcpy(found.request_id, question->request_id, UUID_SIZE);
    memcpy(found.log_id, store.log_id, UUID_SIZE);
    for (int64_t i = question->after_seq; i < store.seq; i++)
        message_copy(&message_types[MESSAGE_event],
                     list_append((struct list *)&found.events, &message_types[MESSAGE_event]),
                     &store.events[i]);
    assert_int_equal(bus_send(store.router, peer, MESSAGE_events_found, &found), 0);
    message_clear(&message_types[MESSAGE_events_found], &found);
}

static const struct handler store_handlers[] = {
    {MESSAGE_chats_get, on_chats_get},
    {MESSAGE_waits_get, on_waits_get},
    {MESSAGE_events_get, on_events_get},
    {0, NULL},
};

/* ---- what waiting-time says ---- */

static void on_published(void *self, const zframe_t *peer, const void *message)
{
    const struct message_type *type = &message_types[MESSAGE_waiting];

    (void)self;
    (void)peer;
    message_clear(type, &heard.last);
    message_copy(type, &heard.last, message);
    heard.count++;
}

static void on_answered(void *self, const zframe_t *peer, const void *message)
{
    const struct message_type *type = &message_types[MESSAGE_waiting];

    (void)self;
    (void)peer;
    message_clear(type, &heard.answer);
    message_copy(type, &heard.answer, message);
    heard.answered = true;
}

static void on_refused(void *self, const zframe_t *peer, const void *message)
{
    const struct request_refused *refused = message;

    (void)self;
    (void)peer;
    heard.refused = refused->status;
    heard.answered = true;
}

static const struct handler heard_handlers[] = {
    {MESSAGE_waiting, on_published},
    {0, NULL},
};
static const struct handler answer_handlers[] = {
    {MESSAGE_waiting, on_answered},
    {MESSAGE_request_refused, on_refused},
    {0, NULL},
};

static void turn(int timeout_ms)
{
    zsock_t *const socks[] = {store.router, heard.sub, heard.dealer, NULL};

    program_poll(socks, timeout_ms);
    while (bus_dispatch(store.router, store_handlers, NULL))
        ;
    while (bus_dispatch(heard.sub, heard_handlers, NULL))
        ;
    while (bus_dispatch(heard.dealer, answer_handlers, NULL))
        ;
}

static void await(bool (*holds)(void), const char *what)
{
    int64_t end = clock_monotonic_ms() + PATIENCE_MS;

    while (!holds()) {
        if (clock_monotonic_ms() > end)
            fail_msg("waited in vain until %s", what);
        turn(100);
    }
}

static bool is_answered(void)
{
    return heard.answered;
}

static void ask(const char *chat_id, bool all)
{
    struct waiting_get question = {.all = all};

    uuid_make(question.request_id);
    snprintf(question.chat_id, UUID_SIZE, "%s", chat_id);
    heard.answered = false;
    heard.refused = 0;
    while (bus_send(heard.dealer, NULL, MESSAGE_waiting_get, &question) == -1)
        turn(20); /* it is not connected yet */
    await(is_answered, "waiting.get is answered");
    if (!heard.refused)
        assert_string_equal(heard.answer.request_id, question.request_id);
}

/* Whether waiting-time lists exactly the unassigned chats from 1 to u, and
 * the seconds follow from the waits of the store. */
static bool lists_the_queue(const struct waiting *said)
{
    size_t position = 0;
    int64_t sum = 0, count = 0;

    for (int64_t i = store.wait_count; i > 0 && count < 20; i--, count++)
        sum += store.waits[i - 1];
    int64_t seconds = count ? (sum + count * 500) / (count * 1000) : 0;
    for (size_t i = 0; i < store.chat_count; i++) {
        const struct chat *chat = &store.chats[i];
        if (chat->ended || *chat->customer_support_id)
            continue;
        if (position >= said->places.count)
            return false;
        const struct place *place = &said->places.items[position++];
        if (strcmp(place->chat_id, chat->id) != 0 || place->position != (int64_t)position ||
            place->seconds != (int64_t)position * seconds)
            return false;
    }
    return position == said->places.count && said->seconds == seconds;
}

static bool published_the_queue(void)
{
    return heard.count > 0 && lists_the_queue(&heard.last);
}

static void start_program(void)
{
    heard.count = 0;
    program = program_start(PROGRAM, NULL, -1);
}

static void await_ready(void)
{
    do
        ask("", false);
    while (heard.refused);
}

static int set_up(void **state)
{
    (void)state;
    memset(&store, 0, sizeof(store));
    memset(&heard, 0, sizeof(heard));
    program_bus_open();
    uuid_make(store.log_id);
    store.now = 1700000000000;
    store.router = bus_open(ZMQ_ROUTER, BUS_BIND, endpoints.commands);
    store.pub = bus_open(ZMQ_PUB, BUS_BIND, endpoints.events);
    heard.sub = bus_open(ZMQ_SUB, BUS_CONNECT, endpoints.waiting_events);
    heard.dealer = bus_open(ZMQ_DEALER, BUS_CONNECT, endpoints.waiting);
    bus_subscribe(heard.sub, MESSAGE_waiting);
    for (int i = 0; i < 7; i++)
        store_open_chat(i == 2 ? "EE49003106521" : "");
    start_program();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    int status = program_end(program);
    zsock_destroy(&store.router);
    zsock_destroy(&store.pub);
    zsock_destroy(&heard.sub);
    zsock_destroy(&heard.dealer);
    for (size_t i = 0; i < store.chat_count; i++)
        message_clear(&message_types[MESSAGE_chat], &store.chats[i]);
    for (int64_t i = 0; i < store.seq; i++)
        message_clear(&message_types[MESSAGE_event], &store.events[i]);
    message_clear(&message_types[MESSAGE_waiting], &heard.last);
    message_clear(&message_types[MESSAGE_waiting], &heard.answer);
    program_bus_close();
    return status; /* SIGTERM ends it cleanly, whatever it is doing */
}

/* ---- the tests ---- */

static void a_chat_is_told_its_place_and_only_that(void **state)
{
    (void)state;
    await_ready();
    ask(store.chats[3].id, false);
    assert_int_equal(heard.answer.places.count, 1);
    assert_string_equal(heard.answer.places.items[0].chat_id, store.chats[3].id);
    assert_int_equal(heard.answer.places.items[0].position, 3);
    assert_int_equal(heard.answer.places.items[0].seconds, 3 * heard.answer.seconds);
    ask(store.chats[2].id, false); /* assigned */
    assert_int_equal(heard.answer.places.count, 0);
    ask("", false);
    assert_int_equal(heard.answer.places.count, 0);
    ask("", true);
    assert_true(lists_the_queue(&heard.answer));
}

static void positions_stay_without_gaps_after_claim_and_end(void **state)
{
    (void)state;
    await_ready();
    store_change(3, "EE49003106521", false);
    await(published_the_queue, "the claim is published");
    store_change(0, "", true);
    await(published_the_queue, "the end is published");
    store_open_chat("");
    await(published_the_queue, "the new chat is published");
    store_open_chat("bot");
    store_change(4, "EE38001085718", false);
    await(published_the_queue, "the second claim is published");
}

static void a_restart_changes_no_value(void **state)
{
    (void)state;
    await_ready();
    for (size_t i = 0; i < 30; i++) {
        store.now += 977 * (int64_t)i;
        store_open_chat("");
        if (i % 4)
            store_change(store.chat_count - 2, "EE49003106521", false);
    }
    await(published_the_queue, "all is published");
    int64_t seconds = heard.last.seconds;
    assert_true(seconds > 0);
    assert_int_equal(program_end(program), 0);
    start_program();
    await_ready();
    ask("", true);
    assert_true(lists_the_queue(&heard.answer));
    assert_int_equal(heard.answer.seconds, seconds);
}

static void a_burst_is_published_in_a_few_messages(void **state)
{
    (void)state;
    await_ready();
    await(published_the_queue, "the start is published");
    heard.count = 0;
    for (int i = 0; i < 100; i++)
        store_open_chat("");
    await(published_the_queue, "the burst is published");
    assert_in_range(heard.count, 1, 5);
}

static void a_lost_event_is_fetched(void **state)
{
    (void)state;
    await_ready();
    await(published_the_queue, "the start is published");
    store.loses = true;
    store_change(1, "EE49003106521", false);
    store_open_chat("");
    store.loses = false;
    send_head(); /* as every second */
    await(published_the_queue, "what was lost is published");
    store.loses = true;
    store_change(5, "", true);
    store.loses = false;
    store_change(6, "EE49003106521", false); /* shows the hole */
    await(published_the_queue, "the hole is repaired");
}

static void another_event_log_is_read_from_the_start(void **state)
{
    (void)state;
    await_ready();
    await(published_the_queue, "the start is published");
    uuid_make(store.log_id);
    store.loses = true;
    for (size_t i = 0; i < 4; i++)
        store_change(i, "", true);
    store.loses = false;
    send_head();
    await(published_the_queue, "the other log is read");
}

/* Takes back the newest claim, as a backup from before it would. */
static void take_back(size_t chat)
{
    message_clear(&message_types[MESSAGE_event], &store.events[--store.seq]);
    own_replace(&store.chats[chat].customer_support_id, "");
    store.wait_count--;
}

static void a_log_that_went_back_is_read_from_the_start(void **state)
{
    (void)state;
    await_ready();
    for (size_t i = 3; i < 6; i++)
        store_change(i, "EE49003106521", false);
    await(published_the_queue, "the claims are published");
    for (size_t i = 5; i > 3; i--)
        take_back(i);
    send_head();
    await(published_the_queue, "the restored log is read");
    store_change(4, "EE38001085718", false); /* a number that was used before */
    await(published_the_queue, "what happened since is published");
}

static void claim_two(void)
{
    store.now += 60000;
    store_change(0, "EE49003106521", false);
    store_open_chat("");
    store_change(1, "EE49003106521", false);
}

static void what_happens_while_it_reads_counts_once(void **state)
{
    (void)state;
    await_ready();
    assert_int_equal(program_end(program), 0);
    store.before_waits = claim_two; /* after the pages, in the waits, and as events */
    start_program();
    await_ready();
    assert_null(store.before_waits);
    ask("", true);
    assert_true(lists_the_queue(&heard.answer));
}

static void while_nothing_is_known_it_says_so(void **state)
{
    (void)state;
    await_ready();
    assert_int_equal(program_end(program), 0);
    store.is_mute = true;
    start_program();
    ask("", false);
    assert_int_equal(heard.refused, 503);
}

static void help_names_the_settings_and_version_the_version(void **state)
{
    char text[8192];

    (void)state;
    program_says(PROGRAM, "--help", text, sizeof(text));
    assert_non_null(strstr(text, "KRATT_WAITING_WINDOW"));
    assert_non_null(strstr(text, "KRATT_WAITING_EVENTS"));
    program_says(PROGRAM, "--version", text, sizeof(text));
    assert_non_null(strstr(text, KRATT_VERSION));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_chat_is_told_its_place_and_only_that, set_up, tear_down),
        cmocka_unit_test_setup_teardown(positions_stay_without_gaps_after_claim_and_end, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_restart_changes_no_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_burst_is_published_in_a_few_messages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lost_event_is_fetched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_event_log_is_read_from_the_start, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_log_that_went_back_is_read_from_the_start, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_happens_while_it_reads_counts_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(while_nothing_is_known_it_says_so, set_up, tear_down),
        cmocka_unit_test(help_names_the_settings_and_version_the_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
