/* accounts.h - reads at the start what the accounts may do; from then on the
 * events tell (relay.c). */
#ifndef ACCOUNTS_H
#define ACCOUNTS_H

#include <stdbool.h>

struct accounts;
struct gateway;

/* Begins to read. */
struct accounts *accounts_new(struct gateway *gateway);
void accounts_destroy(struct accounts **self);

/* Whether all of them were read, once at least. */
bool accounts_are_read(const struct accounts *self);

/* Reads them again: the log may be another one. */
void accounts_restart(struct accounts *self);

#endif
