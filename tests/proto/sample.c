#include "sample.h"

#include <stdio.h>
#include <string.h>

#include "own.h"

/* õ, an emoji, quotes and a control character, cut to what the field takes. */
static char *some_text(int64_t max, unsigned seed)
{
    char text[64];

    if (max < 24)
        snprintf(text, sizeof(text), "%.*s", (int)max, "online");
    else
        snprintf(text, sizeof(text), "t\xc3\xb5 \xf0\x9f\x99\x82 \"\\\t%u", seed);
    return own_copy(text);
}

static void fill_list(const struct field *field, struct list *list, unsigned seed)
{
    const struct message_type *record = &message_types[field->record];

    for (int i = 0; i < (field->max < 2 ? 1 : 2); i++)
        sample_fill(record, list_append(list, record), seed * 7 + (unsigned)i + 1);
}

static void fill_field(const struct field *field, void *at, unsigned seed)
{
    switch (field->type) {
    case FIELD_STRING:
        *(char **)at = some_text(field->max, seed);
        break;
    case FIELD_UUID:
        snprintf(at, UUID_SIZE, "%08x-0000-4000-8000-%012x", seed, seed);
        break;
    case FIELD_INT:
        *(int64_t *)at = 1 + (int64_t)seed % field->max;
        break;
    case FIELD_BOOL:
        *(bool *)at = true;
        break;
    case FIELD_TIME:
        *(int64_t *)at = 1700000000123 + seed;
        break;
    case FIELD_LIST:
        fill_list(field, at, seed);
        break;
    }
}

void sample_fill(const struct message_type *type, void *self, unsigned seed)
{
    memset(self, 0, type->size);
    for (const struct field *field = type->fields(); field->name; field++)
        fill_field(field, (char *)self + field->offset, seed++);
}
