#include "control.h"

#include <inttypes.h>
#include <stdio.h>

#include "view.h"

static const char *const names[CONTROL_COUNT] = {
    [CONTROL_RESET] = "reset",
    [CONTROL_TOKEN_EXPIRING] = "token-expiring",
    [CONTROL_REVOKED] = "revoked",
    [CONTROL_DRAINING] = "draining",
};

const char *control_name(enum control self)
{
    return names[self];
}

static void begin(enum control self, msgpack_sbuffer *out)
{
    view_text(out, "event: ");
    view_text(out, names[self]);
    view_text(out, "\ndata: {");
}

static void write_pair(msgpack_sbuffer *out, const char *key, const char *value)
{
    view_string(out, key);
    view_text(out, ":");
    view_string(out, value);
}

void control_write(enum control self, msgpack_sbuffer *out, const char *key, const char *value)
{
    begin(self, out);
    if (key)
        write_pair(out, key, value);
    view_text(out, "}\n\n");
}

void control_write_reset(msgpack_sbuffer *out, enum reset reason, int64_t first_seq,
                         const char *state, const char *topic)
{
    static const char *const reasons[] = {"", "unknown-cursor", "too-old", "new-log"};
    char number[48];

    begin(CONTROL_RESET, out);
    if (topic) {
        write_pair(out, "topic", topic);
        view_text(out, ",");
    }
    write_pair(out, "reason", reasons[reason]);
    snprintf(number, sizeof(number), ",\"firstSeq\":%" PRId64 ",", first_seq);
    view_text(out, number);
    write_pair(out, "state", state);
    view_text(out, "}\n\n");
}
