#include "own.h"

#include <stdlib.h>
#include <string.h>

static void *or_abort(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

void *own_zero(size_t size)
{
    return or_abort(calloc(1, size ? size : 1));
}

void *own_grow(void *memory, size_t size)
{
    return or_abort(realloc(memory, size));
}

char *own_copy(const char *text)
{
    return or_abort(strdup(text ? text : ""));
}

char *own_copy_of(const char *text, size_t size)
{
    char *copy = or_abort(malloc(size + 1));

    if (size)
        memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

void own_replace(char **place, const char *text)
{
    char *copy = own_copy(text);

    free(*place);
    *place = copy;
}
