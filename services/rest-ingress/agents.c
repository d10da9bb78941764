/* agents.c - who works with chats, and who of them is there (contract C-23,
 * C-25, C-26, V-07). chat-state gives the accounts in pages, by id code; the
 * answer has them all, a row each, which the route's shape makes. */
#include <stdlib.h>
#include <string.h>

#include "handlers.h"
#include "own.h"
#include "view.h"

enum { PAGE = 1000 };

struct listing {
    msgpack_sbuffer rows;
    size_t count;
};

static void listing_destroy(void *work)
{
    struct listing *listing = work;

    msgpack_sbuffer_destroy(&listing->rows);
    free(listing);
}

/* ---- which ones ---- */

int fill_agents(struct exchange *self, void *message)
{
    struct agents_get *get = message;

    (void)self;
    /* Whoever may do anything at all: the clients' page of users is made of it. */
    get->roles = ROLES_ANY & ~ROLE_UNAUTHENTICATED;
    return 0;
}

int fill_available(struct exchange *self, void *message)
{
    struct agents_get *get = message;

    (void)self;
    get->roles = ROLES_ANSWERING;
    get->is_present = true;
    return 0;
}

/* Without an id it is one's own. */
int fill_activity(struct exchange *self, void *message)
{
    struct agents_get *get = message;

    if (!get->id_code || *get->id_code == '\0')
        own_replace(&get->id_code, self->identity.id_code);
    return 0;
}

/* ---- a row; answer is a struct account ---- */

int shape_account(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    view_account(out, answer);
    return 0;
}

int shape_agent(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    view_agent(out, answer);
    return 0;
}

int shape_presence(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    (void)self;
    view_presence(out, answer);
    return 0;
}

/* ---- all of them ---- */

static void answer_listing(struct exchange *self)
{
    const struct listing *listing = self->work;
    msgpack_sbuffer value;

    msgpack_sbuffer_init(&value);
    if (listing->count == 0 && self->route->fill == fill_available) {
        view_string(&value, "no available customer support agents found");
    } else {
        view_text(&value, "[");
        msgpack_sbuffer_write(&value, listing->rows.data, listing->rows.size);
        view_text(&value, "]");
    }
    exchange_done(self, &value);
    msgpack_sbuffer_destroy(&value);
}

static void on_page(struct exchange *self, enum message_id type, const void *answer)
{
    const struct agents_found *found = answer;
    struct agents_get *get = self->message;
    struct listing *listing = self->work;

    if (type != MESSAGE_agents_found) {
        exchange_failed(self, type, answer);
        return;
    }
    for (size_t i = 0; i < found->agents.count; i++) {
        answer_comma(&listing->rows, listing->count++);
        (void)self->route->shape(self, &found->agents.items[i], &listing->rows);
    }
    if (!found->more || found->agents.count == 0) {
        answer_listing(self);
        return;
    }
    own_replace(&get->after, found->agents.items[found->agents.count - 1].id_code);
    exchange_ask(self, on_page, ASK_MS);
}

void handle_agents(struct exchange *self)
{
    struct agents_get *get = self->message;
    struct listing *listing = own_zero(sizeof(*listing));

    msgpack_sbuffer_init(&listing->rows);
    self->work = listing;
    self->destroy_work = listing_destroy;
    get->limit = PAGE;
    exchange_ask(self, on_page, ASK_MS);
}

/* ---- cs-check-if-user-exists ---- */

const char value_existence[] = "[\"string\",{\"check_user_exists?\":\"boolean\"}]";

/* The older client looks whether the name is there at all, today's compares
 * with the text "true". */
int shape_existence(struct exchange *self, const void *answer, msgpack_sbuffer *out)
{
    const struct agents_found *found = answer;
    bool exists = found->agents.count > 0;

    if (self->envelope == ENVELOPE_RESPONSE)
        view_string(out, exists ? "true" : "false");
    else
        view_text(out, exists ? "{\"check_user_exists\":true}" : "{}");
    return 0;
}
