#include "counters.h"

#include "metrics.h"

static struct metric outcomes[] = {
    [VERDICT_ACCEPTED] = {"kratt_commands", METRIC_COUNTER, "Commands by outcome.",
                          "outcome=\"accepted\"", 0, NULL},
    [VERDICT_REPEATED] = {"kratt_commands", METRIC_COUNTER, "Commands by outcome.",
                          "outcome=\"repeated\"", 0, NULL},
    [VERDICT_REFUSED] = {"kratt_commands", METRIC_COUNTER, "Commands by outcome.",
                         "outcome=\"refused\"", 0, NULL},
    [VERDICT_FAILED] = {"kratt_commands", METRIC_COUNTER, "Commands by outcome.",
                        "outcome=\"failed\"", 0, NULL},
};

enum {
    QUERIES,
    COMMITS,
    FAILURES,
    EVENTS,
    GROUP,
    CHATS,
    TOKENS,
    DEADLINES,
    DUE,
    JUMPS,
    SEQ,
    FIRST,
    TRIMMED,
    HELD,
    FOLLOWING,
    GIVEN_UP,
    ONE_TOO_MANY,
    PREVIEWS,
    PREVIEWS_REFUSED,
    OTHERS
};

static struct metric others[OTHERS] = {
    [QUERIES] = {"kratt_queries", METRIC_COUNTER, "Queries answered.", NULL, 0, NULL},
    [COMMITS] = {"kratt_commits", METRIC_COUNTER, "Groups of commands that ended well.", NULL, 0,
                 NULL},
    [FAILURES] = {"kratt_commit_failures", METRIC_COUNTER,
                  "Groups of commands that the database did not take.", NULL, 0, NULL},
    [EVENTS] = {"kratt_events", METRIC_COUNTER, "Events published.", NULL, 0, NULL},
    [GROUP] = {"kratt_group_size", METRIC_GAUGE, "Commands in the newest group.", NULL, 0, NULL},
    [CHATS] = {"kratt_open_chats", METRIC_GAUGE, "Chats that are open.", NULL, 0, NULL},
    [TOKENS] = {"kratt_tokens", METRIC_GAUGE, "Tokens that are good.", NULL, 0, NULL},
    [DEADLINES] = {"kratt_deadlines", METRIC_GAUGE,
                   "Deadlines in memory: the next ones, up to 1000.", NULL, 0, NULL},
    [DUE] = {"kratt_deadlines_due", METRIC_COUNTER, "Deadlines that were due and were seen to.",
             NULL, 0, NULL},
    [JUMPS] = {"kratt_clock_jumps", METRIC_COUNTER, "Times that the wall clock jumped.", NULL, 0,
               NULL},
    [FIRST] = {"kratt_log_first_seq", METRIC_GAUGE, "Number of the oldest event that is kept.",
               NULL, 0, NULL},
    [TRIMMED] = {"kratt_log_trimmed", METRIC_COUNTER, "Events taken off the log's old end.", NULL,
                 0, NULL},
    [HELD] = {"kratt_log_held", METRIC_COUNTER,
              "Rounds in which the log was kept longer for a follower.", NULL, 0, NULL},
    [FOLLOWING] = {"kratt_followers", METRIC_GAUGE, "Followers that the log is kept for.", NULL, 0,
                   NULL},
    [GIVEN_UP] = {"kratt_followers_given_up", METRIC_COUNTER,
                  "Followers too far behind for too long.", NULL, 0, NULL},
    [ONE_TOO_MANY] = {"kratt_followers_refused", METRIC_COUNTER,
                      "Words of followers that were one too many.", NULL, 0, NULL},
    [PREVIEWS] = {"kratt_previews", METRIC_COUNTER, "Previews published.", NULL, 0, NULL},
    [PREVIEWS_REFUSED] = {"kratt_previews_refused", METRIC_COUNTER,
                          "Previews that were not told, for too many people were typing.", NULL, 0,
                          NULL},
    [SEQ] = {"kratt_log_seq", METRIC_GAUGE, "Number of the newest event.", NULL, 0, NULL},
};

void counters_add(void)
{
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
        metrics_add(&outcomes[i]);
    for (size_t i = 0; i < OTHERS; i++)
        metrics_add(&others[i]);
}

void count_outcome(enum verdict verdict, bool is_event)
{
    outcomes[verdict].value++;
    others[EVENTS].value += is_event;
}

void count_group(size_t commands, bool is_committed)
{
    others[GROUP].value = (int64_t)commands;
    others[is_committed ? COMMITS : FAILURES].value++;
}

void count_due(size_t deadlines)
{
    others[DUE].value += (int64_t)deadlines;
}

void count_query(void)
{
    others[QUERIES].value++;
}

void count_preview(bool is_told)
{
    others[is_told ? PREVIEWS : PREVIEWS_REFUSED].value++;
}

void counters_show(const struct memory *memory)
{
    others[CHATS].value = (int64_t)memory->count;
    others[TOKENS].value = (int64_t)memory->tokens.count;
    others[DEADLINES].value = (int64_t)memory->deadlines.count;
    others[JUMPS].value = memory->deadlines.jumps;
    others[SEQ].value = memory->tally.seq;
    others[FIRST].value = memory->first_seq;
}

void counters_show_upkeep(const struct upkeep *upkeep)
{
    others[TRIMMED].value = upkeep->trimmed;
    others[HELD].value = upkeep->held;
    others[FOLLOWING].value = (int64_t)upkeep->followers.count;
    others[GIVEN_UP].value = upkeep->followers.given_up;
    others[ONE_TOO_MANY].value = upkeep->followers.refused;
}
