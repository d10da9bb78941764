#include "configuration_sync.h"

#include <string.h>

#include "clock.h"

enum { AGAIN_MS = 1000, READ_WAIT_MS = 1000 };

/* All of it is taken as it came: after an older backup was restored, versions
 * go back. */
static void take(struct configuration_sync *self, const struct settings_found *found)
{
    configuration_clear(self->copy);
    configuration_take_all(self->copy, &found->settings);
    memcpy(self->log_id, found->log_id, UUID_SIZE);
    self->seq = found->settings_seq;
    self->is_known = true;
    self->on_read(self->self);
}

static void on_settings(void *context, enum message_id type, const void *answer)
{
    struct configuration_sync *self = context;

    bool asks_again = self->asks_again;

    self->ticket = 0;
    self->asks_again = false;
    if (type == MESSAGE_settings_found)
        take(self, answer);
    if (asks_again)
        timers_set(self->timers, &self->again, TIMERS_SOON);
    else if (type != MESSAGE_settings_found)
        timers_set(self->timers, &self->again, clock_monotonic_ms() + AGAIN_MS);
}

static void ask(void *context)
{
    struct configuration_sync *self = context;
    struct settings_get get = {0};

    timers_cancel(self->timers, &self->again);
    if (!self->ticket)
        self->ticket =
            caller_ask(self->caller, MESSAGE_settings_get, &get, READ_WAIT_MS, on_settings, self);
}

void configuration_sync_start(struct configuration_sync *self)
{
    self->again = (struct timer){.on_time = ask, .self = self};
    ask(self);
}

void configuration_sync_head(struct configuration_sync *self, const struct log_head *head)
{
    if (!self->is_known || head->settings_seq != self->seq ||
        strcmp(head->log_id, self->log_id) != 0)
        ask(self);
}

/* The answer to a question that is on its way may be from before. What log.head
 * says comes again within a second. */
void configuration_sync_changed(struct configuration_sync *self)
{
    self->asks_again = self->ticket != 0;
    ask(self);
}

void configuration_sync_stop(struct configuration_sync *self)
{
    if (!self->timers)
        return;
    timers_cancel(self->timers, &self->again);
    if (self->ticket)
        caller_forget(self->caller, self->ticket);
    self->timers = NULL;
}
