/* fuzz_origins - the first line is the list, the rest the origin. What is
 * allowed must look like an origin, and without a star be in the list. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "origins.h"
#include "own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *list = own_copy_of((const char *)data, size);
    char *line_end = strchr(list, '\n');
    const char *origin = line_end ? line_end + 1 : "";

    if (line_end)
        *line_end = '\0';
    if (origin_is_allowed(list, origin)) {
        if (strpbrk(origin, " \t\r\n,*@#?\"<>\\") || !strstr(origin, "://"))
            abort();
        if (!strchr(list, '*') && !strstr(list, origin))
            abort();
    }
    free(list);
    return 0;
}
