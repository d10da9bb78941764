#include "tally.h"

#include <stdio.h>

#include "metrics.h"

enum { LABELS_SIZE = 96 };

static struct metric open_streams[STREAM_COUNT][DOOR_COUNT];
static char open_labels[STREAM_COUNT][DOOR_COUNT][LABELS_SIZE];

#define CLOSED(reason)                                                                             \
    {                                                                                              \
        "kratt_connections_closed", METRIC_COUNTER, "Connections closed, by reason.",              \
            "reason=\"" reason "\"", 0, NULL                                                       \
    }
static struct metric closed[CLOSED_COUNT] = {
    [CLOSED_BY_CLIENT] = CLOSED("client"),      [CLOSED_REFUSED] = CLOSED("refused"),
    [CLOSED_TIMED_OUT] = CLOSED("timeout"),     [CLOSED_BEHIND] = CLOSED("too_far_behind"),
    [CLOSED_STALLED] = CLOSED("stalled"),       [CLOSED_RIGHT_ENDED] = CLOSED("right_ended"),
    [CLOSED_DRAINED] = CLOSED("server_ending"), [CLOSED_EXPIRED] = CLOSED("token_expired"),
    [CLOSED_REVOKED] = CLOSED("token_revoked"), [CLOSED_ROTATED] = CLOSED("lifetime"),
    [CLOSED_ROLE_LOST] = CLOSED("role_lost"),
};

#define REFUSED(status)                                                                            \
    {                                                                                              \
        status,                                                                                    \
        {                                                                                          \
            "kratt_requests_refused", METRIC_COUNTER, "Requests answered with 4xx or 5xx.",        \
                "status=\"" #status "\"", 0, NULL                                                  \
        }                                                                                          \
    }
static struct refused {
    int status;
    struct metric metric;
} refused[] = {
    REFUSED(400), REFUSED(401), REFUSED(403), REFUSED(404), REFUSED(405), REFUSED(408),
    REFUSED(413), REFUSED(414), REFUSED(431), REFUSED(503), REFUSED(505),
};
enum { REFUSED_COUNT = sizeof(refused) / sizeof(*refused) };

static struct metric controls[CONTROL_COUNT];
static char control_labels[CONTROL_COUNT][LABELS_SIZE];

#define TURNED_AWAY(reason)                                                                        \
    {                                                                                              \
        "kratt_streams_turned_away", METRIC_COUNTER, "Streams refused with 503, by reason.",       \
            "reason=\"" reason "\"", 0, NULL                                                       \
    }
static struct metric turned_away[TURNED_AWAY_COUNT] = {
    [TURNED_AWAY_NO_KEY] = TURNED_AWAY("no_key"),
    [TURNED_AWAY_DRAINING] = TURNED_AWAY("server_ending"),
    [TURNED_AWAY_CONNECTIONS] = TURNED_AWAY("connections"),
    [TURNED_AWAY_ADDRESS] = TURNED_AWAY("address"),
};

static struct metric bytes_written = {
    "kratt_stream_bytes", METRIC_COUNTER, "Bytes written to browsers.", NULL, 0, NULL};
static struct metric frames_made = {
    "kratt_stream_frames", METRIC_COUNTER, "Frames made to be shared.", NULL, 0, NULL};
static struct metric catch_ups = {
    "kratt_catch_ups", METRIC_COUNTER, "Times a stream asked what it missed.", NULL, 0, NULL};
static struct metric moves = {
    "kratt_readers_moved",
    METRIC_COUNTER,
    "Streams that began further back, as their reader came from another gateway.",
    NULL,
    0,
    NULL};
static struct metric gaps = {
    "kratt_log_gaps", METRIC_COUNTER, "Holes found in the event log.", NULL, 0, NULL};
static struct metric restarts = {
    "kratt_log_restarts", METRIC_COUNTER, "Times everything was read anew.", NULL, 0, NULL};

static void add_open_streams(void)
{
    static const char *const doors[DOOR_COUNT] = {"sse", "events"};

    for (int i = 0; i < STREAM_COUNT; i++)
        for (int door = 0; door < DOOR_COUNT; door++) {
            char *labels = open_labels[i][door];
            snprintf(labels, LABELS_SIZE, "stream=\"%s\",door=\"%s\"", streams[i].name,
                     doors[door]);
            open_streams[i][door] = (struct metric){
                "kratt_streams_open", METRIC_GAUGE, "Streams that are open.", labels, 0, NULL};
            metrics_add(&open_streams[i][door]);
        }
}

static void add_controls(void)
{
    for (int i = 0; i < CONTROL_COUNT; i++) {
        snprintf(control_labels[i], LABELS_SIZE, "event=\"%s\"", control_name((enum control)i));
        controls[i] = (struct metric){"kratt_control_frames",
                                      METRIC_COUNTER,
                                      "Named frames told to native streams.",
                                      control_labels[i],
                                      0,
                                      NULL};
        metrics_add(&controls[i]);
    }
}

void tally_open(void)
{
    add_open_streams();
    add_controls();
    for (int i = 0; i < CLOSED_COUNT; i++)
        metrics_add(&closed[i]);
    for (int i = 0; i < REFUSED_COUNT; i++)
        metrics_add(&refused[i].metric);
    for (int i = 0; i < TURNED_AWAY_COUNT; i++)
        metrics_add(&turned_away[i]);
    metrics_add(&bytes_written);
    metrics_add(&frames_made);
    metrics_add(&catch_ups);
    metrics_add(&moves);
    metrics_add(&gaps);
    metrics_add(&restarts);
}

void tally_stream(const struct stream *stream, enum door door, int change)
{
    open_streams[stream - streams][door].value += change;
}

void tally_closed(enum closing why)
{
    closed[why].value++;
}

void tally_refused(int status)
{
    for (int i = 0; i < REFUSED_COUNT; i++)
        if (refused[i].status == status)
            refused[i].metric.value++;
}

void tally_turned_away(enum turned_away why)
{
    turned_away[why].value++;
}

void tally_control(enum control control)
{
    controls[control].value++;
}

void tally_wrote(size_t bytes)
{
    bytes_written.value += (int64_t)bytes;
}

void tally_frames(int count)
{
    frames_made.value += count;
}

void tally_catch_up(void)
{
    catch_ups.value++;
}

void tally_moved(void)
{
    moves.value++;
}

void tally_gap(int64_t count)
{
    gaps.value = count;
}

void tally_restart(void)
{
    restarts.value++;
}
