#include "sources.h"

#include <czmq.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "own.h"

struct source {
    int64_t streams;
    char address[ADDRESS_SIZE];
};

struct sources {
    int64_t limit;
    zhashx_t *by_address; /* the keys are inside */
};

struct sources *sources_new(int64_t limit)
{
    struct sources *self = own_zero(sizeof(*self));

    self->limit = limit;
    self->by_address = zhashx_new();
    zhashx_set_key_duplicator(self->by_address, NULL);
    zhashx_set_key_destructor(self->by_address, NULL);
    return self;
}

void sources_destroy(struct sources **self)
{
    struct source *source;

    if (!*self)
        return;
    while ((source = zhashx_first((*self)->by_address))) {
        zhashx_delete((*self)->by_address, source->address);
        free(source);
    }
    zhashx_destroy(&(*self)->by_address);
    free(*self);
    *self = NULL;
}

static struct source *add(struct sources *self, const char *address)
{
    struct source *source = own_zero(sizeof(*source));

    memcpy(source->address, address, strnlen(address, ADDRESS_SIZE - 1));
    zhashx_insert(self->by_address, source->address, source);
    return source;
}

bool sources_enter(struct sources *self, const char *address, struct source **source)
{
    *source = NULL;
    if (!self->limit)
        return true;
    struct source *found = zhashx_lookup(self->by_address, address);
    if (found && found->streams >= self->limit)
        return false;
    *source = found ? found : add(self, address);
    (*source)->streams++;
    return true;
}

void sources_leave(struct sources *self, struct source *source)
{
    if (!source || --source->streams > 0)
        return;
    zhashx_delete(self->by_address, source->address);
    free(source);
}
