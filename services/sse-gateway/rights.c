#include "rights.h"

#include "clock.h"
#include "ending.h"
#include "gateway.h"
#include "intake.h"

static void on_ending(void *gateway, struct session *session)
{
    const struct link *streams_of = &session->streams;

    (void)gateway;
    for (struct link *at = streams_of->next, *next; at != streams_of; at = next) {
        next = at->next;
        ending_warn(LINK_OWNER(at, struct seat, place)->connection, session);
    }
}

/* A session is freed when its last stream leaves it, so the last is known
 * before the first goes. */
static void on_over(void *gateway, struct session *session, enum session_end end)
{
    struct link *last = session->streams.prev;
    struct link *next = session->streams.next;
    struct link *at;

    (void)gateway;
    do {
        at = next;
        next = at->next;
        ending_lose(LINK_OWNER(at, struct seat, place)->connection, end);
    } while (at != last);
}

static void on_moved(void *arg, struct session *session, struct session *to)
{
    struct gateway *gateway = arg;
    struct link *last = session->streams.prev;
    struct link *next = session->streams.next;
    struct link *at;

    do {
        at = next;
        next = at->next;
        session_leave(gateway->sessions, session, at);
        LINK_OWNER(at, struct seat, place)->session = to;
        session_join(gateway->sessions, to, at);
    } while (at != last);
}

static void ask(void *arg, struct session *session)
{
    struct gateway *gateway = arg;

    checks_add(gateway->checks, session);
}

/* They may wait for another session now, but not for this one. */
static void on_known(void *gateway, struct session *session)
{
    (void)gateway;
    while (!link_is_alone(&session->waiting))
        intake_resume(LINK_OWNER(session->waiting.next, struct connection, held));
}

static void on_time(void *arg)
{
    struct gateway *self = arg;

    reactor_turn(self->reactor);
    rights_check(self);
}

void rights_open(struct gateway *self, int idle_max)
{
    const struct session_hooks hooks = {ask, on_known, on_moved, on_ending, on_over, self};

    self->sessions = sessions_new(self->issuer, (size_t)idle_max, &hooks);
    self->rights_timer = (struct timer){.on_time = on_time, .self = self};
}

void rights_expect(struct gateway *self)
{
    int64_t next = sessions_next(self->sessions);

    if (next == INT64_MAX)
        return;
    next += clock_monotonic_ms() - clock_wall_ms();
    if (!self->rights_timer.place || next < self->rights_timer.at)
        timers_set(frame_timers(self->frame), &self->rights_timer, next);
}

void rights_check(struct gateway *self)
{
    sessions_expire(self->sessions, clock_wall_ms());
    rights_expect(self);
}
