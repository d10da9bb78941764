/* memory.h - what chat-state knows without asking the database: the open
 * chats, the accounts, the tokens that are good, the configuration, and
 * where the event log stands.
 *
 * It holds what has been committed and nothing else, so a commit that fails
 * leaves it as it was (stage.h holds what has not been committed yet). An
 * ended chat leaves it at once; an ended one is read from the database. */
#ifndef MEMORY_H
#define MEMORY_H

#include <czmq.h>

#include "configuration.h"
#include "deadlines.h"
#include "idset.h"
#include "roster.h"
#include "schema.h"
#include "store.h"
#include "tokenset.h"

/* What a chat holds. Not known for a chat that was read at start, until the
 * first message to it asks. */
struct content {
    bool is_known;
    int64_t messages;   /* versions */
    int64_t characters; /* message_characters of all */
    struct idset ids;
};

struct live { /* an open chat */
    struct chat chat;
    struct content content;
};

/* Makes sure that self->content is known. Returns 0, or -1 when the database
 * is away. */
int live_count(struct live *self, struct store *store);

/* The single writer's counters. */
struct tally {
    int64_t seq;     /* the newest event */
    int64_t row;     /* the greatest row id */
    int64_t time;    /* no event may be older than this: wall milliseconds */
    int64_t created; /* of the newest chat */
};

struct memory {
    char log_id[UUID_SIZE];
    int64_t first_seq; /* the oldest event that is kept; one more than the newest for none */
    struct tally tally;
    struct live **chats; /* sorted by id */
    size_t count, room;
    struct roster roster;
    struct configuration configuration;
    struct tokenset tokens;
    struct deadlines deadlines; /* read when it leads (memory_read_deadlines) */
    int64_t mails;              /* that wait (notice.h): likewise */
};

/* What tally.time is when the newest event was at this time (0: there is none).
 * No event may be older than the newest one, also when the clock of this
 * machine is behind the clock of the one that wrote it. Every time in the
 * database is at most that, so one more is later than all. */
int64_t memory_time_after(int64_t newest);

/* Reads all of it. now: wall milliseconds. Returns 0, or -1 when the database
 * is away; either way self need not be initialised before, and is released
 * with memory_clear. */
int memory_load(struct memory *self, struct store *store, int64_t now);

/* The same in steps, for one that does not lead yet (standby.h): all but the
 * chats, as memory_load. */
int memory_begin(struct memory *self, struct store *store, int64_t now);

/* Then the chats, a page at a time, while nothing else changes self. Returns 1
 * when there may be more, 0 when that was the last, or -1. */
int memory_read_page(struct memory *self, struct store *store);

/* Then what another writer does: takes in the next event, with which all that
 * it changed comes. Only the greatest row id is not known by it. */
void memory_follow(struct memory *self, const struct event *event);

/* Frees all of it and zeroes self, which may be zeroed already. */
void memory_clear(struct memory *self);

/* Returns the open chat with this id, lent; NULL when there is none. */
struct live *memory_chat(const struct memory *self, const char *id);

/* Puts a copy of chat in the place of the one with its id, or adds it; whether
 * the bot has it is what the configuration says. Returns it, lent. */
struct live *memory_put(struct memory *self, const struct chat *chat);

void memory_drop(struct memory *self, const char *id);

/* Appends copies of at most limit chats with an id greater than after, in
 * order of id. Returns whether there are more. */
bool memory_page(const struct memory *self, const char *after, size_t limit,
                 struct chat_list *chats);

/* Whether a request with this token_id may be looked at: it is a good one, or
 * "". */
bool memory_is_good(const struct memory *self, const char *token_id);

/* Reads the earliest deadlines anew. Returns 0, or -1. */
int memory_read_deadlines(struct memory *self, struct store *store);

#endif
