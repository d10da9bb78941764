#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read is written, and read and written again to the same. */
static void go_round(const struct message_type *type, const void *self)
{
    char why[WHY_MAX];
    void *again = own_zero(type->size);
    char *one = message_to_json(type, self);

    if (message_from_json(type, again, one, why) == -1)
        abort();
    char *two = message_to_json(type, again);
    if (strcmp(one, two) != 0)
        abort();
    free(one);
    free(two);
    message_clear(type, again);
    free(again);
}

/* The first byte chooses the message, the others are its text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[WHY_MAX];

    if (size == 0)
        return 0;
    const struct message_type *type = &message_types[data[0] % MESSAGE_COUNT];
    void *self = own_zero(type->size);
    char *text = own_copy_of((const char *)data + 1, size - 1);
    if (message_from_json(type, self, text, why) == 0) {
        go_round(type, self);
        message_clear(type, self);
    }
    free(text);
    free(self);
    return 0;
}
