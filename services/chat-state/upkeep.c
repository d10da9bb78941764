#include "upkeep.h"

enum { COMMAND_LIFE_MS = 24 * 60 * 60 * 1000, HOUR_MS = 60 * 60 * 1000 };

/* Returns up to which event the first batch of the log may go; less than its
 * oldest event: none. */
static int64_t may_go(struct upkeep *self, const struct store_oldest *oldest,
                      const struct store_passing *plan, int64_t newest, int64_t now)
{
    bool is_due = oldest->event && oldest->event < newest &&
                  (oldest->event <= plan->events_over || oldest->event_at < plan->events_before);

    if (!is_due)
        return 0;
    int64_t bound = oldest->event + UPKEEP_BATCH - 1;
    if (bound >= newest)
        bound = newest - 1;
    int64_t allowed = followers_allow(&self->followers, bound, now);
    self->held += allowed < bound;
    return allowed;
}

bool upkeep_plan(struct upkeep *self, const struct store_oldest *oldest, int64_t newest,
                 const struct upkeep_now *now, struct store_passing *plan)
{
    *plan = (struct store_passing){
        .events_over = newest - self->settings->log_events,
        .events_before = now->wall - self->settings->log_hours * HOUR_MS,
        .commands_before = now->wall - COMMAND_LIFE_MS,
        .tokens_before = now->wall,
    };
    plan->events_to = may_go(self, oldest, plan, newest, now->monotonic);
    bool has_events = plan->events_to >= oldest->event && plan->events_to > 0;
    bool has_commands = oldest->command && oldest->command < plan->commands_before;
    bool has_tokens = oldest->token && oldest->token <= plan->tokens_before;
    return has_events || has_commands || has_tokens;
}

static int forget(struct store *store, const struct store_passing *plan,
                  struct store_oldest *oldest)
{
    if (store_begin(store) == -1)
        return -1;
    (void)store_forget(store, plan); /* a failure shows at the commit */
    (void)store_read_oldest(store, oldest);
    if (store_commit(store) == 0)
        return 0;
    store_rollback(store);
    return -1;
}

/* How many events are gone. The oldest one left may be of a later log. */
static int64_t gone(const struct store_passing *plan, const struct store_oldest *before,
                    const struct store_oldest *after)
{
    int64_t end =
        after->event && after->event <= plan->events_to ? after->event : plan->events_to + 1;

    return before->event && end > before->event ? end - before->event : 0;
}

int upkeep_step(struct upkeep *self, struct memory *memory, struct store *store,
                const struct upkeep_now *now)
{
    struct store_oldest before, after = {0};
    struct store_passing plan;

    if (store_read_oldest(store, &before) == -1)
        return -1;
    if (!upkeep_plan(self, &before, memory->tally.seq, now, &plan))
        return 0;
    if (forget(store, &plan, &after) == -1)
        return -1;
    self->trimmed += gone(&plan, &before, &after);
    if (after.event > memory->first_seq)
        memory->first_seq = after.event;
    return 1;
}
