/* chat-state - the only writer of chats, messages, accounts and the event log.
 *
 * Reads    commands and queries on KRATT_COMMANDS (ROUTER)
 * Writes   the database; an answer to each request; on KRATT_EVENTS (PUB)
 *          event.committed after each commit, and log.head every second; mails
 *          to agents over KRATT_SMTP_URL
 * Keeps    all of it in the database; the open chats, accounts and good tokens in
 *          memory too, read again at start
 *
 * A turn takes what waits on the ROUTER: commands are decided and written
 * together (batch.h), and then the queries are answered, so that whoever asks
 * after writing sees what was written. README.md has the rest. */

#include "answers.h"
#include "clock.h"
#include "counters.h"
#include "door.h"
#include "due.h"
#include "environment.h"
#include "log.h"
#include "own.h"
#include "typing.h"

enum {
    TURN_MAX = 512, /* requests */
    LAST_MS = 500,  /* how long the end waits for the last answers to leave */
    HEAD_MS = 1000, /* log.head */
    SWEEP_MS = 60 * 1000,
    UPKEEP_MS = 5000,        /* while there is nothing to forget */
    UPKEEP_SOON_MS = 50,     /* while there is more */
    UPKEEP_FIRST_MS = 10000, /* by then every follower has said where it is */
};

/* A query waits for the commands that came with it. */
struct question {
    zframe_t *peer;
    enum message_id type;
    void *query;
};

struct state {
    struct frame *frame;
    struct writer writer;
    struct door commands, events;
    struct timer step, head, sweep, upkeep_timer, due;
    struct upkeep upkeep;
    struct mailer *mailer;
    struct bot_talk *bot;
    struct typing *typing;
    struct question questions[TURN_MAX];
    size_t question_count;
    bool database_answered; /* when health was told last */
};

/* ---- the role, and what follows from it ---- */

static void publish_head(struct state *state)
{
    struct log_head head = {
        .seq = state->writer.memory.tally.seq,
        .settings_seq = configuration_seq(&state->writer.memory.configuration),
    };

    memcpy(head.log_id, state->writer.memory.log_id, UUID_SIZE);
    (void)bus_send(state->events.sock, NULL, MESSAGE_log_head, &head); /* the next one follows */
}

static void close_doors(struct state *state)
{
    if (state->commands.sock)
        zloop_reader_end(frame_loop(state->frame), state->commands.sock);
    door_close(&state->commands);
    door_close(&state->events);
}

static void on_turn(void *self);

/* Returns 0, or -1 when an address is still another's. */
static int open_doors(struct state *state)
{
    if (state->commands.sock)
        return 0;
    if (door_open(&state->events, ZMQ_PUB, endpoints.events) == -1 ||
        door_open(&state->commands, ZMQ_ROUTER, endpoints.commands) == -1 ||
        frame_read(state->frame, state->commands.sock, on_turn, state) == -1) {
        close_doors(state);
        return -1;
    }
    zsock_set_linger(state->commands.sock, LAST_MS);
    publish_head(state);
    return 0;
}

static void tell_health(struct state *state)
{
    if (state->database_answered == state->writer.database_answers)
        return;
    state->database_answered = state->writer.database_answers;
    frame_beat(state->frame);
}

/* When the next deadline is due; one that does not lead has none. */
static void expect_due(struct state *state)
{
    struct writer *writer = &state->writer;
    int64_t now = clock_monotonic_ms();

    timers_cancel(frame_timers(state->frame), &state->due);
    if (writer->role != WRITER_LEADING)
        return;
    deadlines_look(&writer->memory.deadlines, clock_wall_ms(), now);
    int64_t wait = deadlines_wait(&writer->memory.deadlines);
    if (wait != INT64_MAX)
        timers_set(frame_timers(state->frame), &state->due, now + wait);
}

/* What was sent or asked elsewhere has come to something, which is to be written. */
static void on_done(void *self)
{
    struct state *state = self;

    if (state->writer.role == WRITER_LEADING)
        timers_set(frame_timers(state->frame), &state->due, TIMERS_SOON);
}

/* One that is cut off keeps its doors open: it answers what it knows. */
static void follow_role(struct state *state)
{
    const struct writer *writer = &state->writer;
    int64_t pause = writer_pause(writer);

    counters_show(&writer->memory);
    if (writer->role == WRITER_WAITING) {
        close_doors(state);
        mailer_drop(state->mailer);
        bot_talk_drop(state->bot);
    }
    if (writer->role != WRITER_LEADING) {
        frame_set_ready(state->frame, false, writer->why);
    } else if (open_doors(state) == 0) {
        frame_set_ready(state->frame, true, "");
        bot_talk_resume(state->bot, &writer->memory.deadlines);
    } else {
        frame_set_ready(state->frame, false,
                        "an address of KRATT_COMMANDS or KRATT_EVENTS is in use");
        pause /= 4;
    }
    tell_health(state);
    expect_due(state);
    timers_set(frame_timers(state->frame), &state->step, clock_monotonic_ms() + pause);
}

static void start_timer(struct state *state, struct timer *timer, int64_t pause)
{
    timers_set(frame_timers(state->frame), timer, clock_monotonic_ms() + pause);
}

static void on_step(void *self)
{
    struct state *state = self;
    enum writer_role role = state->writer.role;

    writer_step(&state->writer, clock_wall_ms());
    if (role == WRITER_WAITING && state->writer.role == WRITER_LEADING)
        start_timer(state, &state->upkeep_timer, UPKEEP_FIRST_MS);
    follow_role(state);
}

/* ---- a turn ---- */

static void send_reply(struct state *state, const zframe_t *peer, const struct reply *reply)
{
    /* A peer that is gone asks again if it still wants to know. */
    (void)bus_send(state->commands.sock, peer, reply->type, reply->body);
}

static void take_command(void *self, const zframe_t *peer, enum message_id type,
                         const void *command)
{
    struct state *state = self;
    struct reply reply = {0};

    if (state->writer.role == WRITER_LEADING) {
        batch_add(state->writer.batch, peer, type, command, clock_wall_ms());
        return;
    }
    reply_refuse(&reply, &database_is_away,
                 message_text(&message_types[type], command, "request_id"));
    count_outcome(VERDICT_FAILED, false);
    send_reply(state, peer, &reply);
    reply_clear(&reply);
}

/* A word about another log is as good as none. */
static void on_log_followed(void *self, const zframe_t *peer, const void *message)
{
    const struct log_followed *word = message;
    struct state *state = self;
    struct command_done done = {0};

    if (streq(word->log_id, state->writer.memory.log_id))
        followers_hear(&state->upkeep.followers, word->follower, word->position,
                       clock_monotonic_ms());
    memcpy(done.request_id, word->request_id, UUID_SIZE);
    (void)bus_send(state->commands.sock, peer, MESSAGE_command_done, &done);
}

static void take_query(void *self, const zframe_t *peer, enum message_id type, const void *query)
{
    struct state *state = self;
    struct question *question = &state->questions[state->question_count++];

    question->peer = zframe_dup((zframe_t *)peer);
    question->type = type;
    question->query = own_zero(message_types[type].size);
    message_copy(&message_types[type], question->query, query);
}

/* ---- previews ---- */

/* An ended chat is in memory no more. */
static const struct refusal *may_preview(const struct state *state,
                                         const struct preview_set *request)
{
    const struct memory *memory = &state->writer.memory;

    if (state->writer.role != WRITER_LEADING)
        return &database_is_away;
    if (!memory_is_good(memory, request->token_id))
        return &token_is_revoked;
    return memory_chat(memory, request->chat_id) ? NULL : &chat_has_ended;
}

static void on_preview_set(void *self, const zframe_t *peer, const void *message)
{
    const struct preview_set *request = message;
    struct state *state = self;
    const struct refusal *refusal = may_preview(state, request);
    struct reply reply = {0};

    if (refusal) {
        reply_refuse(&reply, refusal, request->request_id);
    } else {
        typing_take(state->typing, request);
        (void)reply_become(&reply, MESSAGE_command_done);
        reply_address(&reply, request->request_id);
    }
    send_reply(state, peer, &reply);
    reply_clear(&reply);
}

/* One handler for each kind of request, as a handler is not told the kind. */
#define REQUEST(name, take)                                                                        \
    static void on_##name(void *self, const zframe_t *peer, const void *message)                   \
    {                                                                                              \
        take(self, peer, MESSAGE_##name, message);                                                 \
    }
#include "requests.def"
#undef REQUEST

static const struct handler handlers[] = {
#define REQUEST(name, take) {MESSAGE_##name, on_##name},
#include "requests.def"
#undef REQUEST
    {MESSAGE_preview_set, on_preview_set},
    {MESSAGE_log_followed, on_log_followed},
    {MESSAGE_COUNT, NULL},
};

/* All events, and then all answers: each kind goes to its peers in one piece,
 * and wakes ZeroMQ's thread fewer times than one after the other would. */
static void deliver(struct state *state, const struct batch *batch)
{
    size_t count = batch_count(batch);
    bool sets = false;

    for (size_t i = 0; i < count; i++) {
        const struct event *event = &batch_outcome(batch, i)->decision.event;
        count_outcome(batch_outcome(batch, i)->verdict, event->kind);
        mailer_take(state->mailer, &batch_outcome(batch, i)->decision, state->writer.store);
        bot_talk_take(state->bot, &batch_outcome(batch, i)->decision);
        if (!event->kind)
            continue;
        typing_note(state->typing, event);
        (void)bus_send(state->events.sock, NULL, MESSAGE_event, event);
        sets |= event->settings.count > 0;
    }
    if (sets)
        publish_head(state); /* who keeps a copy of the configuration hears no events */
    for (size_t i = 0; i < count; i++)
        if (!batch_outcome(batch, i)->is_part && batch_outcome(batch, i)->peer)
            send_reply(state, batch_outcome(batch, i)->peer, &batch_outcome(batch, i)->reply);
}

static void finish_commands(struct state *state)
{
    struct batch *batch = state->writer.batch;
    size_t count = batch_count(batch);

    if (!count)
        return;
    bool is_committed = writer_commit(&state->writer) == 0;
    count_group(count, is_committed);
    deliver(state, batch);
    mailer_forget_sent(state->mailer, is_committed);
    bot_talk_forget_answers(state->bot, is_committed);
    batch_clear(batch);
}

static void answer(struct state *state, struct question *question)
{
    struct writer *writer = &state->writer;
    const struct source source = {
        .memory = &writer->memory,
        .store = writer->role == WRITER_LEADING ? writer->store : NULL,
        .now = clock_wall_ms(),
    };
    struct reply reply;

    if (answer_query(&source, question->type, question->query, &reply) == -1)
        writer_lost(writer);
    count_query();
    send_reply(state, question->peer, &reply);
    reply_clear(&reply);
}

static void forget_question(struct question *question)
{
    message_clear(&message_types[question->type], question->query);
    free(question->query);
    zframe_destroy(&question->peer);
}

/* What is due goes first, so that it is decided on what is committed. */
static void add_due(struct state *state)
{
    struct writer *writer = &state->writer;
    struct memory *memory = &writer->memory;

    if (writer->role != WRITER_LEADING)
        return;
    deadlines_look(&memory->deadlines, clock_wall_ms(), clock_monotonic_ms());
    if (deadlines_wants_rows(&memory->deadlines) &&
        memory_read_deadlines(memory, writer->store) == -1) {
        writer_lost(writer);
        return;
    }
    count_due(due_add(writer->batch, memory, &environment.writer.limits, clock_wall_ms()));
    mailer_add_sent(state->mailer, writer->batch);
    bot_talk_add_answers(state->bot, writer->batch, clock_wall_ms());
}

static void on_turn(void *self)
{
    struct state *state = self;
    enum writer_role role = state->writer.role;

    add_due(state);
    for (int i = 0; i < TURN_MAX && bus_dispatch(state->commands.sock, handlers, state); i++)
        ;
    finish_commands(state);
    for (size_t i = 0; i < state->question_count; i++) {
        answer(state, &state->questions[i]);
        forget_question(&state->questions[i]);
    }
    state->question_count = 0;
    expect_due(state);
    counters_show(&state->writer.memory);
    mailer_show(&state->writer.memory);
    if (state->writer.role != role)
        follow_role(state);
}

/* ---- timers ---- */

static void on_due(void *self)
{
    struct state *state = self;

    if (state->commands.sock)
        on_turn(state);
}

/* Another one may lead by now: the database says so first. */
static void open_doors_again(struct state *state)
{
    if (door_is_there(&state->commands) && door_is_there(&state->events))
        return;
    log_warn("an address was taken away");
    close_doors(state);
    on_step(state);
}

static void on_head(void *self)
{
    struct state *state = self;

    timers_set(frame_timers(state->frame), &state->head, clock_monotonic_ms() + HEAD_MS);
    if (state->writer.role != WRITER_LEADING || !state->commands.sock)
        return;
    publish_head(state);
    open_doors_again(state);
}

static void on_sweep(void *self)
{
    struct state *state = self;

    timers_set(frame_timers(state->frame), &state->sweep, clock_monotonic_ms() + SWEEP_MS);
    if (state->writer.batch)
        tokenset_sweep(&state->writer.memory.tokens, clock_wall_ms());
}

static void on_upkeep(void *self)
{
    struct state *state = self;
    const struct upkeep_now now = {clock_wall_ms(), clock_monotonic_ms()};
    struct writer *writer = &state->writer;
    int rc = 0;

    if (writer->role == WRITER_LEADING)
        rc = upkeep_step(&state->upkeep, &writer->memory, writer->store, &now);
    start_timer(state, &state->upkeep_timer, rc == 1 ? UPKEEP_SOON_MS : UPKEEP_MS);
    counters_show_upkeep(&state->upkeep);
    if (rc == -1) {
        writer_lost(writer);
        follow_role(state);
    }
}

static void add_timer(struct state *state, struct timer *timer, void (*on_time)(void *),
                      int64_t pause)
{
    timer->on_time = on_time;
    timer->self = state;
    start_timer(state, timer, pause);
}

/* ---- start and end ---- */

/* Without it there are no notices either. */
static void open_mailer(struct state *state)
{
    state->mailer = mailer_new(frame_loop(state->frame), &environment.mailer, on_done, state);
    environment.writer.limits.mails = state->mailer ? environment.mailer.most : 0;
    environment.writer.limits.mail_pause_ms = environment.mailer.retry_ms;
}

static void open_bot(struct state *state)
{
    state->bot = bot_talk_new(frame_loop(state->frame), &environment.bot, on_done, state);
    environment.writer.limits.bot_ms = state->bot ? environment.bot.timeout_ms : 0;
}

static int state_open(struct frame *frame, void *self)
{
    struct state *state = self;
    char why[WHY_MAX];

    state->frame = frame;
    state->writer.settings = &environment.writer;
    state->upkeep.settings = &environment.upkeep;
    if (environment_check(why) == -1) {
        log_error("setting refused", "why", why);
        return -1;
    }
    counters_add();
    open_mailer(state);
    open_bot(state);
    state->typing = typing_new(frame_timers(state->frame), &state->events);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is as a full disk: no reason to die */
    add_timer(state, &state->head, on_head, HEAD_MS);
    add_timer(state, &state->sweep, on_sweep, SWEEP_MS);
    add_timer(state, &state->upkeep_timer, on_upkeep, UPKEEP_FIRST_MS);
    add_timer(state, &state->step, on_step, 0);
    state->due = (struct timer){.on_time = on_due, .self = state};
    return 0;
}

/* What has come is still written and answered. */
static void state_drain(struct frame *frame, void *self)
{
    struct state *state = self;

    if (state->commands.sock)
        on_turn(state);
    frame_end(frame);
}

static void state_close(void *self)
{
    struct state *state = self;

    if (state->frame)
        close_doors(state);
    writer_close(&state->writer);
    mailer_destroy(&state->mailer);
    bot_talk_destroy(&state->bot);
    typing_destroy(&state->typing);
}

static bool database_works(void *self)
{
    const struct state *state = self;

    return state->writer.database_answers;
}

int main(int argc, char **argv)
{
    static const struct part parts[] = {{"RESQL", database_works}, {NULL, NULL}};
    static struct state state;
    const struct service service = {.name = "chat-state",
                                    .settings = environment_settings,
                                    .parts = parts,
                                    .open = state_open,
                                    .drain = state_drain,
                                    .close = state_close,
                                    .self = &state};

    return service_run(&service, argc, argv);
}
