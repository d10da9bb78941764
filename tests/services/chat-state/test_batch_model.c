/* Whatever is asked in whatever order, in groups of any size, over failed
 * commits and restarts: the answers are those of a model that keeps a handful
 * of variables for each chat, and the log keeps its promises. */
#include "batch.h"

#include "commands.h"
#include "fake_store.h"
#include "own.h"
#include "test.h"

enum {
    CHATS = 6,
    AGENTS = 3,
    MESSAGES = 40, /* ids to choose from, in each chat */
    TOKENS = 8,
    ROUNDS = 40, /* groups in a run */
    RUNS = 200,
    GROUP_MAX = 12,
    ROOM = 15, /* messages in a chat */
};

static const struct limits limits = {
    .open_chats = 4, .messages = ROOM, .characters = 100000, .revocations = 100};
static const char *const agents[AGENTS] = {"EE1", "EE2", "EE3"};
static const char *const statuses[] = {"online", "idle", "offline"};

struct model {
    struct {
        bool exists, has_ended;
        int owner; /* an agent, or -1 */
        int messages;
        bool has[MESSAGES];
    } chats[CHATS];
    int open;
    int presence[AGENTS]; /* an index of statuses, or -1 */
    bool revoked[TOKENS];
};

static struct store *store;
static struct memory memory;
static struct batch *batch;
static struct model model;
static uint32_t random_state;

static int pick(int below)
{
    random_state = random_state * 1664525U + 1013904223U;
    return (int)((random_state >> 8) % (uint32_t)below);
}

/* ---- what the model says: 0 or the status of the refusal ---- */

static int model_open_chat(int chat, int message)
{
    if (model.chats[chat].exists)
        return 409;
    if (model.open >= limits.open_chats)
        return 503;
    model.chats[chat].exists = model.chats[chat].has[message] = true;
    model.chats[chat].owner = -1;
    model.chats[chat].messages = 1;
    model.open++;
    return 0;
}

static int model_not_open(int chat)
{
    if (!model.chats[chat].exists)
        return 404;
    return model.chats[chat].has_ended ? 409 : 0;
}

static int model_add_message(int chat, int message, int room)
{
    if (model.chats[chat].has[message] || model.chats[chat].messages >= room)
        return 409;
    model.chats[chat].has[message] = true;
    model.chats[chat].messages++;
    return 0;
}

static int model_post(int chat, int message)
{
    int status = model_not_open(chat);

    return status ? status : model_add_message(chat, message, ROOM - 1);
}

static int model_claim(int chat, int agent)
{
    int status = model_not_open(chat);

    if (status)
        return status;
    if (model.chats[chat].owner != -1 && model.chats[chat].owner != agent)
        return 409;
    model.chats[chat].owner = agent;
    return 0;
}

static int model_redirect(int chat, int message, int agent)
{
    int status = model_not_open(chat);

    if (!status && (model.presence[agent] == -1 || model.presence[agent] == 2))
        status = 409;
    if (!status)
        status = model_add_message(chat, message, ROOM - 1);
    if (!status)
        model.chats[chat].owner = agent;
    return status;
}

static int model_end(int chat, int message, int token)
{
    if (model.chats[chat].exists && model.chats[chat].has_ended)
        return 409;
    if (model.revoked[token])
        return 401;
    int status = model_not_open(chat);
    if (!status)
        status = model_add_message(chat, message, ROOM);
    if (status)
        return status;
    model.chats[chat].has_ended = true;
    model.revoked[token] = true;
    model.open--;
    return 0;
}

/* ---- asking both ---- */

static void add(enum message_id type, void *command, int64_t now)
{
    batch_add(batch, NULL, type, command, now);
    message_clear(&message_types[type], command);
}

/* The names that a random command is made of. */
struct pick {
    int chat, message, agent, token;
    unsigned chat_number, message_number;
    int64_t now;
};

static int ask_open(const struct pick *it)
{
    struct chat_open command = make_open(it->chat_number, it->message_number, "tere");

    add(MESSAGE_chat_open, &command, it->now);
    return model_open_chat(it->chat, it->message);
}

static int ask_claim(const struct pick *it)
{
    struct chat_claim command = make_claim(it->chat_number, agents[it->agent]);

    add(MESSAGE_chat_claim, &command, it->now);
    return model_claim(it->chat, it->agent);
}

static int ask_redirect(const struct pick *it)
{
    struct chat_redirect command =
        make_redirect(it->chat_number, it->message_number, agents[it->agent]);

    add(MESSAGE_chat_redirect, &command, it->now);
    return model_redirect(it->chat, it->message, it->agent);
}

static int ask_presence(const struct pick *it)
{
    int status = it->token % 3;
    struct presence_set command = make_presence(agents[it->agent], statuses[status]);

    add(MESSAGE_presence_set, &command, it->now);
    model.presence[it->agent] = status;
    return 0;
}

static int ask_end(const struct pick *it)
{
    struct chat_end command = make_end(it->chat_number, it->message_number, "answered");

    id_of((unsigned)it->token + 1000, command.token_id);
    command.token_expires_at = INT64_MAX;
    add(MESSAGE_chat_end, &command, it->now);
    return model_end(it->chat, it->message, it->token);
}

static int ask_post(const struct pick *it)
{
    struct message_post command = make_post(it->chat_number, it->message_number, "jah", "");

    add(MESSAGE_message_post, &command, it->now);
    return model_post(it->chat, it->message);
}

/* Adds one random command to the group. Returns what the model says. */
static int ask(int64_t now)
{
    static int (*const asks[])(const struct pick *) = {
        ask_open, ask_open, ask_claim, ask_redirect, ask_redirect, ask_presence,
        ask_end,  ask_post, ask_post,  ask_post,     ask_post,     ask_post};
    struct pick it = {.chat = pick(CHATS),
                      .message = pick(MESSAGES),
                      .agent = pick(AGENTS),
                      .token = pick(TOKENS),
                      .now = now};

    it.chat_number = (unsigned)it.chat + 1;
    it.message_number = (unsigned)(it.chat * MESSAGES + it.message) + 100;
    return asks[pick(sizeof(asks) / sizeof(asks[0]))](&it);
}

static int status_of(size_t index)
{
    const struct reply *reply = &batch_outcome(batch, index)->reply;

    if (reply->type != MESSAGE_request_refused)
        return 0;
    return (int)((const struct request_refused *)reply->body)->status;
}

static void play_group(int round, int64_t now)
{
    struct model before = model;
    int want[GROUP_MAX];
    int size = 1 + pick(GROUP_MAX);
    bool fails = pick(6) == 0;

    fake_store_fail_after(store, fails ? pick(size * 3) : -1);
    for (int i = 0; i < size; i++)
        want[i] = ask(now);
    bool failed = batch_commit(batch) == -1;
    fake_store_fail_after(store, -1);
    if (failed) {
        assert_true(fails);
        model = before;
    }
    for (int i = 0; i < size; i++)
        if (status_of((size_t)i) != (failed ? 503 : want[i]))
            fail_msg("round %d, command %d: %d, but the model says %d", round, i,
                     status_of((size_t)i), failed ? 503 : want[i]);
    batch_clear(batch);
}

/* ---- what the log promises ---- */

static void check_order(const struct event_list *events)
{
    for (size_t i = 0; i < events->count; i++) {
        assert_int_equal(events->items[i].seq, i + 1);
        assert_true(i == 0 || events->items[i].at >= events->items[i - 1].at);
        if (!events->items[i].chat.count)
            continue;
        assert_int_equal(events->items[i].chat.items[0].seq, i + 1);
        assert_int_equal(events->items[i].chat.items[0].updated, events->items[i].at);
        if (events->items[i].message.count)
            assert_int_equal(events->items[i].message.items[0].created, events->items[i].at);
    }
}

/* Follows one chat through the log. */
static void check_chat(const struct event_list *events, int number)
{
    char id[UUID_SIZE];
    int64_t updated = 0;
    int ends = 0;
    const struct chat *last = NULL;

    id_of((unsigned)number + 1, id);
    for (size_t i = 0; i < events->count; i++) {
        const struct chat *chat = events->items[i].chat.items;
        if (!chat || strcmp(chat->id, id) != 0)
            continue;
        assert_true(chat->updated > updated);
        assert_int_equal(ends, 0); /* nothing comes after the end */
        updated = chat->updated;
        ends += chat->ended != 0;
        last = chat;
    }
    assert_int_equal(last != NULL, model.chats[number].exists);
    if (!last)
        return;
    assert_int_equal(ends, model.chats[number].has_ended);
    assert_string_equal(last->customer_support_id ? last->customer_support_id : "",
                        model.chats[number].owner == -1 ? "" : agents[model.chats[number].owner]);
    assert_int_equal(memory_chat(&memory, id) != NULL, !model.chats[number].has_ended);
}

static void check_creation(const struct event_list *events)
{
    int64_t created = 0;

    for (size_t i = 0; i < events->count; i++)
        if (strcmp(events->items[i].kind, "chat.opened") == 0) {
            assert_true(events->items[i].chat.items[0].created > created);
            created = events->items[i].chat.items[0].created;
        }
}

static void check_messages(const struct message_list *messages)
{
    for (int chat = 0; chat < CHATS; chat++) {
        char id[UUID_SIZE];
        int count = 0;
        id_of((unsigned)chat + 1, id);
        for (size_t i = 0; i < messages->count; i++)
            count += strcmp(messages->items[i].chat_id, id) == 0;
        assert_int_equal(count, model.chats[chat].messages);
    }
}

/* ---- runs ---- */

static void load(int64_t now)
{
    assert_int_equal(memory_load(&memory, store, now), 0);
    batch = batch_new(&memory, store, &limits);
}

static void unload(void)
{
    batch_destroy(&batch);
    memory_clear(&memory);
}

static void hire_agents(int64_t now)
{
    for (int i = 0; i < AGENTS; i++) {
        struct account_add command = make_account(agents[i], agents[i]);
        add(MESSAGE_account_add, &command, now);
        model.presence[i] = -1;
    }
    assert_int_equal(batch_commit(batch), 0);
    batch_clear(batch);
}

static void run(uint32_t seed)
{
    int64_t now = 1700000000;

    random_state = seed;
    model = (struct model){0};
    store = fake_store_new();
    load(now);
    hire_agents(now);
    for (int round = 0; round < ROUNDS; round++) {
        now += pick(20) - 9; /* the clock is set back now and then */
        play_group(round, now);
        if (pick(25) == 0) {
            unload();
            load(now);
        }
    }
    const struct fake_rows *rows = fake_store_rows(store);
    check_order(&rows->events);
    check_creation(&rows->events);
    check_messages(&rows->messages);
    for (int chat = 0; chat < CHATS; chat++)
        check_chat(&rows->events, chat);
    unload();
    store_close(&store);
}

static void every_sequence_of_commands_does_what_the_model_says(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= RUNS; seed++)
        run(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sequence_of_commands_does_what_the_model_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
