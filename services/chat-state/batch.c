#include "batch.h"

#include "bot.h"
#include "chat.h"
#include "commit.h"
#include "json.h"
#include "log.h"
#include "own.h"
#include "owned.h"
#include "release.h"
#include "uuid.h"

struct batch {
    struct memory *memory;
    struct store *store;
    const struct limits *limits;
    struct stage stage;
    struct outcome *outcomes;
    size_t count, room;
    bool is_broken; /* the database failed while this batch was decided */
};

static void begin(struct batch *self)
{
    stage_begin(&self->stage, self->memory, self->store, self->limits);
    self->is_broken = false;
}

struct batch *batch_new(struct memory *memory, struct store *store, const struct limits *limits)
{
    struct batch *self = own_zero(sizeof(*self));

    self->memory = memory;
    self->store = store;
    self->limits = limits;
    begin(self);
    return self;
}

void batch_destroy(struct batch **self)
{
    if (!*self)
        return;
    batch_clear(*self);
    stage_end(&(*self)->stage);
    free((*self)->outcomes);
    free(*self);
    *self = NULL;
}

size_t batch_count(const struct batch *self)
{
    return self->count;
}

const struct outcome *batch_outcome(const struct batch *self, size_t index)
{
    return &self->outcomes[index];
}

/* A command that is being decided; lent. */
struct asked {
    enum message_id type;
    const void *command;
    int64_t now;
    const struct chat *chat; /* which it concerns without naming it; NULL: none */
};

/* ---- commands that were sent before ---- */

/* Fingerprints that are both known and differ: something else was asked. */
static bool asks_the_same(const char *one, const char *other)
{
    return !*one || !*other || streq(one, other);
}

/* A command id given to two different commands shows in the answer, too:
 * another kind of answer, or another chat. Opening twice names two chats by
 * right: the caller makes a new id each time. */
static bool belongs_to(const struct outcome *outcome, enum message_id type, const void *command)
{
    const char *chat_id = message_text(&message_types[type], command, "chat_id");

    if (!*chat_id && type != MESSAGE_message_revise)
        return outcome->reply.type ==
               (type == MESSAGE_setting_set ? MESSAGE_settings_found : MESSAGE_command_done);
    if (type == MESSAGE_termination_set || type == MESSAGE_termination_clear)
        return outcome->reply.type == MESSAGE_command_done;
    const char *replied = reply_chat(&outcome->reply);
    return *replied && (type == MESSAGE_chat_open || !*chat_id || streq(replied, chat_id));
}

/* What was asked for and answered before, when it was: the outcome then has
 * that answer, and the fingerprint of the first. Returns 1, 0 when there is
 * none, or -1. */
static int recall_from_batch(const struct batch *self, struct outcome *outcome)
{
    for (size_t i = 0; i + 1 < self->count; i++) {
        const struct outcome *before = &self->outcomes[i];
        if (before->verdict > VERDICT_REPEATED || !streq(before->command_id, outcome->command_id))
            continue;
        message_copy(&message_types[before->reply.type],
                     reply_become(&outcome->reply, before->reply.type), before->reply.body);
        own_replace(&outcome->fingerprint, before->fingerprint);
        return 1;
    }
    return 0;
}

/* The answer is made of the event as it was the first time; one from before
 * answers were made so was stored itself. */
static int answer_again(struct outcome *outcome, const struct remembered *before)
{
    const struct message_type *type = message_type_named(before->wire);
    bool is_event = type == &message_types[MESSAGE_event];
    char why[WHY_MAX];

    if (!type)
        return -1;
    void *body = is_event ? (void *)&outcome->decision.event
                          : reply_become(&outcome->reply, (enum message_id)(type - message_types));
    int rc = message_from_json(type, body, before->body, why);
    if (rc == -1)
        log_error("remembered answer is not readable", "message", before->wire, "why", why);
    else if (is_event)
        outcome_accept(outcome, outcome->decision.event.seq, "");
    else if (outcome->is_brief && outcome->reply.type == MESSAGE_chat_found)
        outcome_say_briefly(outcome, ((struct chat_found *)body)->chat.items);
    decision_clear(&outcome->decision); /* it is not to happen again */
    return rc;
}

static int recall_from_store(const struct batch *self, struct outcome *outcome)
{
    struct remembered before;
    int rc = store_read_command(self->store, outcome->command_id, &before);

    if (rc != 1)
        return rc;
    own_replace(&outcome->fingerprint, before.fingerprint);
    if (answer_again(outcome, &before) == -1)
        rc = -1;
    remembered_clear(&before);
    return rc;
}

typedef int recall_from(const struct batch *self, struct outcome *outcome);

/* Returns as the two above; after 1 the outcome is complete. */
static int recall(const struct batch *self, struct outcome *outcome, const struct asked *asked,
                  recall_from *from)
{
    const struct message_type *type = &message_types[asked->type];
    const char *request_id = message_text(type, asked->command, "request_id");
    int rc = from(self, outcome);

    if (rc != 1)
        return rc;
    if (belongs_to(outcome, asked->type, asked->command) &&
        asks_the_same(outcome->fingerprint, message_text(type, asked->command, "fingerprint"))) {
        outcome->verdict = VERDICT_REPEATED;
        reply_address(&outcome->reply, request_id);
    } else {
        outcome_refuse(outcome, VERDICT_REFUSED, &idempotency_key_is_reused, request_id);
    }
    return 1;
}

static int recall_first(const struct batch *self, struct outcome *outcome,
                        const struct asked *asked)
{
    int rc = recall(self, outcome, asked, recall_from_batch);

    if (rc == 0 && message_number(&message_types[asked->type], asked->command, "may_repeat"))
        rc = recall(self, outcome, asked, recall_from_store);
    return rc;
}

/* ---- deciding ---- */

/* Refused for what the same command may have done itself before, though it
 * did not say that it may repeat: then it is answered as it was. Only a
 * command that comes twice pays for looking. */
static int refuse_or_recall(const struct batch *self, struct outcome *outcome,
                            const struct asked *asked, const struct refusal *refusal)
{
    bool may_be_own = refusal == &message_exists || refusal == &chat_exists ||
                      refusal == &chat_has_ended || refusal == &user_exists ||
                      refusal == &question_is_closed;
    int rc = may_be_own ? recall(self, outcome, asked, recall_from_store) : 0;

    if (rc == 0)
        outcome_refuse(outcome, VERDICT_REFUSED, refusal,
                       message_text(&message_types[asked->type], asked->command, "request_id"));
    return rc == -1 ? -1 : 0;
}

static int decide_now(struct batch *self, struct outcome *outcome, const struct asked *asked)
{
    const char *request_id =
        message_text(&message_types[asked->type], asked->command, "request_id");
    struct findings findings;
    int rc = stage_find(&self->stage, asked->type, asked->command, asked->now, &findings);

    if (rc == 0) {
        if (asked->chat)
            findings.facts.chat = asked->chat;
        decide(asked->type, asked->command, &findings.facts, &outcome->decision);
        if (outcome->decision.refusal) {
            rc = refuse_or_recall(self, outcome, asked, outcome->decision.refusal);
        } else {
            stage_take(&self->stage, &findings.facts, &outcome->decision);
            outcome_accept(outcome, self->stage.tally.seq, request_id);
        }
    }
    findings_clear(&findings);
    return rc;
}

static struct outcome *append(struct batch *self, enum message_id type)
{
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : 64;
        self->outcomes = own_grow(self->outcomes, self->room * sizeof(*self->outcomes));
    }
    struct outcome *outcome = &self->outcomes[self->count++];
    *outcome = (struct outcome){.verdict = VERDICT_FAILED, .type = type};
    return outcome;
}

/* The outcome of the next chat of a command that concerns many. Which command
 * it was is remembered with the first one alone. */
static struct outcome *append_part(struct batch *self, enum message_id type)
{
    struct outcome *outcome = append(self, type);

    outcome->is_part = true;
    outcome->command_id = own_copy("");
    outcome->fingerprint = own_copy("");
    (void)reply_become(&outcome->reply, MESSAGE_command_done);
    return outcome;
}

/* The command goes on as another outcome, its next one; what was decided so far
 * is a part of it. */
static struct outcome *go_on(struct batch *self, enum message_id type)
{
    struct outcome *next = append(self, type);
    struct outcome *part = &self->outcomes[self->count - 2];

    next->peer = part->peer;
    next->command_id = part->command_id;
    next->fingerprint = part->fingerprint;
    next->is_brief = part->is_brief;
    part->peer = NULL;
    part->is_part = true;
    part->command_id = own_copy("");
    part->fingerprint = own_copy("");
    return next;
}

/* Decides all parts of a command; the last one's outcome is the command's. */
static int decide_parts(struct batch *self, const struct asked *asked)
{
    struct outcome *outcome = &self->outcomes[self->count - 1];
    int rc = decide_now(self, outcome, asked);

    while (rc == 0 && outcome->decision.goes_on) {
        outcome = go_on(self, asked->type);
        self->stage.part++;
        rc = decide_now(self, outcome, asked);
        assert(outcome->verdict != VERDICT_REFUSED);
    }
    self->stage.part = 0;
    if (rc == -1)
        outcome_refuse(outcome, VERDICT_FAILED, &database_is_away,
                       message_text(&message_types[asked->type], asked->command, "request_id"));
    return rc;
}

/* chats.release is decided chat by chat: each has its event, and all are in
 * the same transaction. The outcome of the command is the last one so far. */
static int release_chats(struct batch *self, const struct asked *asked)
{
    const struct chats_release *command = asked->command;
    struct asked one = *asked;
    struct outcome *outcome = &self->outcomes[self->count - 1];
    struct owned owned;
    int rc = 0;

    owned_find(&owned, &self->stage, command->customer_support_id);
    if (owned.count > RELEASE_MAX)
        outcome_refuse(outcome, VERDICT_REFUSED, &too_many_to_release, command->request_id);
    else if (owned.count == 0)
        rc = decide_now(self, outcome, asked);
    for (size_t i = 0; i < owned.count && owned.count <= RELEASE_MAX && rc == 0; i++) {
        one.chat = owned_chat(&self->stage, owned.items[i].id);
        outcome = i == 0 ? outcome : append_part(self, asked->type);
        rc = decide_now(self, outcome, &one);
        if (outcome->verdict == VERDICT_REFUSED)
            break; /* the caller may not: so it is for all of them */
    }
    owned_clear(&owned);
    return rc;
}

static const char *bot_of(const struct batch *self)
{
    const struct configuration *settings = self->stage.settings;

    return bot_id(settings ? settings : &self->memory->configuration);
}

/* Likewise bot.leave, but what is too much for one turn is done in the next. */
static int leave_bot(struct batch *self, const struct asked *asked)
{
    const struct bot_leave *command = asked->command;
    struct chat_leave_bot one = {.caller = command->caller, .caller_roles = command->caller_roles};
    const struct asked part = {MESSAGE_chat_leave_bot, &one, asked->now, NULL};
    struct outcome *outcome = &self->outcomes[self->count - 1];
    struct owned owned = {0};
    size_t i = 0;
    int rc;

    memcpy(one.request_id, command->request_id, UUID_SIZE);
    memcpy(one.token_id, command->token_id, UUID_SIZE);
    if (*bot_of(self))
        owned_find(&owned, &self->stage, bot_of(self));
    do {
        if (i < owned.count) {
            memcpy(one.chat_id, owned.items[i].id, UUID_SIZE);
            uuid_make(one.message_id);
        }
        outcome = i == 0 ? outcome : append_part(self, asked->type);
        rc = decide_now(self, outcome, &part);
    } while (rc == 0 && outcome->verdict == VERDICT_ACCEPTED && ++i < owned.count &&
             i < BOT_LEAVES_MAX);
    if (rc == 0 && i == BOT_LEAVES_MAX && i < owned.count)
        batch_set_deadline(self, &(struct deadline){.id = (char *)KIND_BOT_LEAVE,
                                                    .kind = (char *)KIND_BOT_LEAVE,
                                                    .created = self->memory->deadlines.now,
                                                    .due = self->memory->deadlines.now});
    owned_clear(&owned);
    return rc;
}

void batch_add(struct batch *self, const zframe_t *peer, enum message_id type, const void *command,
               int64_t now)
{
    const struct message_type *command_type = &message_types[type];
    const struct asked asked = {type, command, now, NULL};
    struct outcome *outcome = append(self, type);
    size_t index = self->count - 1;

    outcome->peer = peer ? zframe_dup((zframe_t *)peer) : NULL;
    outcome->command_id = own_copy(message_text(command_type, command, "command_id"));
    outcome->fingerprint = own_copy(message_text(command_type, command, "fingerprint"));
    outcome->is_brief = message_number(command_type, command, "brief") != 0;
    if (!self->is_broken) {
        int rc = recall_first(self, outcome, &asked);
        if (rc == 0 && type == MESSAGE_chats_release)
            rc = release_chats(self, &asked);
        else if (rc == 0 && type == MESSAGE_bot_leave)
            rc = leave_bot(self, &asked);
        else if (rc == 0)
            rc = decide_parts(self, &asked);
        self->is_broken = rc == -1;
    }
    if (self->is_broken)
        outcome_refuse(&self->outcomes[index], VERDICT_FAILED, &database_is_away,
                       message_text(command_type, command, "request_id"));
}

void batch_add_nothing(struct batch *self)
{
    struct outcome *outcome = append_part(self, MESSAGE_COUNT);

    outcome->verdict = self->is_broken ? VERDICT_FAILED : VERDICT_ACCEPTED;
}

static bool has_deadline(const struct decision *decision, const char *id)
{
    for (size_t i = 0; i < decision->deadlines.count; i++)
        if (text_is(decision->deadlines.items[i].id, id))
            return true;
    return false;
}

void batch_set_deadline(struct batch *self, const struct deadline *row)
{
    const struct message_type *type = &message_types[MESSAGE_deadline];
    struct outcome *outcome = &self->outcomes[self->count - 1];
    struct decision *decision = &outcome->decision;

    if (outcome->verdict == VERDICT_FAILED || has_deadline(decision, row->id))
        return;
    message_copy(type, list_append((struct list *)&decision->deadlines, type), row);
    stage_take_deadline(&self->stage, row);
}

void batch_lose_mails(struct batch *self, int64_t dropped, int64_t given_up)
{
    struct outcome *outcome = &self->outcomes[self->count - 1];

    if (outcome->verdict == VERDICT_FAILED)
        return;
    outcome->decision.mails_dropped += dropped;
    outcome->decision.mails_given_up += given_up;
}

int64_t batch_mails(const struct batch *self)
{
    return self->stage.mails;
}

/* ---- writing ---- */

/* Commands that change nothing leave nothing behind: their answers would be
 * the same again. */
static bool is_to_be_written(const struct outcome *outcome)
{
    return outcome->decision.deadlines.count > 0 ||
           (outcome->verdict == VERDICT_ACCEPTED && decision_writes(&outcome->decision));
}

static size_t count_writes(const struct batch *self)
{
    size_t count = 0;

    for (size_t i = 0; i < self->count; i++)
        count += is_to_be_written(&self->outcomes[i]);
    return count;
}

static int write_all(struct batch *self)
{
    if (store_begin(self->store) == -1)
        return -1;
    for (size_t i = 0; i < self->count; i++)
        if (is_to_be_written(&self->outcomes[i]) &&
            commit_outcome(self->store, &self->stage.tally.row, &self->outcomes[i]) == -1) {
            store_rollback(self->store);
            return -1;
        }
    if (store_commit(self->store) == 0)
        return 0;
    store_rollback(self->store);
    return -1;
}

static void fail_all(struct batch *self)
{
    for (size_t i = 0; i < self->count; i++) {
        struct outcome *outcome = &self->outcomes[i];
        char request_id[UUID_SIZE];

        memcpy(request_id, reply_request(&outcome->reply), UUID_SIZE);
        decision_clear(&outcome->decision);
        outcome_refuse(outcome, VERDICT_FAILED, &database_is_away, request_id);
    }
}

int batch_commit(struct batch *self)
{
    int rc = self->is_broken ? -1 : 0;

    if (rc == 0 && count_writes(self))
        rc = write_all(self);
    if (rc == 0)
        stage_apply(&self->stage);
    else
        fail_all(self);
    return rc;
}

void batch_clear(struct batch *self)
{
    for (size_t i = 0; i < self->count; i++)
        outcome_clear(&self->outcomes[i]);
    self->count = 0;
    stage_end(&self->stage);
    begin(self);
}
