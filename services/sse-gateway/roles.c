#include "roles.h"

#include <czmq.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "own.h"

struct entry {
    int64_t seq;
    unsigned roles;
    char id_code[];
};

struct roles {
    zhashx_t *entries; /* by id code, which is inside the entry */
};

struct roles *roles_new(void)
{
    struct roles *self = own_zero(sizeof(*self));

    self->entries = zhashx_new();
    zhashx_set_key_duplicator(self->entries, NULL);
    zhashx_set_key_destructor(self->entries, NULL);
    return self;
}

void roles_destroy(struct roles **self)
{
    struct entry *entry;

    if (!*self)
        return;
    while ((entry = zhashx_first((*self)->entries))) {
        zhashx_delete((*self)->entries, entry->id_code);
        free(entry);
    }
    zhashx_destroy(&(*self)->entries);
    free(*self);
    *self = NULL;
}

static struct entry *add(struct roles *self, const char *id_code)
{
    size_t size = strlen(id_code) + 1;
    struct entry *entry = own_zero(sizeof(*entry) + size);

    memcpy(entry->id_code, id_code, size);
    entry->roles = ROLES_ANY;
    zhashx_insert(self->entries, entry->id_code, entry);
    return entry;
}

bool roles_set(struct roles *self, const char *id_code, const struct role_list *list, int64_t seq)
{
    struct entry *entry = zhashx_lookup(self->entries, id_code);
    unsigned roles = 0;

    if (!entry)
        entry = add(self, id_code);
    if (seq < entry->seq)
        return false;
    for (size_t i = 0; i < list->count; i++)
        roles |= role_named(list->items[i].name);
    bool is_changed = roles != entry->roles;
    entry->seq = seq;
    entry->roles = roles;
    return is_changed;
}

void roles_restart(struct roles *self)
{
    for (struct entry *entry = zhashx_first(self->entries); entry;
         entry = zhashx_next(self->entries))
        entry->seq = 0;
}

unsigned roles_now(const struct roles *self, const char *id_code, unsigned roles)
{
    const struct entry *entry = zhashx_lookup(self->entries, id_code);

    return entry ? roles & entry->roles : roles;
}
