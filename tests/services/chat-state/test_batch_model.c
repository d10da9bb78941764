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
    .open_chats = 4, .messages = ROOM, .characters = 100000, .tokens = 100, .accounts = 100};
static const char *const agents[AGENTS] = {"EE1", "EE2", "EE3"};
static const char *const statuses[] = {"online", "idle", "offline"};

enum said { SAID_TEXT, SAID_QUESTION, SAID_IGNORED, SAID_ACCEPTED, SAID_RATED };

struct model {
    struct {
        enum said said[MESSAGES];
        bool exists, has_ended;
        int owner; /* an agent, or -1 */
        int messages;
        bool has[MESSAGES];
        int rating, name, label; /* an index of what can be said; 0: nothing */
        int notes;
    } chats[CHATS];
    int open;
    int presence[AGENTS]; /* an index of statuses, or -1 */
    bool is_good[TOKENS];
};

/* What can be said of a chat. */
static const char *const ratings[] = {"", "0", "7", "10"};
static const char *const names[] = {"", "Jaan", "Mari"};
static const char *const labels[] = {"", "law", "tax"};

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

/* 0: accepted, 1: ignored, 2: rated. */
static int model_revise(int chat, int message, int what)
{
    static const enum said becomes[] = {SAID_ACCEPTED, SAID_IGNORED, SAID_RATED};
    enum said *said = &model.chats[chat].said[message];
    int status = model_not_open(chat);

    if (status)
        return status;
    if (!model.chats[chat].has[message])
        return 404;
    if (*said == becomes[what])
        return 0;
    bool may_be = what == 0   ? *said == SAID_QUESTION || *said == SAID_IGNORED
                  : what == 1 ? *said == SAID_QUESTION
                              : *said != SAID_QUESTION;
    if (!may_be || model.chats[chat].messages >= ROOM - 1)
        return 409;
    *said = becomes[what];
    model.chats[chat].messages++;
    return 0;
}

static int model_claim(int chat, int agent)
{
    int status = model_not_open(chat);

    if (status)
        return status;
    if (model.chats[chat].owner != -1 && model.chats[chat].owner != agent)
        return 409;
    if (model.chats[chat].owner != agent)
        model.chats[chat].rating = 0;
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
    if (!status) {
        model.chats[chat].owner = agent;
        model.chats[chat].rating = 0;
    }
    return status;
}

static int model_end(int chat, int message, int token)
{
    if (model.chats[chat].exists && model.chats[chat].has_ended)
        return 409;
    if (!model.is_good[token])
        return 401;
    int status = model_not_open(chat);
    if (!status)
        status = model_add_message(chat, message, ROOM);
    if (status)
        return status;
    model.chats[chat].has_ended = true;
    model.is_good[token] = false;
    model.open--;
    return 0;
}

static int model_say(int chat, int *what, int said)
{
    if (!model.chats[chat].exists)
        return 404;
    *what = said;
    return 0;
}

static int model_identify(int chat, int name)
{
    int status = model_not_open(chat);

    if (!status && name)
        model.chats[chat].name = name;
    return status;
}

static int model_release(int agent)
{
    for (int chat = 0; chat < CHATS; chat++)
        if (model.chats[chat].owner == agent && !model.chats[chat].has_ended)
            model.chats[chat].owner = -1;
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

static int ask_issue(const struct pick *it)
{
    struct token_issue command = make_issue((unsigned)it->token + 1000, INT64_MAX);

    add(MESSAGE_token_issue, &command, it->now);
    model.is_good[it->token] = true;
    return 0;
}

/* Sometimes into a token that is good already, or into itself. */
static int ask_extend(const struct pick *it)
{
    int other = it->message % TOKENS;
    struct token_extend command =
        make_extend((unsigned)it->token + 1000, (unsigned)other + 1000, INT64_MAX);

    add(MESSAGE_token_extend, &command, it->now);
    if (!model.is_good[it->token])
        return 401;
    model.is_good[it->token] = false;
    model.is_good[other] = true;
    return 0;
}

static int ask_post(const struct pick *it)
{
    bool asks = it->token % 2 == 0;
    struct message_post command =
        make_post(it->chat_number, it->message_number, "jah", asks ? "ask-permission" : "");

    if (asks)
        own_replace(&command.author_role, "backoffice-user");
    add(MESSAGE_message_post, &command, it->now);
    int status = model_post(it->chat, it->message);
    if (!status && asks)
        model.chats[it->chat].said[it->message] = SAID_QUESTION;
    return status;
}

static int ask_revise(const struct pick *it)
{
    static const char *const events[] = {"ask-permission-accepted", "ask-permission-ignored",
                                         "rating"};
    int what = it->token % 3;
    struct message_revise command =
        make_revise(it->chat_number, it->message_number, events[what], what > 0);

    own_replace(&command.author_role, what == 1 ? "backoffice-user" : "end-user");
    if (what == 2)
        own_replace(&command.rating, "liked");
    add(MESSAGE_message_revise, &command, it->now);
    return model_revise(it->chat, it->message, what);
}

static int ask_feedback(const struct pick *it)
{
    int rating = 1 + it->token % 3;
    struct chat_feedback command = make_feedback(it->chat_number, ratings[rating], "");

    add(MESSAGE_chat_feedback, &command, it->now);
    return model_say(it->chat, &model.chats[it->chat].rating, rating);
}

static int ask_identify(const struct pick *it)
{
    int name = it->token % 3;
    struct chat_identify command = make_identity(it->chat_number, names[name], "");

    add(MESSAGE_chat_identify, &command, it->now);
    return model_identify(it->chat, name);
}

static int ask_label(const struct pick *it)
{
    int label = it->token % 3;
    struct chat_label command = make_label(it->chat_number, label ? labels[label] : NULL, NULL);

    add(MESSAGE_chat_label, &command, it->now);
    return model_say(it->chat, &model.chats[it->chat].label, label);
}

static int ask_comment(const struct pick *it)
{
    struct comment_set command = make_comment(it->chat_number, "a note");

    add(MESSAGE_comment_set, &command, it->now);
    return model_say(it->chat, &model.chats[it->chat].notes, model.chats[it->chat].notes + 1);
}

static int ask_release(const struct pick *it)
{
    struct chats_release command = make_release(agents[it->agent]);

    add(MESSAGE_chats_release, &command, it->now);
    return model_release(it->agent);
}

/* Adds one random command to the group. Returns what the model says. */
static int ask(int64_t now)
{
    static int (*const asks[])(const struct pick *) = {
        ask_open,    ask_open,    ask_claim,  ask_redirect, ask_redirect, ask_presence,
        ask_end,     ask_post,    ask_post,   ask_post,     ask_post,     ask_post,
        ask_revise,  ask_revise,  ask_revise, ask_feedback, ask_identify, ask_label,
        ask_comment, ask_release, ask_issue,  ask_issue,    ask_extend};
    struct pick it = {.chat = pick(CHATS),
                      .message = pick(MESSAGES),
                      .agent = pick(AGENTS),
                      .token = pick(TOKENS),
                      .now = now};

    it.chat_number = (unsigned)it.chat + 1;
    it.message_number = (unsigned)(it.chat * MESSAGES + it.message) + 100;
    return asks[pick(sizeof(asks) / sizeof(asks[0]))](&it);
}

/* What came of the command of this number: the one before it may have had more
 * than one outcome. */
static const struct outcome *outcome_of(size_t number)
{
    size_t index = 0;

    while (batch_outcome(batch, index)->is_part || number-- > 0)
        index++;
    return batch_outcome(batch, index);
}

static int status_of(size_t number)
{
    const struct reply *reply = &outcome_of(number)->reply;

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
        if (!events->items[i].message.count)
            continue;
        const struct message *message = &events->items[i].message.items[0];
        bool is_later = strcmp(events->items[i].kind, "message.revised") == 0;
        assert_int_equal(message->updated, events->items[i].at);
        assert_int_equal(message->created < message->updated, is_later);
    }
}

/* What may happen to a chat that has ended: it is spoken of. */
static bool may_follow_end(const char *kind)
{
    return strcmp(kind, "chat.feedback") == 0 || strcmp(kind, "chat.labelled") == 0;
}

static void check_said(const struct chat *chat, int number)
{
    const char *rating = chat->feedback_rating ? chat->feedback_rating : "";
    const char *name = chat->end_user_first_name ? chat->end_user_first_name : "";
    const char *label = chat->labels.count ? chat->labels.items[0].name : "";

    assert_string_equal(rating, ratings[model.chats[number].rating]);
    assert_string_equal(name, names[model.chats[number].name]);
    assert_string_equal(label, labels[model.chats[number].label]);
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
        assert_true(ends == 0 || may_follow_end(events->items[i].kind));
        assert_int_equal(chat->ended, ends ? last->ended : chat->ended); /* it stays so */
        updated = chat->updated;
        ends += strcmp(events->items[i].kind, "chat.ended") == 0;
        assert_int_equal(chat->ended != 0, ends);
        last = chat;
    }
    assert_int_equal(last != NULL, model.chats[number].exists);
    if (!last)
        return;
    assert_int_equal(ends, model.chats[number].has_ended);
    assert_string_equal(last->customer_support_id ? last->customer_support_id : "",
                        model.chats[number].owner == -1 ? "" : agents[model.chats[number].owner]);
    assert_int_equal(memory_chat(&memory, id) != NULL, !model.chats[number].has_ended);
    check_said(last, number);
}

static void check_creation(const struct event_list *events)
{
    int64_t created = 0;

    for (size_t i = 0; i < events->count; i++)
        if (strcmp(events->items[i].kind, "chat.opened") == 0 ||
            strcmp(events->items[i].kind, "chat.released") == 0) {
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

static void check_notes(const struct comment_list *comments)
{
    size_t count = 0;

    for (int chat = 0; chat < CHATS; chat++)
        count += (size_t)model.chats[chat].notes;
    assert_int_equal(comments->count, count);
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
    check_notes(&rows->comments);
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
