/* Any bytes: a value ends, has no control character, and is no longer than
 * what it was decoded from; a cookie's value lies inside. */
#include <stdint.h>
#include <stdlib.h>

#include "query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    char value[PARAMETER_SIZE];
    enum found found = query_find(text, "chatId", value);
    size_t length = strnlen(value, sizeof(value));

    if (length == sizeof(value) || length > size || (found != FOUND && length))
        abort();
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
            abort();
    struct span cookie = cookie_find(text, "chatJwt");
    if (cookie.text && (cookie.text < text.text || cookie.text + cookie.size > text.text + size ||
                        (cookie.size && memchr(cookie.text, ';', cookie.size))))
        abort();
    return 0;
}
