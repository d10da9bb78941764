#include "control.h"

#include <stdio.h>

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

void control_write(enum control self, char text[CONTROL_SIZE], const char *key, const char *value)
{
    if (key)
        snprintf(text, CONTROL_SIZE, "event: %s\ndata: {\"%s\":\"%s\"}\n\n", names[self], key,
                 value);
    else
        snprintf(text, CONTROL_SIZE, "event: %s\ndata: {}\n\n", names[self]);
}
