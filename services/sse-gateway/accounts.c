#include "accounts.h"

#include <stdlib.h>

#include "errand.h"
#include "gateway.h"
#include "own.h"

enum { ANSWER_MS = 5000, PAGE = 1000 };

struct accounts {
    struct gateway *gateway;
    struct errand errand;
    char *last_id_code; /* of the page before; NULL: none was read */
    uint64_t ticket;
    bool are_read;
};

bool accounts_are_read(const struct accounts *self)
{
    return self && self->are_read;
}

static void ask_page(void *arg);

static void take_page(struct accounts *self, const struct accounts_found *found)
{
    struct gateway *gateway = self->gateway;

    for (size_t i = 0; i < found->accounts.count; i++) {
        const struct account_roles *account = &found->accounts.items[i];
        sessions_set_roles(gateway->sessions, account->id_code, &account->roles, found->seq);
    }
    if (found->more && found->accounts.count) {
        own_replace(&self->last_id_code, found->accounts.items[found->accounts.count - 1].id_code);
        ask_page(self);
        return;
    }
    self->are_read = true;
    sync_tell_ready(gateway->sync);
}

static void on_page(void *arg, enum message_id type, const void *answer)
{
    struct accounts *self = arg;

    reactor_turn(self->gateway->reactor);
    self->ticket = 0;
    if (type == MESSAGE_accounts_found) {
        errand_done(&self->errand);
        take_page(self, answer);
    } else {
        errand_repeat(&self->errand);
    }
}

static void ask_page(void *arg)
{
    struct accounts *self = arg;
    struct accounts_get question = {.after = self->last_id_code, .limit = PAGE};

    self->ticket = caller_ask(self->gateway->commands, MESSAGE_accounts_get, &question, ANSWER_MS,
                              on_page, self);
}

struct accounts *accounts_new(struct gateway *gateway)
{
    struct accounts *self = own_zero(sizeof(*self));

    self->gateway = gateway;
    errand_start(&self->errand, frame_timers(gateway->frame), ask_page, self);
    return self;
}

void accounts_restart(struct accounts *self)
{
    if (!self)
        return; /* they are asked for when the gateway has its other parts */
    errand_stop(&self->errand);
    caller_forget(self->gateway->commands, self->ticket);
    free(self->last_id_code);
    self->last_id_code = NULL;
    sessions_restart_roles(self->gateway->sessions);
    ask_page(self);
}

void accounts_destroy(struct accounts **self)
{
    if (!*self)
        return;
    errand_stop(&(*self)->errand);
    free((*self)->last_id_code);
    free(*self);
    *self = NULL;
}
