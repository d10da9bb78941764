/* store.h - what chat-state keeps, in words of messages.def. The SQL is in
 * sql/<name>.sql, the drivers behind db.h; nothing above this file knows
 * either.
 *
 * Everything written between store_begin and store_commit is kept together or
 * not at all. Row ids, seq and times are given by the caller, the single
 * writer. All functions that return int return 0, or -1 after logging once
 * (a database that went away stays -1 until store_recover succeeds). */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stdlib.h>

#include "codec.h"

struct store;

/* url: a path of a SQLite file, or postgresql://… Connects. Returns NULL with
 * the reason in why. */
struct store *store_open(const char *url, char why[WHY_MAX]);
void store_close(struct store **self);

/* Takes the writer's lock: an advisory lock in PostgreSQL, a locked file
 * beside the database in SQLite; freed when this process dies. Returns 1 when
 * it is ours, 0 when another process has it, -1 when the database is away. */
int store_lock(struct store *self);

/* Brings the schema up to date, under the lock: migrations/NNNN-….sql in
 * order, one transaction each, recorded in schema_version. A log that is made
 * by it has start as the number before its first event. */
int store_migrate(struct store *self, int64_t start);

/* Whether the schema is as store_migrate leaves it, without touching it: one
 * that waits for the lock asks. Returns 1, 0 (also where there is none yet),
 * or -1 when the database is away. */
int store_is_current(struct store *self);

/* Whether the database answers (SELECT 1), within two seconds. */
bool store_answers(struct store *self);

/* After a -1: connects again, and takes the lock again. Returns as
 * store_lock. Whether a commit took effect whose connection was lost is then
 * told by store_read_head, and by nothing else. */
int store_recover(struct store *self);

/* ---- at start ---- */

struct store_head {
    char log_id[UUID_SIZE];
    int64_t seq;       /* newest event, or the number before the first one to come */
    int64_t first_seq; /* oldest event that is kept; seq + 1 for none */
    int64_t time;      /* of the newest event of any log, 0 for none */
    int64_t row;       /* greatest row id of any table */
    bool has_accounts;
};

int store_read_head(struct store *self, struct store_head *head);

/* ---- writing ---- */

int store_begin(struct store *self);
int store_commit(struct store *self);
void store_rollback(struct store *self);

/* Adds a version of a chat; its seq is that of the event that made it. Keeps
 * the list of open chats: a chat whose ended is 0 is on it. */
int store_add_chat(struct store *self, int64_t row, const struct chat *chat);
int store_add_message(struct store *self, int64_t row, const struct message *message);
int store_add_comment(struct store *self, int64_t row, const struct comment *comment);
/* An event, and the command that caused it: its id, and the digest of what it
 * asked for ("": not known). */
int store_add_event(struct store *self, const struct event *event, const char *command_id,
                    const char *fingerprint);
/* An account version with its roles; password_hash included. */
int store_add_account(struct store *self, int64_t row, const struct account *account,
                      int64_t created);
/* The last version of an account: without roles, and nobody finds it any more. */
int store_delete_account(struct store *self, int64_t row, const struct account *account,
                         int64_t created);
int store_add_profile(struct store *self, int64_t row, const struct profile *profile,
                      int64_t created);
int store_add_presence(struct store *self, int64_t row, const struct account *account,
                       int64_t created);
/* A token that is good from now on, and one that no longer is. */
int store_add_token(struct store *self, const struct issuance *token, int64_t issued);
int store_remove_token(struct store *self, const char *token_id);
/* Its id is the row. */
int store_add_setting(struct store *self, const struct setting_version *version);

/* Puts a deadline in the place of the one with its id; with due 0 only
 * removes that. */
int store_set_deadline(struct store *self, const struct deadline *deadline);

/* Removes the deadlines that go with this chat. */
int store_remove_deadlines(struct store *self, const char *chat_id);

/* Adds a deadline of the kind inactive for each open chat that has none. */
int store_add_inactive(struct store *self, int64_t due, int64_t created);

/* ---- reading; lists are appended to (after a -1 they may have some entries
 * more), and released with message_clear() of the message they are in ---- */

/* The newest version of a chat, with its last message, contacts message and
 * last event filled in, and with seq and updated of its newest message when
 * that came later: as the chat was in its newest event. Returns 1 when there is one, 0 when not, or
 * -1. */
int store_read_chat(struct store *self, const char *chat_id, struct chat *chat);

/* Open chats with an id greater than after (""), in order of id. */
int store_read_open_chats(struct store *self, const char *after, int64_t limit,
                          struct chat_list *chats);

/* Which page of the ended chats. */
struct store_ended {
    int64_t from, to;    /* only what ended then or later, and before to; 0: no bound */
    int64_t after_ended; /* what comes after the chat after, which ended then; 0: all */
    const char *after;
    int64_t limit;
};

/* Ended chats, the last to end first. */
int store_read_ended_chats(struct store *self, const struct store_ended *which,
                           struct chat_list *chats);

/* A part of a search: which messages are looked at, newest first. */
struct store_search {
    const char *words; /* folded, see words.h */
    int64_t before;    /* only row ids less than this; 0: all */
    int64_t limit;     /* most message versions */
};

/* Appends the chat of each message version that has these words. *next becomes
 * the row id before which to go on, 0 at the end. */
int store_search(struct store *self, const struct store_search *search, struct match_list *matches,
                 int64_t *next);

/* The newest note on a chat. Returns 1 when there is one, 0 when not, or -1. */
int store_read_comment(struct store *self, const char *chat_id, struct comment *comment);

/* How many message versions a chat has, and how many characters they hold. */
int store_read_chat_size(struct store *self, const char *chat_id, int64_t *versions,
                         int64_t *characters);

/* The newest version of each message, by created: those with updated > after
 * or seq > after_seq; a bound of 0 is none, and with neither it is all. */
int store_read_messages(struct store *self, const char *chat_id, int64_t after, int64_t after_seq,
                        struct message_list *messages);

/* The newest version of a message of a chat; chat_id "": of whatever chat, but
 * only of a message that once asked for an answer. Returns 1 when there is
 * one, 0 when not, or -1. */
int store_read_message(struct store *self, const char *chat_id, const char *id,
                       struct message *message);

/* The newest message of a chat that asked whether it may be forwarded, as it
 * asked. Returns 1 when there is one, 0 when not, or -1. */
int store_read_forward_request(struct store *self, const char *chat_id, struct message *message);

/* Events with a seq greater than after, in order; of one chat, or chat_id "". */
int store_read_events(struct store *self, const char *chat_id, int64_t after, int64_t limit,
                      struct event_list *events);

/* The newest version of an account that is not deleted, by login or by
 * id_code (the other ""), with roles and presence. 1, 0 or -1. */
int store_read_account(struct store *self, const char *login, const char *id_code,
                       struct account *account);

/* Every account that is not deleted with an id code greater than after (""),
 * in order of id code as the database sorts it; without password hashes. */
int store_read_accounts(struct store *self, const char *after, int64_t limit,
                        struct account_list *accounts);

/* The newest settings of each account that has any, also a deleted one; pages
 * as those of accounts. */
int store_read_profiles(struct store *self, const char *after, int64_t limit,
                        struct profile_list *profiles);

/* The newest version of each key of the configuration. */
int store_read_settings(struct store *self, struct setting_version_list *settings);

/* Good tokens that expire after now, with an id greater than after (""), in
 * order of id. */
int store_read_tokens(struct store *self, const char *after, int64_t now, int64_t limit,
                      struct issuance_list *tokens);

/* Returns 1 when there is a deadline with this id, 0 or -1. */
int store_read_deadline(struct store *self, const char *id, struct deadline *deadline);

/* The earliest deadlines. */
int store_read_deadlines(struct store *self, int64_t limit, struct deadline_list *deadlines);

/* How many deadlines are mails, or notices that become mails. */
int store_count_mails(struct store *self, int64_t *count);

/* Milliseconds from created to the first assignment, newest first. */
int store_read_waits(struct store *self, int64_t limit, struct wait_list *waits);

/* What a command asked for, and what came of it: event.committed, the event
 * that it caused. What was answered before migration 5 is the answer itself. */
struct remembered {
    char *fingerprint; /* "": not known */
    char *wire, *body; /* body is JSON */
};

/* Returns 1 when the command is remembered, 0 or -1; after 1 the caller
 * releases it with remembered_clear. When the id was given to several
 * commands, the first one is told. A command is remembered as long as its
 * event is in the log, and until store_forget is told to forget it. */
int store_read_command(struct store *self, const char *command_id, struct remembered *command);

/* Frees what it holds, and zeroes it. */
static inline void remembered_clear(struct remembered *self)
{
    free(self->fingerprint);
    free(self->wire);
    free(self->body);
    *self = (struct remembered){0};
}

/* ---- tidying up ---- */

/* The oldest of what passes; 0 where there is none. */
struct store_oldest {
    int64_t event, event_at;
    int64_t command; /* when it was decided; of those whose event is gone */
    int64_t token;   /* when it expires */
};

int store_read_oldest(struct store *self, struct store_oldest *oldest);

/* What is to be forgotten. */
struct store_passing {
    int64_t events_to;     /* no event after this one */
    int64_t events_over;   /* events up to this one, whatever their age */
    int64_t events_before; /* and what happened earlier than this */
    int64_t commands_before;
    int64_t tokens_before; /* which expired then, or just then */
};

/* Forgets, in a transaction: all of these events, but not which commands
 * since commands_before caused them; and of commands whose events are gone,
 * and of tokens, at most 1000 each, oldest first. */
int store_forget(struct store *self, const struct store_passing *passing);

#endif
