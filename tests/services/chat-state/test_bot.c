/* Chats that a bot has, and greetings: the rules by themselves, and against a
 * model in any order, over failed commits and restarts. */
#include "bot.h"

#include <stdlib.h>

#include "batch.h"
#include "bot_answer.h"
#include "commands.h"
#include "due.h"
#include "fake_store.h"
#include "own.h"
#include "test.h"
#include "uuid.h"

enum {
    NOW = 1700000000,
    BOT_MS = 10000,
    MINUTE = 60 * 1000,
    SILENT_MS = BOT_CHAT_HOURS * 60 * MINUTE,
    CHATS = 5,
    QUESTIONS = 4000,
    RUNS = 60,
    ROUNDS = 60,
    GROUP_MAX = 8,
    ROOM = 6, /* messages in a chat */
};

static const struct limits usual = {.open_chats = 1500,
                                    .messages = ROOM,
                                    .characters = 100000,
                                    .tokens = 10,
                                    .accounts = 10,
                                    .bot_ms = BOT_MS};

static struct limits limits;
static struct store *store;
static struct memory memory;
static struct batch *batch;

/* ---- around each test ---- */

static void add(enum message_id type, void *command, int64_t now)
{
    batch_add(batch, NULL, type, command, now);
    message_clear(&message_types[type], command);
}

static void commit(void)
{
    assert_int_equal(batch_commit(batch), 0);
    batch_clear(batch);
}

static void set(const char *key, const char *value)
{
    struct setting_set command = make_setting(key, value);

    add(MESSAGE_setting_set, &command, memory.deadlines.now);
}

/* A message changes its chat, as the view chat_version has it, but no array. */
static void note_messages(void)
{
    const struct message_list *messages = &fake_store_rows(store)->messages;

    for (size_t i = 0; i < messages->count; i++) {
        struct live *live = memory_chat(&memory, messages->items[i].chat_id);
        if (live)
            live->chat.updated = later_of(live->chat.updated, messages->items[i].updated);
    }
}

static void begin(int64_t now)
{
    assert_int_equal(memory_load(&memory, store, now), 0);
    note_messages();
    deadlines_begin(&memory.deadlines, now);
    assert_int_equal(memory_read_deadlines(&memory, store), 0);
    batch = batch_new(&memory, store, &limits);
}

static void end(void)
{
    batch_destroy(&batch);
    memory_clear(&memory);
}

static int set_up(void **state)
{
    (void)state;
    limits = usual;
    store = fake_store_new();
    begin(NOW);
    set("is_bot_active", "true");
    commit();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    end();
    store_close(&store);
    return 0;
}

static size_t due_at(int64_t now)
{
    memory.deadlines.now = now;
    return due_add(batch, &memory, &limits, now);
}

static void open_chat(unsigned number)
{
    struct chat_open open = make_open(number, number + 5000, "kas on õunu?");

    id_of(number + 9000, open.greeting_id);
    add(MESSAGE_chat_open, &open, NOW);
}

static const struct chat *chat_of(unsigned number)
{
    char id[UUID_SIZE];

    id_of(number, id);
    const struct live *live = memory_chat(&memory, id);
    return live ? &live->chat : NULL;
}

static const struct message *newest(void)
{
    const struct message_list *messages = &fake_store_rows(store)->messages;

    return &messages->items[messages->count - 1];
}

static void answer(const char *chat_id, const char *question, int texts, bool gives_up, int64_t now)
{
    struct bot_answer command = {.question = own_copy(question)};

    uuid_make(command.request_id);
    command.command_id = own_copy(command.request_id);
    memcpy(command.chat_id, chat_id, UUID_SIZE);
    if (gives_up)
        bot_answer_give_up(&command);
    while ((int)command.texts.count < texts) {
        struct bot_text *text =
            list_append((struct list *)&command.texts, &message_types[MESSAGE_bot_text]);
        uuid_make(text->message_id);
        text->content = own_copy(texts % 2 ? "jah" : "ei");
    }
    add(MESSAGE_bot_answer, &command, now);
}

/* ---- the rules ---- */

static void a_chat_is_the_bots_when_all_say_so(void **state)
{
    static const struct {
        const char *is_active, *id; /* NULL: unset */
        int64_t bot_ms;
        const char *owner;
    } cases[] = {
        {"true", NULL, BOT_MS, "buerokratt"},
        {"true", "EE7", BOT_MS, "EE7"},
        {"true", "", BOT_MS, ""},
        {"false", NULL, BOT_MS, ""},
        {NULL, NULL, BOT_MS, ""},
        {"true", NULL, 0, ""},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        limits.bot_ms = cases[i].bot_ms;
        set("is_bot_active", cases[i].is_active);
        set("bot_institution_id", cases[i].id);
        open_chat(i + 1);
        commit();
        const struct chat *chat = chat_of(i + 1);
        assert_string_equal(chat->customer_support_id ? chat->customer_support_id : "",
                            cases[i].owner);
        assert_int_equal(chat->is_with_bot, *cases[i].owner != '\0');
        assert_int_equal(fake_store_rows(store)->messages.count, i + 1);
    }
}

static void a_question_and_its_message_are_written_together(void **state)
{
    (void)state;
    open_chat(1);
    assert_int_equal(batch_commit(batch), 0);
    const struct decision *decision = &batch_outcome(batch, 0)->decision;
    assert_int_equal(decision->deadlines.count, 1);
    assert_string_equal(decision->deadlines.items[0].kind, KIND_BOT);
    assert_string_equal(decision->deadlines.items[0].body, "kas on õunu?");
    assert_string_equal(decision->deadlines.items[0].subject, chat_of(1)->id);
    assert_int_equal(decision->deadlines.items[0].due, NOW + BOT_MS);
    batch_clear(batch);
}

static void a_question_that_nobody_answers_hands_the_chat_to_people(void **state)
{
    int64_t created;

    (void)state;
    open_chat(1);
    commit();
    created = chat_of(1)->created;
    assert_int_equal(due_at(NOW + BOT_MS - 1), 0);
    commit();
    assert_true(chat_of(1)->is_with_bot);
    assert_int_equal(due_at(NOW + BOT_MS), 1);
    commit();
    assert_false(chat_of(1)->is_with_bot);
    assert_true(chat_of(1)->was_with_bot);
    assert_int_equal(chat_of(1)->created, created);
    assert_string_equal(chat_of(1)->customer_support_id, "");
    assert_string_equal(newest()->content, bot_gives_up);
    assert_string_equal(newest()->author_role, "buerokratt");
    assert_int_equal(memory.deadlines.count, 0);
}

/* Each has its event, and the chat at the end of them. */
static void an_answer_is_a_message_for_each_of_its_texts(void **state)
{
    char chat_id[UUID_SIZE];

    (void)state;
    open_chat(1);
    commit();
    id_of(1, chat_id);
    answer(chat_id, memory.deadlines.items[0]->id, 3, false, NOW + 1);
    assert_int_equal(batch_count(batch), 3);
    assert_int_equal(batch_commit(batch), 0);
    for (size_t i = 0; i < 3; i++) {
        const struct outcome *outcome = batch_outcome(batch, i);
        assert_int_equal(outcome->is_part, i < 2);
        assert_string_equal(outcome->decision.event.kind, "message.posted");
        assert_int_equal(outcome->decision.deadlines.count, i == 2);
    }
    batch_clear(batch);
    assert_int_equal(memory.deadlines.count, 0);
    assert_int_equal(fake_store_rows(store)->messages.count, 4);
}

static void a_greeting_is_a_part_of_the_command_that_is_answered_once(void **state)
{
    struct chat_open open = make_open(1, 101, "tere"), again = {0};

    (void)state;
    set("is_bot_active", NULL);
    set("is_greeting_message_active", "true");
    set("greeting_message_est", "Tervist!");
    commit();
    (void)due_at(NOW);
    commit();
    id_of(102, open.greeting_id);
    message_copy(&message_types[MESSAGE_chat_open], &again, &open);
    add(MESSAGE_chat_open, &open, NOW);
    assert_int_equal(batch_count(batch), 2);
    assert_int_equal(batch_commit(batch), 0);
    assert_true(batch_outcome(batch, 0)->is_part);
    const struct outcome *outcome = batch_outcome(batch, 1);
    assert_int_equal(outcome->reply.type, MESSAGE_chat_found);
    const struct chat_found *found = outcome->reply.body;
    assert_string_equal(found->chat.items[0].last_message, "tere");
    assert_string_equal(found->chat.items[0].last_message_event, "greeting");
    int64_t seq = found->seq;
    batch_clear(batch);
    add(MESSAGE_chat_open, &again, NOW); /* though it does not say that it may repeat */
    assert_int_equal(batch_count(batch), 1);
    assert_int_equal(batch_outcome(batch, 0)->verdict, VERDICT_REPEATED);
    assert_int_equal(((const struct chat_found *)batch_outcome(batch, 0)->reply.body)->seq, seq);
    commit();
    const struct message_list *messages = &fake_store_rows(store)->messages;
    assert_int_equal(messages->count, 2);
    assert_string_equal(messages->items[0].event, "greeting");
    assert_string_equal(messages->items[0].author_role, "buerokratt");
    assert_string_equal(messages->items[1].content, "tere");
    assert_int_equal(fake_store_rows(store)->chats.count, 1);
}

static void a_greeted_chat_that_cannot_be_written_was_never_there(void **state)
{
    (void)state;
    set("is_greeting_message_active", "true");
    set("greeting_message_est", "Tervist!");
    commit();
    for (int calls = 0;; calls++) {
        open_chat(1);
        fake_store_fail_after(store, calls);
        if (batch_commit(batch) == 0)
            break;
        fake_store_fail_after(store, -1);
        for (size_t i = 0; i < batch_count(batch); i++) {
            assert_int_equal(batch_outcome(batch, i)->verdict, VERDICT_FAILED);
            assert_int_equal(batch_outcome(batch, i)->reply.type, MESSAGE_request_refused);
        }
        batch_clear(batch);
        assert_null(chat_of(1));
        assert_int_equal(fake_store_rows(store)->messages.count, 0);
    }
    fake_store_fail_after(store, -1);
    batch_clear(batch);
    assert_int_equal(fake_store_rows(store)->messages.count, 2);
}

/* So many a turn, and none twice. */
static void a_bot_with_many_chats_leaves_them_in_several_turns(void **state)
{
    enum { MANY = BOT_LEAVES_MAX + 200 };

    (void)state;
    for (unsigned i = 1; i <= MANY; i++)
        open_chat(i);
    commit();
    set("is_bot_active", "false");
    commit();
    assert_int_equal(due_at(NOW), 1);
    assert_int_equal(batch_count(batch), BOT_LEAVES_MAX);
    commit();
    assert_int_equal(due_at(NOW), 1);
    assert_int_equal(batch_count(batch), MANY - BOT_LEAVES_MAX);
    commit();
    assert_int_equal(due_at(NOW), 0);
    commit();
    for (unsigned i = 1; i <= MANY; i++)
        assert_false(chat_of(i)->is_with_bot);
    assert_int_equal(fake_store_rows(store)->messages.count, 2 * MANY);
}

/* ---- against a model ---- */

enum owner { NOBODY, BOT, AGENT };

struct model {
    struct {
        bool exists, has_ended;
        enum owner owner;
        int messages;
        int64_t updated;
    } chats[CHATS];
    bool is_on, leaves;
    struct {
        int chat;
        bool is_alive;
    } questions[QUESTIONS];
    int question_count;
};

static struct model model, kept;
static char question_ids[QUESTIONS][128];
static unsigned next_message;
static uint32_t random_state;

static int pick(int below)
{
    random_state = random_state * 1664525U + 1013904223U;
    return (int)((random_state >> 8) % (uint32_t)below);
}

static void model_ask(int chat)
{
    model.questions[model.question_count].chat = chat;
    model.questions[model.question_count++].is_alive = true;
}

static void model_say(int chat, int64_t now)
{
    model.chats[chat].messages++;
    model.chats[chat].updated = now;
}

static void model_end(int chat, int64_t now)
{
    model_say(chat, now);
    model.chats[chat].has_ended = true;
    for (int i = 0; i < model.question_count; i++)
        model.questions[i].is_alive &= model.questions[i].chat != chat;
}

static bool model_is_full(int chat)
{
    return model.chats[chat].messages + 1 >= ROOM;
}

static void model_hand_over(int chat, int64_t now)
{
    if (!model_is_full(chat))
        model_say(chat, now);
    model.chats[chat].updated = now;
    model.chats[chat].owner = NOBODY;
}

static void model_answer(int question, int texts, bool gives_up, int64_t now)
{
    int chat = model.questions[question].chat;
    bool counts = model.questions[question].is_alive && model.chats[chat].owner == BOT;

    model.questions[question].is_alive = false;
    for (int i = 0; counts && i < texts; i++) {
        if (model_is_full(chat) || (gives_up && i + 1 == texts)) {
            model_hand_over(chat, now);
            return;
        }
        model_say(chat, now);
    }
}

static void model_leave(int64_t now)
{
    model.leaves = false;
    for (int chat = 0; chat < CHATS; chat++) {
        if (model.chats[chat].has_ended || model.chats[chat].owner != BOT)
            continue;
        if (now - model.chats[chat].updated >= SILENT_MS)
            model_end(chat, now);
        else
            model_hand_over(chat, now);
    }
}

static bool model_is_open(int chat)
{
    return model.chats[chat].exists && !model.chats[chat].has_ended;
}

/* ---- asking both ---- */

static void ask_due(int64_t now)
{
    (void)due_at(now);
    if (model.leaves)
        model_leave(now);
    for (int i = 0; i < model.question_count; i++)
        if (model.questions[i].is_alive)
            model_answer(i, 1, true, now);
}

static void ask_open(int chat, int64_t now)
{
    struct chat_open command = make_open((unsigned)chat + 1, next_message, "tere");

    add(MESSAGE_chat_open, &command, now);
    if (model.chats[chat].exists)
        return;
    model.chats[chat].exists = true;
    model.chats[chat].owner = model.is_on ? BOT : NOBODY;
    model_say(chat, now);
    if (model.is_on)
        model_ask(chat);
}

static void ask_post(int chat, int64_t now)
{
    struct message_post command = make_post((unsigned)chat + 1, next_message, "jah", "");

    add(MESSAGE_message_post, &command, now);
    if (!model_is_open(chat) || model_is_full(chat))
        return;
    model_say(chat, now);
    if (model.chats[chat].owner == BOT)
        model_ask(chat);
}

static void ask_answer(int64_t now)
{
    char id[UUID_SIZE];

    if (!kept.question_count)
        return;
    int question =
        kept.question_count - 1 - pick(kept.question_count < 12 ? kept.question_count : 12);
    int texts = 1 + pick(3);
    bool gives_up = pick(4) == 0;
    id_of((unsigned)model.questions[question].chat + 1, id);
    answer(id, question_ids[question], texts, gives_up, now);
    model_answer(question, texts, gives_up, now);
}

static void ask_end(int chat, int64_t now)
{
    struct chat_end command = make_end((unsigned)chat + 1, next_message, "answered");

    add(MESSAGE_chat_end, &command, now);
    if (model_is_open(chat))
        model_end(chat, now);
}

static void ask_claim(int chat, int64_t now)
{
    struct chat_claim command = make_claim((unsigned)chat + 1, "EE1");

    add(MESSAGE_chat_claim, &command, now);
    if (!model_is_open(chat) || model.chats[chat].owner != NOBODY)
        return;
    model.chats[chat].owner = AGENT;
    model.chats[chat].updated = now;
}

static void ask_leave(int64_t now)
{
    struct bot_leave command = {0};

    uuid_make(command.request_id);
    command.command_id = own_copy(command.request_id);
    add(MESSAGE_bot_leave, &command, now);
    bool leaves = model.leaves;
    model_leave(now);
    model.leaves = leaves;
}

static void ask_switch(int64_t now)
{
    bool is_on = pick(3) > 0;
    struct setting_set command = make_setting("is_bot_active", is_on ? "true" : "false");

    add(MESSAGE_setting_set, &command, now);
    model.leaves |= model.is_on && !is_on;
    model.is_on = is_on;
}

static void ask(int64_t now)
{
    int chat = pick(CHATS);
    int what = pick(40);

    next_message++;
    if (what < 10)
        ask_open(chat, now);
    else if (what < 22)
        ask_post(chat, now);
    else if (what < 34)
        ask_answer(now);
    else if (what < 35)
        ask_end(chat, now);
    else if (what < 37)
        ask_claim(chat, now);
    else if (what < 38)
        ask_leave(now);
    else
        ask_switch(now);
}

/* ---- what came of it ---- */

/* The ids of the questions that the group asked, in the order of the model. */
static void take_questions(void)
{
    int count = kept.question_count;

    for (size_t i = 0; i < batch_count(batch); i++) {
        const struct deadline_list *rows = &batch_outcome(batch, i)->decision.deadlines;
        for (size_t k = 0; k < rows->count; k++)
            if (rows->items[k].due && streq(rows->items[k].kind, KIND_BOT))
                snprintf(question_ids[count++], sizeof(question_ids[0]), "%s", rows->items[k].id);
    }
    assert_int_equal(count, model.question_count);
}

static int messages_of(const char *chat_id)
{
    const struct message_list *messages = &fake_store_rows(store)->messages;
    int count = 0;

    for (size_t i = 0; i < messages->count; i++)
        count += streq(messages->items[i].chat_id, chat_id);
    return count;
}

static void check(void)
{
    static const char *const owners[] = {"", "buerokratt", "EE1"};

    for (int i = 0; i < CHATS; i++) {
        const struct chat *chat = chat_of((unsigned)i + 1);
        char id[UUID_SIZE];
        id_of((unsigned)i + 1, id);
        assert_int_equal(messages_of(id), model.chats[i].messages);
        assert_int_equal(chat != NULL, model_is_open(i));
        if (!chat)
            continue;
        assert_string_equal(chat->customer_support_id ? chat->customer_support_id : "",
                            owners[model.chats[i].owner]);
        assert_int_equal(chat->is_with_bot, model.chats[i].owner == BOT);
    }
    for (int i = 0; i < model.question_count; i++)
        assert_int_equal(deadlines_find(&memory.deadlines, question_ids[i]) != NULL,
                         model.questions[i].is_alive);
}

static void play_group(int64_t now)
{
    int size = 1 + pick(GROUP_MAX);
    bool fails = pick(6) == 0;

    kept = model;
    memory.deadlines.now = now;
    fake_store_fail_after(store, fails ? pick(size * 3) : -1);
    if (pick(3) == 0)
        ask_due(now);
    for (int i = 0; i < size; i++)
        ask(now);
    bool failed = batch_commit(batch) == -1;
    fake_store_fail_after(store, -1);
    if (failed)
        model = kept;
    else
        take_questions();
    batch_clear(batch);
    check();
}

static void play(int run)
{
    int64_t now = NOW;

    memset(&model, 0, sizeof(model));
    model.is_on = true;
    random_state = (uint32_t)run;
    next_message = 1000;
    for (int round = 0; round < ROUNDS; round++) {
        int minutes = (1 + pick(4)) * 7 + (pick(20) == 0 ? 121 : 0);
        now += (int64_t)minutes * MINUTE;
        play_group(now);
        if (pick(10) > 0)
            continue;
        end();
        begin(now);
        check();
    }
}

static void every_question_has_one_outcome_in_any_order(void **state)
{
    for (int run = 0; run < RUNS; run++) {
        assert_int_equal(set_up(state), 0);
        play(run);
        assert_int_equal(tear_down(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_chat_is_the_bots_when_all_say_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_question_and_its_message_are_written_together, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_question_that_nobody_answers_hands_the_chat_to_people,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_is_a_message_for_each_of_its_texts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_greeting_is_a_part_of_the_command_that_is_answered_once,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_greeted_chat_that_cannot_be_written_was_never_there,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bot_with_many_chats_leaves_them_in_several_turns, set_up,
                                        tear_down),
        cmocka_unit_test(every_question_has_one_outcome_in_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
