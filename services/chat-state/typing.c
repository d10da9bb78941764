#include "typing.h"

#include <stdlib.h>

#include "bus.h"
#include "clock.h"
#include "counters.h"
#include "decision.h"
#include "own.h"
#include "preview.h"

struct typing {
    struct timers *timers;
    const struct door *events;
    struct previews *previews;
    struct timer timer;
};

static void tell(struct typing *self, const char *chat_id, char *content)
{
    struct preview preview = {.content = content};

    memcpy(preview.chat_id, chat_id, UUID_SIZE);
    (void)bus_send(self->events->sock, NULL, MESSAGE_preview, &preview); /* who is late missed it */
    count_preview(true);
}

static void expect(struct typing *self)
{
    int64_t due = previews_due(self->previews);

    if (due == INT64_MAX)
        timers_cancel(self->timers, &self->timer);
    else
        timers_set(self->timers, &self->timer, due);
}

static void on_due(void *arg)
{
    struct typing *self = arg;
    struct preview due;

    while (previews_next(self->previews, clock_monotonic_ms(), &due)) {
        if (self->events->sock)
            tell(self, due.chat_id, due.content);
        message_clear(&message_types[MESSAGE_preview], &due);
    }
    expect(self);
}

void typing_take(struct typing *self, const struct preview_set *request)
{
    enum preview_verdict verdict =
        previews_set(self->previews, request->chat_id, request->content, clock_monotonic_ms());

    if (verdict == PREVIEW_TELL)
        tell(self, request->chat_id, request->content);
    if (verdict == PREVIEW_TOO_MANY)
        count_preview(false);
    expect(self);
}

/* What was typed is said now, or never will be. */
void typing_note(struct typing *self, const struct event *event)
{
    const struct message *message = event->message.count ? &event->message.items[0] : NULL;
    bool is_said =
        message && text_is(message->author_role, "end-user") && text_is_empty(message->event);

    if (event->chat.count && (is_said || event->chat.items[0].ended))
        previews_drop(self->previews, event->chat.items[0].id);
}

struct typing *typing_new(struct timers *timers, const struct door *events)
{
    struct typing *self = own_zero(sizeof(*self));

    self->timers = timers;
    self->events = events;
    self->previews = previews_new();
    self->timer = (struct timer){.on_time = on_due, .self = self};
    return self;
}

void typing_destroy(struct typing **self_p)
{
    struct typing *self = *self_p;

    *self_p = NULL;
    if (!self)
        return;
    timers_cancel(self->timers, &self->timer);
    previews_destroy(&self->previews);
    free(self);
}
