/* fake_store.h - a store in arrays, and one that fails when it is told to.
 *
 * It stands in for store.c: a test that links it gets these functions instead
 * of the real ones. What was written since store_begin is gone after a
 * store_rollback, as it should be. */
#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include "store.h"

/* The first of an id counts. */
struct fake_command {
    char *id, *fingerprint, *wire, *body;
};

/* Every row that was ever committed, oldest first. */
struct fake_rows {
    struct chat_list chats;
    struct message_list messages;
    struct event_list events;
    struct account_list accounts; /* a presence is one more version here; without roles: deleted */
    struct profile_list profiles;
    struct issuance_list tokens; /* one that was removed is one more version, expired */
    struct setting_version_list settings;
    struct comment_list comments;
    struct deadline_list deadlines; /* as they were written: one that is taken back has due 0 */
    struct fake_command *commands;
    size_t command_count;
    int64_t row;
};

struct store *fake_store_new(void);

/* The rows, lent. */
const struct fake_rows *fake_store_rows(const struct store *self);

/* Remembers the answer to a command as it was stored before events had it. */
void fake_store_remember(struct store *self, const char *command_id, const char *wire,
                         const char *body);

/* The call after the next `calls` ones that could fail does, and all after
 * it, until this is called again. -1: none fails. */
void fake_store_fail_after(struct store *self, int calls);

#endif
