#include "renewals.h"

#include <czmq.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "own.h"

struct entry {
    char token_id[UUID_SIZE];
    struct renewal by;
    int64_t at;
    struct link place;
};

struct renewals {
    zhashx_t *entries; /* by token id, which is inside the entry */
    struct link oldest;
};

struct renewals *renewals_new(void)
{
    struct renewals *self = own_zero(sizeof(*self));

    self->entries = zhashx_new();
    zhashx_set_key_duplicator(self->entries, NULL);
    zhashx_set_key_destructor(self->entries, NULL);
    link_init(&self->oldest);
    return self;
}

static void drop(struct renewals *self, struct entry *entry)
{
    zhashx_delete(self->entries, entry->token_id);
    link_remove(&entry->place);
    free(entry);
}

void renewals_destroy(struct renewals **self)
{
    if (!*self)
        return;
    for (struct link *at = (*self)->oldest.next, *next; at != &(*self)->oldest; at = next) {
        next = at->next;
        drop(*self, LINK_OWNER(at, struct entry, place));
    }
    zhashx_destroy(&(*self)->entries);
    free(*self);
    *self = NULL;
}

void renewals_add(struct renewals *self, const char *token_id, const struct issuance *issuance,
                  int64_t now)
{
    struct entry *entry = zhashx_lookup(self->entries, token_id);

    if (entry)
        drop(self, entry);
    entry = own_zero(sizeof(*entry));
    memcpy(entry->token_id, token_id, UUID_SIZE);
    memcpy(entry->by.token_id, issuance->token_id, UUID_SIZE);
    entry->by.expires_at = issuance->expires_at;
    entry->at = now;
    link_init(&entry->place);
    link_append(&self->oldest, &entry->place);
    zhashx_insert(self->entries, entry->token_id, entry);
}

/* Also past, when the clock was set back. */
static bool is_past(const struct entry *entry, int64_t now)
{
    return now >= entry->at + RENEWAL_GRACE_MS || now < entry->at - RENEWAL_GRACE_MS;
}

bool renewals_find(const struct renewals *self, const char *token_id, int64_t now,
                   struct renewal *by)
{
    enum { LINKS_MAX = 10 };
    const struct entry *entry = zhashx_lookup(self->entries, token_id);

    if (!entry || is_past(entry, now))
        return false;
    *by = entry->by;
    for (int i = 0; i < LINKS_MAX && (entry = zhashx_lookup(self->entries, by->token_id)); i++)
        *by = entry->by;
    return true;
}

void renewals_forget(struct renewals *self, int64_t now)
{
    for (struct link *at = self->oldest.next, *next; at != &self->oldest; at = next) {
        struct entry *entry = LINK_OWNER(at, struct entry, place);
        next = at->next;
        if (!is_past(entry, now))
            return;
        drop(self, entry);
    }
}
