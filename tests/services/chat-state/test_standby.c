/* What one that waits for the lock knows is what is stored, whatever is written
 * while it reads, and it reads everything anew when it cannot know. */
#include "standby.h"

#include "batch.h"
#include "commands.h"
#include "own.h"
#include "picture.h"
#include "stores.h"

enum {
    NOW = 1700000000,
    CHATS = 2500, /* more than two pages */
    ROUNDS = 40,
    GROUP_MAX = 8,
};

static const struct limits limits = {
    .open_chats = 10000, .messages = 5000, .characters = 1000000, .tokens = 1000, .accounts = 100};

static const int64_t FAR = INT64_MAX / 2; /* when tokens expire */

static struct testbed *bed;
static struct store *leader; /* has the lock; lent */
static struct store *waiting;
static struct memory memory; /* the leader's */
static struct batch *batch;
static struct standby standby;
static int64_t now;
static unsigned opened, written, issued; /* chats, messages and tokens so far */
static unsigned random_state;

static unsigned pick(unsigned below)
{
    random_state = random_state * 1103515245 + 12345;
    return (random_state >> 16) % below;
}

static void stop(void)
{
    standby_clear(&standby);
    batch_destroy(&batch);
    memory_clear(&memory);
    store_close(&waiting);
}

/* A leader with so many open chats, and one that waits and has read nothing. */
static void start(int chats)
{
    stop();
    testbed_renew(bed);
    bed->store = testbed_open(bed);
    assert_int_equal(store_lock(bed->store), 1);
    assert_int_equal(store_migrate(bed->store, 0), 0);
    if (chats)
        testbed_open_chats(bed, chats);
    leader = bed->store;
    waiting = testbed_open(bed);
    now = NOW;
    opened = written = issued = 0;
    assert_int_equal(memory_load(&memory, leader, now), 0);
    batch = batch_new(&memory, leader, &limits);
}

static int set_up_sqlite(void **state)
{
    int rc = testbed_sqlite(state);

    bed = *state;
    return rc;
}

static int set_up_postgres(void **state)
{
    int rc = testbed_postgres(state);

    bed = *state;
    return rc;
}

static int tear_down(void **state)
{
    stop();
    return testbed_close(state);
}

/* ---- what the leader writes ---- */

static void add(enum message_id type, void *command)
{
    batch_add(batch, NULL, type, command, ++now);
    message_clear(&message_types[type], command);
}

static void commit(void)
{
    assert_int_equal(batch_commit(batch), 0);
    batch_clear(batch);
}

static void add_open(void)
{
    /* Some come before all others, some after. */
    unsigned number = (opened % 2 ? 0x20000000 : 0x100) + opened;
    struct chat_open command = make_open(number, 0x30000000 + ++written, "tere");

    opened++;
    add(MESSAGE_chat_open, &command);
}

/* Any chat that there ever was. */
static unsigned some_chat(void)
{
    char digits[12];

    if (opened && pick(3) == 0) {
        unsigned number = pick(opened);
        return (number % 2 ? 0x20000000 : 0x100) + number;
    }
    snprintf(digits, sizeof(digits), "%u", 10000001 + pick(CHATS));
    return (unsigned)strtoul(digits, NULL, 16);
}

static void add_post(unsigned chat)
{
    static const char *const events[] = {"", "", "message-read", "contact-information-fulfilled"};
    struct message_post command = make_post(chat, 0x30000000 + ++written, "jah", events[pick(4)]);

    add(MESSAGE_message_post, &command);
}

static void add_claim(unsigned chat)
{
    struct chat_claim command = make_claim(chat, pick(2) ? "EE1" : "EE2");

    add(MESSAGE_chat_claim, &command);
}

static void add_end(unsigned chat)
{
    struct chat_end command = make_end(chat, 0x30000000 + ++written, "answered");

    add(MESSAGE_chat_end, &command);
}

static void add_issue(unsigned chat)
{
    struct token_issue command = make_issue(0x40000000 + issued++, FAR + chat);

    if (pick(3) == 0) {
        id_of(0x40000000 + issued++, command.spent_id);
        command.spent_until = FAR + chat;
    }
    add(MESSAGE_token_issue, &command);
}

static unsigned some_token(void)
{
    return 0x40000000 + (issued ? pick(issued) : 0);
}

/* Not all of them are good by then. */
static void add_extend(unsigned chat)
{
    struct token_extend command = make_extend(some_token(), 0x40000000 + issued, FAR + chat);

    if (!tokenset_has(&memory.tokens, command.token_id)) {
        message_clear(&message_types[MESSAGE_token_extend], &command);
        return;
    }
    issued++;
    add(MESSAGE_token_extend, &command);
}

static void add_revoke(unsigned chat)
{
    struct token_revoke command = make_revoke(some_token(), FAR + chat);

    add(MESSAGE_token_revoke, &command);
}

static void write_group(void)
{
    static void (*const adds[])(unsigned) = {add_post, add_post,  add_post,   add_claim, add_end,
                                             add_end,  add_issue, add_extend, add_revoke};

    for (unsigned left = 1 + pick(GROUP_MAX); left > 0; left--)
        if (pick(5) == 0)
            add_open();
        else
            adds[pick(sizeof(adds) / sizeof(adds[0]))](some_chat());
    commit();
}

/* Leaves the newest event alone in the log. */
static void trim(void)
{
    struct store_passing passing = {.events_to = memory.tally.seq - 1,
                                    .events_over = memory.tally.seq - 1};

    assert_int_equal(store_begin(leader), 0);
    assert_int_equal(store_forget(leader, &passing), 0);
    assert_int_equal(store_commit(leader), 0);
}

/* ---- what the other one knows ---- */

static void step(void)
{
    assert_int_equal(standby_step(&standby, waiting, now), 0);
}

static void read_on(void)
{
    do
        step();
    while (standby.is_behind);
}

static void assert_same_memory(const struct memory *got, const struct memory *want)
{
    char *one = picture_of(got, PICTURE_ALL);
    char *two = picture_of(want, PICTURE_ALL);

    for (size_t i = 0; one[i] || two[i]; i++) /* too long to be shown whole */
        if (one[i] != two[i])
            fail_msg("%.400s\n!=\n%.400s", &one[i > 200 ? i - 200 : 0],
                     &two[i > 200 ? i - 200 : 0]);
    for (unsigned i = 0; i < issued; i++) {
        char token_id[UUID_SIZE];
        id_of(0x40000000 + i, token_id);
        assert_int_equal(tokenset_expiry(&got->tokens, token_id),
                         tokenset_expiry(&want->tokens, token_id));
    }
    free(one);
    free(two);
}

/* Takes over. Returns as standby_lead; what it knows then is what is stored. */
static int lead(void)
{
    struct memory got, want;
    struct store_head head;

    assert_int_equal(store_read_head(waiting, &head), 0);
    int rc = standby_lead(&standby, waiting, &head, now, &got);
    assert_int_equal(memory_load(&want, waiting, now), 0);
    assert_same_memory(&got, &want);
    memory_clear(&got);
    memory_clear(&want);
    return rc;
}

/* ---- tests ---- */

static void whatever_is_written_meanwhile_it_knows_what_is_stored(void **state)
{
    int warm = 0, cold = 0;

    (void)state;
    for (unsigned seed = 1; seed <= 8; seed++) {
        random_state = seed;
        start(CHATS);
        for (int round = 0; round < ROUNDS; round++) {
            if (pick(2))
                step();
            else
                write_group();
            if (seed % 4 == 0 && pick(ROUNDS / 2) == 0)
                trim();
        }
        assert_true(memory.tally.seq > ROUNDS);
        if (lead() == 1)
            warm++;
        else
            cold++;
    }
    assert_true(warm >= 6); /* nothing was trimmed in six of the eight */
    assert_int_equal(warm + cold, 8);
}

static void what_it_has_not_read_yet_it_reads_when_it_leads(void **state)
{
    (void)state;
    for (int steps = 1; steps <= 5; steps++) {
        start(CHATS);
        for (int i = 0; i < steps; i++) {
            step();
            write_group();
        }
        assert_int_equal(standby.is_whole, steps >= 3);
        assert_int_equal(lead(), 1);
    }
}

static void one_that_has_read_nothing_reads_everything(void **state)
{
    (void)state;
    start(CHATS);
    write_group();
    assert_int_equal(lead(), 0);
}

static void write_past_it(void)
{
    add_open();
    commit();
    add_open();
    commit();
}

static void trim_past_it(void)
{
    write_past_it();
    trim();
}

static void name_the_log_anew(void)
{
    free(testbed_ask(bed, "DELETE FROM log"));
    assert_int_equal(store_migrate(leader, 1000000), 0);
}

static void restore_an_older_one(void)
{
    free(testbed_ask(bed, "DELETE FROM event WHERE seq = (SELECT MAX(seq) FROM event)"));
}

static void restore_an_older_one_that_went_on(void)
{
    write_past_it();
    free(testbed_ask(bed, "UPDATE event SET body = REPLACE(body, '\"at\":17', '\"at\":16')"
                          " WHERE seq = 2"));
}

static void make_unreadable(void)
{
    write_past_it();
    free(testbed_ask(bed, "UPDATE event SET body = '{}' WHERE seq = 3"));
}

static void write_more_than_is_open(void)
{
    for (int i = 0; i < 600; i++)
        add_post(0x100);
    commit();
}

static void where_the_log_does_not_go_on_from_what_it_knows_it_reads_everything(void **state)
{
    static const struct {
        const char *name;
        void (*happens)(void);
        int leads; /* as standby_lead */
    } cases[] = {
        {"nothing", NULL, 1},
        {"more events", write_past_it, 1},
        {"trimmed", trim_past_it, 0},
        {"another log", name_the_log_anew, 0},
        {"an older backup", restore_an_older_one, 0},
        {"an older backup, and other events since", restore_an_older_one_that_went_on, 0},
        {"an event of a newer program", make_unreadable, 0},
        {"a long absence", write_more_than_is_open, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start(0);
        add_open();
        add_open();
        commit();
        read_on();
        assert_int_equal(standby.memory.count, 2);
        if (cases[i].happens)
            cases[i].happens();
        if (lead() != cases[i].leads)
            fail_msg("%s", cases[i].name);
    }
}

static void while_it_waits_it_begins_anew_but_not_at_once(void **state)
{
    (void)state;
    start(0);
    add_open();
    commit();
    read_on();
    trim_past_it();
    step();
    assert_false(standby.is_whole);
    read_on();
    assert_false(standby.is_whole);
    now += 60000;
    read_on();
    assert_true(standby.is_whole);
    assert_int_equal(standby.memory.count, 3);
    assert_int_equal(lead(), 1);
}

static void a_database_without_its_schema_is_waited_for(void **state)
{
    (void)state;
    start(0);
    stop();
    testbed_renew(bed);
    waiting = testbed_open(bed);
    read_on();
    assert_string_equal(standby.memory.log_id, "");
    bed->store = testbed_open(bed);
    assert_int_equal(store_lock(bed->store), 1);
    assert_int_equal(store_migrate(bed->store, 0), 0);
    read_on();
    assert_true(standby.is_whole);
    assert_int_equal(lead(), 1);
}

static void the_first_event_of_a_log_is_followed(void **state)
{
    (void)state;
    start(3);
    read_on();
    add_open();
    commit();
    read_on();
    assert_true(standby.is_whole);
    assert_int_equal(standby.memory.count, 4);
    assert_int_equal(standby.memory.first_seq, 1);
    assert_int_equal(lead(), 1);
}

static void what_expires_while_it_waits_is_forgotten(void **state)
{
    struct token_issue command = make_issue(7, NOW + 30000);

    (void)state;
    start(0);
    read_on();
    add(MESSAGE_token_issue, &command);
    commit();
    read_on();
    assert_int_equal(standby.memory.tokens.count, 1);
    now += 60000;
    step();
    assert_int_equal(standby.memory.tokens.count, 0);
    assert_int_equal(lead(), 1);
}

int main(void)
{
#define ON(store, test)                                                                            \
    {                                                                                              \
#test " (" #store ")", test, set_up_##store, tear_down, NULL                               \
    }
#define ON_EACH(test) ON(sqlite, test), ON(postgres, test)
    const struct CMUnitTest tests[] = {
        ON_EACH(whatever_is_written_meanwhile_it_knows_what_is_stored),
        ON_EACH(what_it_has_not_read_yet_it_reads_when_it_leads),
        ON_EACH(one_that_has_read_nothing_reads_everything),
        ON_EACH(where_the_log_does_not_go_on_from_what_it_knows_it_reads_everything),
        ON_EACH(while_it_waits_it_begins_anew_but_not_at_once),
        ON_EACH(a_database_without_its_schema_is_waited_for),
        ON_EACH(the_first_event_of_a_log_is_followed),
        ON_EACH(what_expires_while_it_waits_is_forgotten),
    };

    return cmocka_run_group_tests(tests, stores_start, stores_stop);
}
