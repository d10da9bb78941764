#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void abort_unless(bool holds)
{
    if (!holds)
        abort();
}

/* Whatever decodes must encode, and decode and encode again to the same. */
static void go_round(const struct message_type *type, const void *self)
{
    char why[WHY_MAX];
    void *again = own_zero(type->size);
    msgpack_sbuffer one, two;

    msgpack_sbuffer_init(&one);
    msgpack_sbuffer_init(&two);
    abort_unless(message_encode(type, self, &one, why) == 0);
    abort_unless(message_decode(type, again, one.data, one.size, why) == 0);
    abort_unless(message_encode(type, again, &two, why) == 0);
    abort_unless(one.size == two.size && memcmp(one.data, two.data, one.size) == 0);
    msgpack_sbuffer_destroy(&one);
    msgpack_sbuffer_destroy(&two);
    message_clear(type, again);
    free(again);
}

/* The first byte chooses the message, the others are its body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[WHY_MAX];

    if (size == 0)
        return 0;
    const struct message_type *type = &message_types[data[0] % MESSAGE_COUNT];
    void *self = own_zero(type->size);
    if (message_decode(type, self, data + 1, size - 1, why) == 0) {
        go_round(type, self);
        message_clear(type, self);
    }
    free(self);
    return 0;
}
