/* Whatever the text, iso_time_parse either refuses it and leaves the time
 * alone, or gives one that iso_time_format can write and that reads the same. */
#include <stdlib.h>

#include "clock.h"
#include "own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text =
        own_copy_of((const char *)data, size); /* its own block, so that reads past it show */
    char written[ISO_TIME_SIZE];
    int64_t wall_ms = -42;
    int64_t again;

    if (iso_time_parse(text, &wall_ms)) {
        check(wall_ms >= 0);
        iso_time_format(wall_ms, written);
        check(iso_time_parse(written, &again) && again == wall_ms);
    } else {
        check(wall_ms == -42);
    }
    free(text);
    return 0;
}
