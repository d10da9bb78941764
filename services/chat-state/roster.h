/* roster.h - the accounts that there are, and their settings, by id code. They
 * are few, so all of them are known without asking the database.
 *
 * stage.h has a roster of its own for the accounts that changed and are not
 * committed yet: it lies over the one in memory. Pure. */
#ifndef ROSTER_H
#define ROSTER_H

#include "schema.h"

struct member {
    struct account account; /* in memory without its password hash */
    struct profile profile; /* its id_code NULL: the usual settings */
    bool is_gone;           /* in a roster over another: it was deleted */
};

/* All zero is empty. */
struct roster {
    struct member *items; /* sorted by id code, byte by byte */
    size_t count, room;
};

/* Frees all of it and zeroes self. */
void roster_clear(struct roster *self);

/* Returns the member with this id code, lent until the next change; NULL when
 * there is none. */
struct member *roster_find(const struct roster *self, const char *id_code);

/* Puts a copy of account in the place of the one with its id code, whose
 * settings stay, or adds it. Returns it, lent until the next change. */
struct member *roster_put(struct roster *self, const struct account *account);

void roster_drop(struct roster *self, const char *id_code);

/* Returns how many members have an id code that is not greater than this one:
 * where a page after it begins. */
size_t roster_place_after(const struct roster *self, const char *id_code);

/* Looks in over first, then in self; NULL also when over says it is gone. */
const struct member *roster_look(const struct roster *self, const struct roster *over,
                                 const char *id_code);

/* Returns how many members of self, as over has them, have one of these roles
 * (bits of identity.h); of 0: how many there are. */
int64_t roster_total(const struct roster *self, const struct roster *over, unsigned roles);

/* Returns whether the account has one of these roles (bits of identity.h). */
bool account_has_role(const struct account *account, unsigned roles);

/* Makes *profile the usual settings (contract §6.1). It need not be initialised,
 * and is released with message_clear(). */
void profile_make(struct profile *profile, const char *id_code);

#endif
