/* stores.h - an empty SQLite file or an empty PostgreSQL schema for each
 * test, so that every test holds for both. The PostgreSQL is a real one that
 * tests/postgres starts for the test program. */
#ifndef STORES_H
#define STORES_H

#include "store.h"
#include "test.h"

/* What each test finds at *state. */
struct testbed {
    char url[600];
    bool is_postgres;
    struct store *store; /* open, locked and migrated */
};

/* Around all tests of a program. */
int stores_start(void **state);
int stores_stop(void **state);

/* Around one test. */
int testbed_sqlite(void **state);
int testbed_postgres(void **state);
int testbed_close(void **state);

#define ON_BOTH(test)                                                                              \
    {#test " (SQLite)", test, testbed_sqlite, testbed_close, NULL},                                \
    {                                                                                              \
#test " (PostgreSQL)", test, testbed_postgres, testbed_close, NULL                         \
    }

/* tests/postgres with this verb: restart, kill, resume. */
void stores_postgres(const char *verb);

/* Closes the store, and gives the testbed a URL where nothing is yet. */
void testbed_renew(struct testbed *bed);

/* Opens its store once more. */
struct store *testbed_open(const struct testbed *bed);

/* Runs SQL beside the store. Returns the first column of all rows, one a
 * line; the caller frees it. */
char *testbed_ask(const struct testbed *bed, const char *sql);

/* The same as a number. */
int64_t testbed_count(const struct testbed *bed, const char *sql);

/* Adds so many open chats with a message each, as chat-state would have
 * written them; their ids begin with a decimal number of eight digits, from
 * 10000001, and their seq is that of no event. */
void testbed_open_chats(const struct testbed *bed, int count);

/* Fails unless both encode to the same bytes. */
void assert_same(enum message_id id, const void *got, const void *want);

#endif
