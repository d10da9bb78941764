#include "writer.h"

#include "identity.h"
#include "log.h"
#include "own.h"
#include "password.h"
#include "silence.h"
#include "utf8.h"
#include "uuid.h"

enum {
    LOOK_MS = 1000,      /* how often a leader looks at the database */
    WAIT_MS = 250,       /* how often one that waits tries the lock */
    READ_MS = 20,        /* the same, while it has more to read */
    PAUSE_MAX_MS = 5000, /* between tries at a database that is away */
    LOGIN_MAX = 50,      /* as in messages.def */
    MICROSECONDS = 1000, /* in a millisecond */
};

/* ---- the first administrator ---- */

int writer_check(const struct writer_settings *settings, char why[WHY_MAX])
{
    const char *login = settings->admin_login;
    const char *password = settings->admin_password;

    if (!*login && *password)
        return refuse(why, "KRATT_ADMIN_PASSWORD is set, but KRATT_ADMIN_LOGIN is not");
    if (*login && !*password)
        return refuse(why, "KRATT_ADMIN_LOGIN is set, but KRATT_ADMIN_PASSWORD is not");
    if (!*login && *settings->admin_id_code)
        return refuse(why, "KRATT_ADMIN_ID_CODE is set, but KRATT_ADMIN_LOGIN is not");
    if (!utf8_is_valid(login) || utf8_length(login) > LOGIN_MAX)
        return refuse(why, "KRATT_ADMIN_LOGIN is no text of at most %d characters", LOGIN_MAX);
    if (!utf8_is_valid(settings->admin_id_code) || utf8_length(settings->admin_id_code) > LOGIN_MAX)
        return refuse(why, "KRATT_ADMIN_ID_CODE is no text of at most %d characters", LOGIN_MAX);
    if (strlen(password) > PASSWORD_LENGTH_MAX)
        return refuse(why, "KRATT_ADMIN_PASSWORD is longer than %d bytes", PASSWORD_LENGTH_MAX);
    return 0;
}

static void name_administrator(const struct writer_settings *settings, struct account_add *command)
{
    struct role *role = list_append((struct list *)&command->roles, &message_types[MESSAGE_role]);

    uuid_make(command->request_id);
    command->command_id = own_copy("first-administrator");
    command->id_code =
        own_copy(*settings->admin_id_code ? settings->admin_id_code : settings->admin_login);
    command->login = own_copy(settings->admin_login);
    command->display_name = own_copy(settings->admin_login);
    command->password_hash = password_hash(settings->admin_password);
    role->name = own_copy(role_name(ROLE_ADMINISTRATOR));
}

static int add_administrator(struct writer *self, int64_t now)
{
    struct account_add command = {0};

    if (!*self->settings->admin_login) {
        log_warn("nobody can log in: there is no account, and KRATT_ADMIN_LOGIN is not set");
        return 0;
    }
    name_administrator(self->settings, &command);
    batch_add(self->batch, NULL, MESSAGE_account_add, &command, now);
    int rc = batch_commit(self->batch);
    batch_clear(self->batch);
    message_clear(&message_types[MESSAGE_account_add], &command);
    if (rc == 0)
        log_info("first administrator added");
    return rc;
}

/* ---- from role to role ---- */

static void forget_all(struct writer *self)
{
    batch_destroy(&self->batch);
    memory_clear(&self->memory);
}

static void wait_because(struct writer *self, const char *why)
{
    forget_all(self);
    self->role = WRITER_WAITING;
    (void)refuse(self->why, "%s", why);
}

/* The database failed while it waits. */
static void wait_for_database(struct writer *self, const char *why)
{
    self->failures++;
    self->database_answers = false;
    standby_clear(&self->standby);
    wait_because(self, why);
}

void writer_lost(struct writer *self)
{
    self->failures++;
    self->database_answers = false;
    self->role = WRITER_CUT_OFF;
    (void)refuse(self->why, "the database does not answer");
}

static void lead(struct writer *self)
{
    self->role = WRITER_LEADING;
    self->database_answers = true;
    self->why[0] = '\0';
}

static int read_deadlines(struct writer *self)
{
    struct memory *memory = &self->memory;

    if (self->settings->limits.mails && store_count_mails(self->store, &memory->mails) == -1)
        return -1;
    return memory_read_deadlines(memory, self->store);
}

/* The clock of the deadlines begins at the wall, but not before anything that
 * happened: the clock of the one that led before may have been ahead. */
static int begin_deadlines(struct writer *self, int64_t now)
{
    struct deadlines *deadlines = &self->memory.deadlines;
    int64_t silence = silence_ms(&self->settings->limits);

    deadlines_begin(deadlines, later_of(now, self->memory.tally.time));
    if (silence && store_add_inactive(self->store, deadlines->now + silence, deadlines->now) == -1)
        return -1;
    return read_deadlines(self);
}

/* Under the lock. */
static void prepare(struct writer *self, int64_t now)
{
    struct store_head head = {0};
    int rc = -1;

    if (store_migrate(self->store, now * MICROSECONDS) == 0 &&
        store_read_head(self->store, &head) == 0)
        rc = standby_lead(&self->standby, self->store, &head, now, &self->memory);
    if (rc != -1 && begin_deadlines(self, now) == -1)
        rc = -1;
    if (rc == -1) {
        wait_for_database(self, "the database could not be read");
        return;
    }
    self->was_ready = rc == 1;
    self->batch = batch_new(&self->memory, self->store, &self->settings->limits);
    if (!head.has_accounts && add_administrator(self, now) == -1) {
        wait_for_database(self, "the database could not be written");
        return;
    }
    log_info("chat-state leads", "seq", log_number(self->memory.tally.seq), "open_chats",
             log_number((long long)self->memory.count), "read",
             self->was_ready ? "what was missing" : "everything");
    lead(self);
}

static void step_waiting(struct writer *self, int64_t now)
{
    char why[WHY_MAX] = "the database does not answer";
    int rc = -1;

    if (self->store) {
        rc = self->database_answers ? store_lock(self->store) : store_recover(self->store);
    } else {
        self->store = store_open(self->settings->database, why);
        if (self->store)
            rc = store_lock(self->store);
    }
    if (rc == -1) {
        wait_for_database(self, why);
        return;
    }
    self->database_answers = true;
    if (rc == 1) {
        prepare(self, now);
        return;
    }
    if (standby_step(&self->standby, self->store, now) == -1) {
        wait_for_database(self, why);
        return;
    }
    self->failures = 0;
    wait_because(self, "another chat-state has the lock");
}

static void step_leading(struct writer *self)
{
    if (store_answers(self->store))
        self->failures = 0;
    else
        writer_lost(self);
}

/* A database that only refused a commit still answers, and the lock is still
 * ours: there is no need to connect again. */
static void step_cut_off(struct writer *self)
{
    const struct tally *tally = &self->memory.tally;
    struct store_head head = {0};
    int rc = store_answers(self->store) ? 1 : store_recover(self->store);

    /* A commit that only set deadlines does not show in the head. */
    if (rc == 1 && (store_read_head(self->store, &head) == -1 || read_deadlines(self) == -1))
        rc = -1;
    if (rc == -1) {
        writer_lost(self);
    } else if (rc == 0) {
        self->database_answers = true;
        wait_because(self, "another chat-state has the lock");
    } else if (streq(head.log_id, self->memory.log_id) && head.seq == tally->seq &&
               head.row == tally->row) {
        lead(self);
    } else {
        log_warn("the log has moved on", "seq", log_number(head.seq), "known",
                 log_number(tally->seq));
        self->database_answers = true;
        wait_because(self, "the log has moved on");
    }
}

void writer_step(struct writer *self, int64_t now)
{
    switch (self->role) {
    case WRITER_WAITING:
        step_waiting(self, now);
        return;
    case WRITER_LEADING:
        step_leading(self);
        return;
    case WRITER_CUT_OFF:
        step_cut_off(self);
        return;
    }
}

/* The first try after a failure is made at once: it may have been one
 * command that the database refused. */
static int64_t pause_after(unsigned failures)
{
    enum { DOUBLINGS = 5 };
    int64_t pause = WAIT_MS;

    for (unsigned i = 2; i < failures && i < 2 + DOUBLINGS; i++)
        pause *= 2;
    if (failures < 2)
        return 0;
    return pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
}

int64_t writer_pause(const struct writer *self)
{
    if (self->role == WRITER_LEADING)
        return LOOK_MS;
    if (self->role == WRITER_WAITING && !self->failures)
        return self->standby.is_behind ? READ_MS : WAIT_MS;
    return pause_after(self->failures);
}

int writer_commit(struct writer *self)
{
    int rc = batch_commit(self->batch);

    if (rc == -1)
        writer_lost(self);
    return rc;
}

void writer_close(struct writer *self)
{
    forget_all(self);
    standby_clear(&self->standby);
    store_close(&self->store);
    *self = (struct writer){0};
}
