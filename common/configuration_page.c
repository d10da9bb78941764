/* configuration_page - prints configuration.def as a table for the README. */
#include <inttypes.h>
#include <stdio.h>

#include "configuration.h"

static void print_type(const struct configuration_key *key)
{
    switch (key->type) {
    case VALUE_FLAG:
        printf("true or false");
        return;
    case VALUE_NUMBER:
        printf("%" PRId64 " to %" PRId64, key->least, key->most);
        return;
    case VALUE_TEXT:
        printf("text, at most %" PRId64 " characters", key->most);
        return;
    case VALUE_MOMENT:
        printf("a time in ISO 8601");
        return;
    case VALUE_WORDS:
        printf("a list, at most %" PRId64 " characters with its commas", key->most);
        return;
    }
}

static void print_key(const struct configuration_key *key)
{
    printf("| `%s` | %s | ", key->name, key->doc);
    print_type(key);
    if (*key->fallback)
        printf(" | `%s` |\n", key->fallback);
    else
        printf(" | %s |\n", key->type == VALUE_FLAG ? "`false`" : "empty");
}

int main(void)
{
    printf("| key | meaning | takes | while unset |\n|---|---|---|---|\n");
    for (size_t i = 0; i < CONFIGURATION_COUNT; i++)
        print_key(&configuration_keys[i]);
    return 0;
}
