#include "roster.h"

#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "own.h"

static const struct message_type *const account_type = &message_types[MESSAGE_account];
static const struct message_type *const profile_type = &message_types[MESSAGE_profile];

static void clear_member(struct member *member)
{
    message_clear(account_type, &member->account);
    message_clear(profile_type, &member->profile);
}

void roster_clear(struct roster *self)
{
    for (size_t i = 0; i < self->count; i++)
        clear_member(&self->items[i]);
    free(self->items);
    *self = (struct roster){0};
}

/* ---- by id code ---- */

static const char *code_at(const struct roster *self, size_t place)
{
    return self->items[place].account.id_code;
}

/* Returns how many members have an id code less than this one. */
static size_t place_of(const struct roster *self, const char *id_code)
{
    size_t least = 0;
    size_t most = self->count;

    while (least < most) {
        size_t middle = least + (most - least) / 2;
        if (strcmp(code_at(self, middle), id_code) < 0)
            least = middle + 1;
        else
            most = middle;
    }
    return least;
}

static bool is_at(const struct roster *self, size_t place, const char *id_code)
{
    return place < self->count && strcmp(code_at(self, place), id_code) == 0;
}

size_t roster_place_after(const struct roster *self, const char *id_code)
{
    size_t place = place_of(self, id_code);

    return place + is_at(self, place, id_code);
}

struct member *roster_find(const struct roster *self, const char *id_code)
{
    size_t place = place_of(self, id_code);

    return is_at(self, place, id_code) ? &self->items[place] : NULL;
}

static void make_room(struct roster *self, size_t place)
{
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : 16;
        self->items = own_grow(self->items, self->room * sizeof(*self->items));
    }
    memmove(&self->items[place + 1], &self->items[place],
            (self->count - place) * sizeof(*self->items));
    self->items[place] = (struct member){0};
    self->count++;
}

struct member *roster_put(struct roster *self, const struct account *account)
{
    size_t place = place_of(self, account->id_code);

    if (!is_at(self, place, account->id_code))
        make_room(self, place);
    struct member *member = &self->items[place];
    message_clear(account_type, &member->account);
    message_copy(account_type, &member->account, account);
    member->is_gone = false;
    return member;
}

void roster_drop(struct roster *self, const char *id_code)
{
    size_t place = place_of(self, id_code);

    if (!is_at(self, place, id_code))
        return;
    clear_member(&self->items[place]);
    self->count--;
    memmove(&self->items[place], &self->items[place + 1],
            (self->count - place) * sizeof(*self->items));
}

/* ---- one over another ---- */

const struct member *roster_look(const struct roster *self, const struct roster *over,
                                 const char *id_code)
{
    const struct member *member = roster_find(over, id_code);

    if (!member)
        return roster_find(self, id_code);
    return member->is_gone ? NULL : member;
}

int64_t roster_total(const struct roster *self, const struct roster *over, unsigned roles)
{
    int64_t total = 0;

    for (size_t i = 0; i < self->count; i++)
        if (!roster_find(over, code_at(self, i)))
            total += account_has_role(&self->items[i].account, roles);
    for (size_t i = 0; i < over->count; i++)
        if (!over->items[i].is_gone)
            total += account_has_role(&over->items[i].account, roles);
    return total;
}

/* ---- what a member is ---- */

bool account_has_role(const struct account *account, unsigned roles)
{
    for (size_t i = 0; i < account->roles.count; i++)
        if (role_named(account->roles.items[i].name) & roles)
            return true;
    return roles == 0;
}

void profile_make(struct profile *profile, const char *id_code)
{
    *profile = (struct profile){.id_code = own_copy(id_code),
                                .forwarded_chat_sound_notifications = true,
                                .new_chat_sound_notifications = true,
                                .use_autocorrect = true};
}
