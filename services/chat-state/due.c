#include "due.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bot.h"
#include "bot_answer.h"
#include "json.h"
#include "leaving.h"
#include "log.h"
#include "notice.h"
#include "own.h"
#include "question.h"
#include "silence.h"
#include "uuid.h"

enum {
    DUE_MAX = 128,   /* a turn, so that others are answered in between */
    PAUSE_MS = 1000, /* after the first try in vain; doubled by each */
    DOUBLINGS = 10,
};

/* Where a deadline that is due is looked at. */
struct scene {
    const struct memory *memory;
    const struct limits *limits;
    int64_t now;  /* wall milliseconds, not less than any event's time */
    int64_t room; /* for mails */
};

/* What it comes to: a command, or that it is set anew, or other rows, or
 * nothing. */
struct due {
    enum message_id type; /* 0: no command */
    void *command;        /* owned */
    int64_t wait_ms;      /* not 0: it was too early */
    struct deadline_list rows;
    int64_t mails_dropped, mails_given_up;
};

/* ---- commands that the row has ---- */

static void read_command(const struct deadline *row, enum message_id type, struct due *due)
{
    char why[WHY_MAX];

    due->command = own_zero(message_types[type].size);
    due->type = type;
    if (message_from_json(&message_types[type], due->command, row->body ? row->body : "", why) == 0)
        return;
    log_error("stored deadline is not readable", "kind", row->kind, "why", why);
    free(due->command);
    *due = (struct due){0};
}

/* The token was given up for another one meanwhile: the chat ends all the
 * same. */
static void make_end(const struct deadline *row, const struct scene *scene, struct due *due)
{
    read_command(row, MESSAGE_chat_end, due);
    struct chat_end *end = due->command;
    if (!end || memory_is_good(scene->memory, end->token_id))
        return;
    end->token_id[0] = '\0';
    end->token_expires_at = 0;
}

static void make_revocation(const struct deadline *row, const struct scene *scene, struct due *due)
{
    (void)scene;
    read_command(row, MESSAGE_token_revoke, due);
}

/* ---- chats that are silent ---- */

static void make_inactive_end(const struct deadline *row, const struct chat *chat, struct due *due)
{
    struct chat_end *end = own_zero(sizeof(*end));
    char command_id[128];

    snprintf(command_id, sizeof(command_id), "%s:%" PRId64, row->id, row->due);
    uuid_make(end->request_id);
    uuid_make(end->message_id);
    memcpy(end->chat_id, chat->id, UUID_SIZE);
    end->command_id = own_copy(command_id);
    end->event = own_copy("inactive-chat-ended");
    end->content = own_copy(silence_sentence);
    end->author_role = own_copy("buerokratt");
    *due = (struct due){.type = MESSAGE_chat_end, .command = end};
}

static void make_inactive(const struct deadline *row, const struct scene *scene, struct due *due)
{
    const struct live *live = memory_chat(scene->memory, row->subject ? row->subject : "");

    if (!live || !silence_ms(scene->limits))
        return;
    due->wait_ms = silence_rest(row, &live->chat, scene->limits, scene->now);
    if (!due->wait_ms)
        make_inactive_end(row, &live->chat, due);
}

/* Somebody answered the question meanwhile, or it is answered by this. */
static void make_ignored(const struct deadline *row, const struct scene *scene, struct due *due)
{
    (void)scene;
    read_command(row, MESSAGE_message_revise, due);
}

/* ---- the bot ---- */

/* It took too long, or nobody asked it any more: as if it had given up. */
static void make_gave_up(const struct deadline *row, const struct scene *scene, struct due *due)
{
    const struct live *live = memory_chat(scene->memory, row->subject ? row->subject : "");
    struct bot_answer *answer = own_zero(sizeof(*answer));

    *due = (struct due){.type = MESSAGE_bot_answer, .command = answer};
    bot_answer_begin(answer, live ? live->chat.id : "", row->id);
    bot_answer_give_up(answer);
}

static void make_leave(const struct deadline *row, const struct scene *scene, struct due *due)
{
    struct bot_leave *leave = own_zero(sizeof(*leave));

    (void)row;
    (void)scene;
    *due = (struct due){.type = MESSAGE_bot_leave, .command = leave};
    uuid_make(leave->request_id);
    leave->command_id = own_copy(leave->request_id);
}

/* ---- mails ---- */

static void make_mails(const struct deadline *row, const struct scene *scene, struct due *due)
{
    int64_t room = scene->limits->mails ? scene->room + 1 : 0; /* with that of the notice */

    due->mails_dropped = notice_mails(row, scene->memory, scene->limits, room, &due->rows);
}

static void make_mail(const struct deadline *row, const struct scene *scene, struct due *due)
{
    const struct message_type *type = &message_types[MESSAGE_deadline];
    struct deadline *mail = list_append((struct list *)&due->rows, type);

    message_copy(type, mail, row);
    if (notice_try_again(mail, scene->limits, scene->memory->deadlines.now))
        return;
    mail->due = 0;
    due->mails_given_up = 1;
}

static void make_nothing(const struct deadline *row, const struct scene *scene, struct due *due)
{
    (void)row;
    (void)scene;
    (void)due;
}

/* ---- all of them ---- */

static const struct {
    const char *kind;
    void (*make)(const struct deadline *row, const struct scene *scene, struct due *due);
} kinds[] = {
    {KIND_TERMINATION, make_end},    {KIND_LOGOUT, make_revocation},
    {KIND_INACTIVE, make_inactive},  {KIND_PERMISSION, make_ignored},
    {KIND_TAKEN_BACK, make_nothing}, {KIND_SETTLED, make_nothing},
    {KIND_NOTICE, make_mails},       {KIND_MAIL, make_mail},
    {KIND_HISTORY, make_mail},       {KIND_BOT, make_gave_up},
    {KIND_BOT_LEAVE, make_leave},
};

/* One of a kind that a newer program has set is given up. */
static void make(const struct deadline *row, const struct scene *scene, struct due *due)
{
    *due = (struct due){0};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (text_is(row->kind, kinds[i].kind)) {
            kinds[i].make(row, scene, due);
            return;
        }
    log_warn("deadline of an unknown kind", "kind", row->kind);
}

static int64_t pause_after(int64_t attempts)
{
    return (int64_t)PAUSE_MS << (attempts < DOUBLINGS ? attempts : DOUBLINGS);
}

/* Sets the row anew in so long, as a deadline that begins now. */
static void postpone(struct deadline *row, const struct scene *scene, int64_t wait_ms)
{
    row->created = scene->memory->deadlines.now;
    row->due = row->created + wait_ms;
}

/* What is refused for the moment only (503) is tried again. */
static void settle(struct deadline *row, const struct scene *scene, const struct outcome *outcome)
{
    const struct refusal *refusal = outcome->decision.refusal;

    row->due = 0;
    if (outcome->verdict == VERDICT_REFUSED && refusal && refusal->status == 503)
        postpone(row, scene, pause_after(row->attempts++));
}

/* What comes of it without a command. */
static void add_rows(struct batch *batch, const struct due *due)
{
    batch_add_nothing(batch);
    for (size_t i = 0; i < due->rows.count; i++)
        batch_set_deadline(batch, &due->rows.items[i]);
    batch_lose_mails(batch, due->mails_dropped, due->mails_given_up);
}

static void add_one(struct batch *batch, const struct deadline *deadline, const struct scene *scene)
{
    struct deadline row = {0};
    struct due due;

    message_copy(&message_types[MESSAGE_deadline], &row, deadline);
    make(deadline, scene, &due);
    if (due.type) {
        batch_add(batch, NULL, due.type, due.command, scene->now);
        settle(&row, scene, batch_outcome(batch, batch_count(batch) - 1));
        message_clear(&message_types[due.type], due.command);
        free(due.command);
    } else {
        add_rows(batch, &due);
        row.due = 0;
        if (due.wait_ms) {
            postpone(&row, scene, due.wait_ms);
            silence_note(&row, &memory_chat(scene->memory, row.subject)->chat);
        }
    }
    batch_set_deadline(batch, &row);
    message_clear(&message_types[MESSAGE_deadline], &row);
    deadline_list_clear(&due.rows);
}

size_t due_add(struct batch *batch, const struct memory *memory, const struct limits *limits,
               int64_t now)
{
    struct scene scene = {
        .memory = memory, .limits = limits, .now = later_of(now, memory->tally.time)};
    size_t count = 0;

    for (; count < DUE_MAX && deadlines_due(&memory->deadlines, count); count++) {
        scene.room = limits->mails - batch_mails(batch);
        add_one(batch, deadlines_due(&memory->deadlines, count), &scene);
    }
    return count;
}
